"""Who stands behind the name under which something was noted: a token is somebody's."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.store.schema import clients, partner_tokens, partners, tokens

SHOP, PARTNER, OPERATOR, WORKER = "shop", "partner", "operator", "worker"
ROLES = (SHOP, PARTNER, OPERATOR, WORKER)

_OURS = {"cli": OPERATOR, "worker": WORKER}


class Who(msgspec.Struct, frozen=True):
    """A shop or partner by its handle; an operator, and what we do ourselves, has none."""

    role: str
    handle: str | None = None


def who(connection: Connection, client_id: int, actors: Iterable[str]) -> dict[str, Who]:
    """Whom these actors on an order of this client are; one that nobody knows is left out."""
    several = set(actors)
    found = {actor: Who(_OURS[actor]) for actor in several if actor in _OURS}
    numbers = {number: one for one in several if (number := ids.parse_readable("tok", one)) is not None}
    if not numbers:
        return found
    shops = (
        sa.select(tokens.c.id, sa.literal(SHOP).label("role"), clients.c.handle)
        .join(clients, clients.c.id == tokens.c.client_id)
        .where(tokens.c.client_id == client_id, tokens.c.id.in_(numbers))
    )
    # Their key begins with the partner; of all partners together there are as many as a page holds.
    factories = (
        sa.select(partner_tokens.c.id, sa.literal(PARTNER).label("role"), partners.c.handle)
        .join(partners, partners.c.id == partner_tokens.c.partner_id)
        .where(partner_tokens.c.id.in_(numbers))
    )
    for number, role, handle in connection.execute(sa.union_all(shops, factories)):
        found[numbers[number]] = Who(role, handle)
    return found
