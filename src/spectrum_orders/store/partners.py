"""Partners that make and ship, and the destinations that their packages go to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.errors import Conflict, NotFound
from spectrum_orders.store import bulk
from spectrum_orders.store.schema import destinations, meta, order_keys, partners
from spectrum_orders.store.sealed import WrappedKey
from spectrum_orders.store.transaction import Transaction

GENERATION = "partners-generation"
"""The row of ``meta`` that grows with every change of partners, destinations, routes and clients."""

DEPLOYMENT = 0
"""The client under which the keys of the deployment's own secrets stand."""


Making = tuple[str, dict[str, Any], bytes | None]
"""A destination's place, options and sealed secret: all of it but whose it is and how it is."""


class Partner(msgspec.Struct, frozen=True):
    """A factory."""

    id: int
    handle: str
    name: str
    settings: PartnerSettings
    created_at: int


class DestinationRow(msgspec.Struct, frozen=True):
    """Where a partner's packages go. ``secret`` is sealed; ``url`` holds none."""

    id: int
    partner_id: int
    url: str
    environment: str
    options: dict[str, Any]
    secret: bytes | None
    created_at: int
    paused_until: int
    failures: int
    last_error: str

    @property
    def making(self) -> Making:
        """What its connection is made of."""
        return self.url, self.options, self.secret


def create(tx: Transaction, handle: str, *, name: str, settings: PartnerSettings) -> Partner:
    """Register a factory. Raises Conflict when the handle is taken."""
    if find(tx.connection, handle) is not None:
        raise Conflict(f"There is already a partner with the handle {handle!r}.")
    partner = Partner(tx.ids.take(), handle, name or handle, settings, tx.now)
    tx.connection.execute(
        partners.insert().values(
            id=partner.id,
            handle=handle,
            name=partner.name,
            settings=msgspec.json.encode(settings).decode(),
            created_at=tx.now,
        )
    )
    tx.record("partner.created", "cli", {"handle": handle})
    changed(tx)
    return partner


def change(tx: Transaction, partner: Partner, actor: str) -> None:
    """Store a partner that was replaced by one with another name or other settings.

    Deadlines and packages that there are stay as they are.
    """
    tx.connection.execute(
        sa.update(partners)
        .where(partners.c.id == partner.id)
        .values(name=partner.name, settings=msgspec.json.encode(partner.settings).decode())
    )
    tx.record("partner.changed", actor, {"handle": partner.handle})
    changed(tx)


def find(connection: Connection, handle: str) -> Partner | None:
    """The partner with this handle."""
    row = connection.execute(sa.select(partners).where(partners.c.handle == handle)).first()
    return None if row is None else _partner(row)


def handle_of(connection: Connection, number: int) -> str:
    """The handle of the partner with this id."""
    return str(connection.execute(sa.select(partners.c.handle).where(partners.c.id == number)).scalar_one())


def everybody(connection: Connection) -> list[Partner]:
    """Every partner, by handle."""
    return [_partner(row) for row in connection.execute(sa.select(partners).order_by(partners.c.handle))]


def any_there(connection: Connection) -> bool:
    """Whether there is a partner at all."""
    return connection.execute(sa.select(partners.c.id).limit(1)).first() is not None


def add_destination(
    tx: Transaction,
    partner: Partner,
    url: str,
    environment: str,
    *,
    options: dict[str, Any],
    number: int,
    secret: bytes | None,
    key: WrappedKey | None = None,
) -> DestinationRow:
    """Give a partner a destination. ``number`` is its id, taken before because the secret, sealed under
    ``key``, is bound to it."""
    row = DestinationRow(number, partner.id, url, environment, options, secret, tx.now, 0, 0, "")
    tx.connection.execute(
        destinations.insert().values(
            msgspec.structs.asdict(row) | {"options": _options_text(options), "removed_at": None}
        )
    )
    if key is not None:
        tx.connection.execute(
            order_keys.insert().values(
                client_id=DEPLOYMENT, order_id=number, version=key.version, wrapped=key.wrapped
            )
        )
    tx.record(
        "destination.added",
        "cli",
        {"destination": str(number), "partner": partner.handle, "environment": environment},
    )
    changed(tx)
    return row


def change_destination(tx: Transaction, before: DestinationRow, after: Making, what: Sequence[str]) -> None:
    """Give a destination another place, options or secret, and let it be tried at once, as if nothing had
    failed: what failed did so before. ``what`` names what is changed, for the journal.

    Raises Conflict when it is no longer as it was read ``before``.
    """
    url, options, secret = after
    done = tx.connection.execute(
        sa.update(destinations)
        .where(
            destinations.c.id == before.id,
            destinations.c.removed_at.is_(None),
            destinations.c.url == before.url,
            destinations.c.options == _options_text(before.options),
            destinations.c.secret.is_not_distinct_from(before.secret),
        )
        .values(
            url=url,
            options=_options_text(options),
            secret=secret,
            paused_until=0,
            failures=0,
            last_error="",
        )
    )
    if done.rowcount == 0:
        raise Conflict(
            f"Somebody else changed or removed the destination {before.id} in this moment, and nothing was "
            "changed by you. See how it is with: spectrum destination list"
        )
    tx.record("destination.changed", "cli", {"destination": str(before.id), "changed": list(what)})
    changed(tx)


def was_changed(connection: Connection, destination: DestinationRow) -> bool:
    """Whether a destination that is still in use has another place, options or secret than in this row."""
    return any(
        one.id == destination.id and one.making != destination.making
        for one in list_destinations(connection, destination.partner_id)
    )


def remove_destination(tx: Transaction, number: int) -> None:
    """Deliver nothing there any more, and destroy its secret's key. Raises NotFound."""
    done = tx.connection.execute(
        sa.update(destinations)
        .where(destinations.c.id == number, destinations.c.removed_at.is_(None))
        .values(removed_at=tx.now, secret=None)
    )
    if done.rowcount == 0:
        raise NotFound("No such destination. List them with: spectrum destination list")
    tx.connection.execute(
        sa.delete(order_keys).where(order_keys.c.client_id == DEPLOYMENT, order_keys.c.order_id == number)
    )
    tx.record("destination.removed", "cli", {"destination": str(number)})
    changed(tx)


def list_destinations(connection: Connection, partner_id: int | None = None) -> list[DestinationRow]:
    """Destinations that are in use, of one partner or of all, in the order of their making."""
    query = sa.select(destinations).where(destinations.c.removed_at.is_(None)).order_by(destinations.c.id)
    if partner_id is not None:
        query = query.where(destinations.c.partner_id == partner_id)
    return [
        DestinationRow(
            row.id,
            row.partner_id,
            row.url,
            row.environment,
            msgspec.json.decode(row.options),
            None if row.secret is None else bytes(row.secret),
            row.created_at,
            row.paused_until,
            row.failures,
            row.last_error,
        )
        for row in connection.execute(query)
    ]


def find_key(connection: Connection, number: int) -> WrappedKey | None:
    """The wrapped key of a destination's secret; ``None`` when it has none, or was removed."""
    row = connection.execute(
        sa.select(order_keys).where(order_keys.c.client_id == DEPLOYMENT, order_keys.c.order_id == number)
    ).first()
    return None if row is None else WrappedKey(row.version, bytes(row.wrapped))


def note_health(tx: Transaction, number: int, *, failures: int, paused_until: int, last_error: str) -> None:
    """Record how a destination is: failures in a row, and until when nobody need try."""
    tx.connection.execute(
        sa.update(destinations)
        .where(destinations.c.id == number)
        .values(failures=failures, paused_until=paused_until, last_error=last_error)
    )


def end_pause(tx: Transaction, numbers: Collection[int]) -> None:
    """Let these destinations be tried again at once: somebody says that they are back."""
    tx.connection.execute(
        sa.update(destinations).where(destinations.c.id.in_(numbers)).values(paused_until=0)
    )
    changed(tx)


def generation(connection: Connection, *, hold: bool = False) -> str:
    """Changes whenever a partner, destination, route or client does.

    With ``hold`` not before this transaction ends.
    """
    query = sa.select(meta.c.value).where(meta.c.key == GENERATION)
    return connection.execute(query.with_for_update(read=True) if hold else query).scalar() or ""


def changed(tx: Transaction) -> None:
    """Let every process know that what it remembers of partners and routes is old."""
    value = str(tx.ids.take())
    noted = sa.update(meta).where(meta.c.key == GENERATION).values(value=value)
    if tx.connection.execute(noted).rowcount == 0:
        # Two may be the first at once, on a new database with two shops: the second waits here.
        bulk.insert(tx.connection, bulk.Rows(meta, [(GENERATION, "")], keep_old=True))
        tx.connection.execute(noted)


def _options_text(options: dict[str, Any]) -> str:
    return msgspec.json.encode(options).decode()


def _partner(row: sa.Row[Any]) -> Partner:
    settings = msgspec.json.decode(row.settings, type=PartnerSettings)
    return Partner(row.id, row.handle, row.name, settings, row.created_at)
