"""What factories prove themselves with. A token's text is never stored."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.store import bulk, parties
from spectrum_orders.store.parties import Client, token_digest
from spectrum_orders.store.partners import Partner
from spectrum_orders.store.schema import clients, partner_tokens, partners
from spectrum_orders.store.transaction import Transaction

SCOPE = "partner"
"""The one scope of every such token."""


class PartnerToken(msgspec.Struct, frozen=True):
    """A partner's token, limited to one client or (``None``) to none. Instants in microseconds, UTC."""

    partner_id: int
    id: int
    client_id: int | None
    label: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it may do: what a partner may, and nothing else."""
        return (SCOPE,)

    @property
    def readable_id(self) -> str:
        """The id that is shown and journalled."""
        return ids.readable("tok", self.id)


class Bearer(msgspec.Struct, frozen=True):
    """A token with the handles of its partner and, if it is limited to one, of its client."""

    token: PartnerToken
    partner_handle: str
    client_handle: str | None


_COLUMNS = [column for column in partner_tokens.columns if column.name != "digest"]


def create(
    tx: Transaction,
    partner: Partner,
    environment: str,
    *,
    client: Client | None = None,
    label: str = "",
    expires_at: int | None = None,
) -> tuple[str, PartnerToken]:
    """Make a token; its text is returned this once and cannot be had again."""
    text = ids.new_token(environment)
    client_id = None if client is None else client.id
    token = PartnerToken(partner.id, tx.ids.take(), client_id, label, tx.now, expires_at, None, None)
    tx.connection.execute(
        partner_tokens.insert().values(msgspec.structs.asdict(token) | {"digest": token_digest(text)})
    )
    tx.record(
        "token.created", "cli", {"token": token.readable_id, "partner": partner.handle}, client_id=client_id
    )
    parties.changed(tx)
    return text, token


def list_all(connection: Connection, partner_id: int | None = None) -> list[Bearer]:
    """Tokens in the order of their making, of one partner or of all."""
    query = _bearers().order_by(partner_tokens.c.id)
    if partner_id is not None:
        query = query.where(partner_tokens.c.partner_id == partner_id)
    return [_bearer(row) for row in connection.execute(query)]


def find(connection: Connection, text: str) -> Bearer | None:
    """The token with this text, revoked and expired ones included."""
    row = connection.execute(_bearers().where(partner_tokens.c.digest == token_digest(text))).first()
    return None if row is None else _bearer(row)


def revoke(tx: Transaction, which: str) -> PartnerToken | None:
    """Revoke a token by its id (``tok_…``) or its text; ``None`` when no partner has it."""
    number = ids.parse_readable("tok", which)
    match = (
        partner_tokens.c.id == number
        if number is not None
        else partner_tokens.c.digest == token_digest(which)
    )
    row = tx.connection.execute(_bearers().where(match)).first()
    if row is None:
        return None
    token = _bearer(row).token
    if token.revoked_at is None:
        tx.connection.execute(
            sa.update(partner_tokens).where(partner_tokens.c.id == token.id).values(revoked_at=tx.now)
        )
        tx.record("token.revoked", "cli", {"token": token.readable_id}, client_id=token.client_id)
        parties.changed(tx)
        token = msgspec.structs.replace(token, revoked_at=tx.now)
    return token


def touch(tx: Transaction, used: dict[int, int]) -> None:
    """Note when tokens were last used: token id to instant. Waits for nobody."""
    free = sa.select(partner_tokens.c.id).where(partner_tokens.c.id.in_(used))
    found = tx.connection.execute(free.with_for_update(skip_locked=True)).scalars().all()
    rows = [(token_id, used[token_id]) for token_id in sorted(found)]
    bulk.update(tx.connection, partner_tokens, rows, match=("id",), give=("last_used_at",))


def _bearers() -> sa.Select[tuple[object, ...]]:
    query: sa.Select[tuple[object, ...]] = sa.select(
        *_COLUMNS, partners.c.handle.label("partner_handle"), clients.c.handle.label("client_handle")
    )
    return query.join(partners, partners.c.id == partner_tokens.c.partner_id).outerjoin(
        clients, clients.c.id == partner_tokens.c.client_id
    )


def _bearer(row: sa.Row[tuple[object, ...]]) -> Bearer:
    fields = dict(row._mapping)
    partner_handle, client_handle = fields.pop("partner_handle"), fields.pop("client_handle")
    return Bearer(PartnerToken(**fields), partner_handle, client_handle)
