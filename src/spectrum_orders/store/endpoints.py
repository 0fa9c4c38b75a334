"""Endpoints: where a client or a partner wants its events sent."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.endpoint import DISABLED, DRAINING, PARKED, ROTATION_US, Health
from spectrum_orders.errors import Conflict, NotFound
from spectrum_orders.ids import readable
from spectrum_orders.store import events, partners, queue
from spectrum_orders.store.partners import DEPLOYMENT
from spectrum_orders.store.schema import clients, endpoints, order_keys, outbox
from spectrum_orders.store.schema import partners as partner_table
from spectrum_orders.store.sealed import WrappedKey
from spectrum_orders.store.transaction import Transaction

PREFIX = "whk"
"""The prefix of an endpoint's readable id."""

MOST = 20
"""Endpoints of one owner: each of its events is written once for every one of them."""


class Endpoint(msgspec.Struct, frozen=True):
    """An endpoint that was not removed. ``kinds`` is empty for all, ``contact`` an e-mail address or empty.
    The secrets are sealed; the old one signs too until ``old_secret_until``."""

    owner_id: int
    id: int
    url: str
    kinds: tuple[str, ...]
    contact: str
    note: str
    secret: bytes | None
    old_secret: bytes | None
    old_secret_until: int
    sequence: int
    created_at: int
    health: Health

    @property
    def readable_id(self) -> str:
        """The id that is shown and journalled."""
        return readable(PREFIX, self.id)


class Owner(msgspec.Struct, frozen=True):
    """Whose endpoint or feed it is: a ``client`` or a ``partner``, by what it is called."""

    id: int
    kind: str
    handle: str


def add(
    tx: Transaction, endpoint: Endpoint, key: WrappedKey, actor: str, *, client_id: int | None = None
) -> None:
    """Send an owner's events there from now on. Its secret is sealed under ``key``. Raises Conflict when
    there are ``MOST`` already."""
    # Held by the owner's other endpoints, so that two at once are not one too many.
    others = tx.connection.execute(_there(endpoint.owner_id).with_for_update()).all()
    if len(others) >= MOST:
        raise Conflict(f"There are {MOST} webhooks already. Remove one that is not needed any more.")
    row = msgspec.structs.asdict(endpoint) | msgspec.structs.asdict(endpoint.health)
    del row["health"]
    tx.connection.execute(endpoints.insert().values(row | {"kinds": _text(endpoint.kinds)}))
    tx.connection.execute(
        order_keys.insert().values(
            client_id=DEPLOYMENT, order_id=endpoint.id, version=key.version, wrapped=key.wrapped
        )
    )
    events.want(tx)
    _note(tx, "endpoint.added", endpoint, actor, client_id)


def change(
    tx: Transaction, old: Endpoint, new: Endpoint, actor: str, *, client_id: int | None = None
) -> None:
    """Give an endpoint another URL, other kinds, another contact or note, or another state."""
    tx.connection.execute(
        _one(old).values(
            url=new.url,
            kinds=_text(new.kinds),
            contact=new.contact,
            note=new.note,
            **msgspec.structs.asdict(new.health),
        )
    )
    _note(tx, "endpoint.changed", new, actor, client_id)


def rotate(
    tx: Transaction, endpoint: Endpoint, secret: bytes, actor: str, *, client_id: int | None = None
) -> int:
    """Give an endpoint another secret; until when the one before signs beside it."""
    until = tx.now + ROTATION_US
    tx.connection.execute(
        _one(endpoint).values(secret=secret, old_secret=endpoint.secret, old_secret_until=until)
    )
    _note(tx, "endpoint.rotated", endpoint, actor, client_id)
    return until


def remove(tx: Transaction, endpoint: Endpoint, actor: str, *, client_id: int | None = None) -> None:
    """Send nothing there any more, not even what is owed, and destroy its secret's key."""
    tx.connection.execute(_one(endpoint).values(removed_at=tx.now, secret=None, old_secret=None))
    tx.connection.execute(
        sa.delete(order_keys).where(
            order_keys.c.client_id == DEPLOYMENT, order_keys.c.order_id == endpoint.id
        )
    )
    tx.connection.execute(sa.delete(outbox).where(queue.about(outbox.c.subject == endpoint.id)))
    _note(tx, "endpoint.removed", endpoint, actor, client_id)


def find(connection: Connection, owner_id: int, number: int, *, hold: bool = False) -> Endpoint | None:
    """An owner's endpoint; with ``hold`` nobody else changes it meanwhile."""
    query = _there(owner_id).where(endpoints.c.id == number)
    row = connection.execute(query.with_for_update() if hold else query).first()
    return None if row is None else _endpoint(row)


def find_by_id(connection: Connection, number: int) -> Endpoint | None:
    """Any owner's endpoint: for the worker, who was told by nobody whose it is."""
    query = sa.select(endpoints).where(endpoints.c.id == number, endpoints.c.removed_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else _endpoint(row)


def known(connection: Connection, owner_id: int, number: int | None, *, hold: bool = False) -> Endpoint:
    """The same. Raises NotFound."""
    found = None if number is None else find(connection, owner_id, number, hold=hold)
    if found is None:
        raise NotFound("There is no webhook with this id.")
    return found


def of_owner(connection: Connection, owner_id: int) -> list[Endpoint]:
    """An owner's endpoints, in the order of their making."""
    return [_endpoint(row) for row in connection.execute(_there(owner_id).order_by(endpoints.c.id))]


def list_all(connection: Connection) -> list[Endpoint]:
    """Every owner's, in the order of their making."""
    query = sa.select(endpoints).where(endpoints.c.removed_at.is_(None)).order_by(endpoints.c.id)
    return [_endpoint(row) for row in connection.execute(query)]


def in_use(connection: Connection) -> list[Endpoint]:
    """Every endpoint that is sent to, or will be again once it is back."""
    query = sa.select(endpoints).where(endpoints.c.removed_at.is_(None), endpoints.c.state != DISABLED)
    return [_endpoint(row) for row in connection.execute(query.order_by(endpoints.c.id))]


def note_health(tx: Transaction, endpoint: Endpoint, health: Health) -> None:
    """Record how an endpoint is."""
    tx.connection.execute(_one(endpoint).values(msgspec.structs.asdict(health)))
    if health.state != endpoint.health.state or health.state != DRAINING or health.failures:
        partners.changed(tx)


def take_turn(tx: Transaction, endpoint: Endpoint, until: int) -> bool:
    """Be the only one who sends to an endpoint that is parked or drains; whether it is our turn.

    Ends by itself at ``until`` if the health is not noted before.
    """
    # By the endpoint's own row, because other processes look at the same lane.
    done = tx.connection.execute(
        _one(endpoint)
        .where(endpoints.c.state.in_((PARKED, DRAINING)), endpoints.c.paused_until <= tx.now)
        .values(paused_until=until)
    )
    return done.rowcount == 1


def give_turn(tx: Transaction, endpoint: Endpoint, until: int) -> None:
    """Let the next one look at once, if the turn that ends at ``until`` is still ours."""
    tx.connection.execute(_one(endpoint).where(endpoints.c.paused_until == until).values(paused_until=0))


def find_untold(connection: Connection, number: int) -> tuple[Endpoint, Owner] | None:
    """A parked endpoint whose owner was not told yet, with its owner."""
    found = find_by_id(connection, number)
    if found is None or found.health.state != PARKED or found.health.told_at is not None:
        return None
    return found, owner_of(connection, found)


def owner_of(connection: Connection, endpoint: Endpoint) -> Owner:
    """Whose it is."""
    for kind, table in (("client", clients), ("partner", partner_table)):
        query = sa.select(table.c.handle).where(table.c.id == endpoint.owner_id)
        handle = connection.execute(query).scalar()
        if handle is not None:
            return Owner(endpoint.owner_id, kind, handle)
    raise NotFound("The owner of the webhook is not there any more.")


def note_told(tx: Transaction, endpoint: Endpoint) -> None:
    """Its owner knows that it is parked."""
    tx.connection.execute(_one(endpoint).where(endpoints.c.state == PARKED).values(told_at=tx.now))


def _there(owner_id: int) -> sa.Select[Any]:
    return sa.select(endpoints).where(endpoints.c.owner_id == owner_id, endpoints.c.removed_at.is_(None))


def _one(endpoint: Endpoint) -> sa.Update:
    return sa.update(endpoints).where(
        endpoints.c.owner_id == endpoint.owner_id,
        endpoints.c.id == endpoint.id,
        endpoints.c.removed_at.is_(None),
    )


def _note(tx: Transaction, kind: str, endpoint: Endpoint, actor: str, client_id: int | None) -> None:
    tx.record(
        kind,
        actor,
        {"endpoint": endpoint.readable_id, "owner": str(endpoint.owner_id)},
        client_id=client_id,
    )
    partners.changed(tx)


def _text(kinds: tuple[str, ...]) -> str:
    return msgspec.json.encode(kinds).decode()


def _endpoint(row: sa.Row[Any]) -> Endpoint:
    fields = row._mapping
    health = Health(**{name: fields[name] for name in Health.__struct_fields__})
    own = {name: fields[name] for name in Endpoint.__struct_fields__ if name != "health"}
    own["kinds"] = msgspec.json.decode(own["kinds"], type=tuple[str, ...])
    for name in ("secret", "old_secret"):
        own[name] = None if own[name] is None else bytes(own[name])
    return Endpoint(**own, health=health)
