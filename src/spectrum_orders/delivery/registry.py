"""Partners, destinations and rules as they stand, remembered until one of them changes."""

from __future__ import annotations

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.domain.routing import Rule
from spectrum_orders.store import endpoints, events, parties, partners, queue, routing
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.partners import DestinationRow, Partner
from spectrum_orders.store.transaction import now_us

MANY = 128
"""Deliveries that are due at once: as many as two workers take of a folder in one round."""


class Snapshot(msgspec.Struct, frozen=True):
    """All of it, read in one transaction."""

    generation: str
    partners: dict[int, Partner]
    destinations: dict[int, DestinationRow]
    rules: dict[int, tuple[Rule, ...]]
    clients: dict[int, parties.Client]
    listening: bool = False
    """Whether anybody wants to hear of events."""
    endpoints: dict[int, Endpoint] = {}
    """Those that are sent to, or will be again."""

    def of_partner(self, partner_id: int, environment: str) -> list[DestinationRow]:
        """A partner's destinations that are marked for this environment."""
        return [
            one
            for one in self.destinations.values()
            if one.partner_id == partner_id and one.environment == environment
        ]


EMPTY = Snapshot("", {}, {}, {}, {})


def read(connection: Connection) -> Snapshot:
    """The registry as it stands."""
    everybody = {one.id: one for one in partners.everybody(connection)}
    rules: dict[int, tuple[Rule, ...]] = {}
    for row in routing.list_all(connection):
        handle = everybody[row.partner_id].handle
        rule = Rule(id=row.id, rank=row.rank, sku=row.sku, country=row.country, partner=handle)
        rules[row.client_id] = (*rules.get(row.client_id, ()), rule)
    return Snapshot(
        partners.generation(connection),
        everybody,
        {one.id: one for one in partners.list_destinations(connection)},
        rules,
        {one.id: one for one in parties.list_clients(connection)},
        events.wanted(connection),
        {one.id: one for one in endpoints.in_use(connection)},
    )


def is_needed(connection: Connection) -> bool:
    """Whether there is anything for a worker to do: somebody to deliver to or to tell, or something owed."""
    return partners.any_there(connection) or events.wanted(connection) or queue.any_owed(connection)


def is_behind(connection: Connection) -> bool:
    """Whether so many deliveries wait for folders that two processes are faster than one.

    Folders alone: they cost our own time, and any other destination is not to be sent to by two at once.
    """
    now = now_us()
    lanes = [
        one.id
        for one in partners.list_destinations(connection)
        if is_folder(one) and not one.failures and one.paused_until <= now
    ]
    return queue.count_due(connection, lanes, now, most=MANY) == MANY


def is_folder(destination: DestinationRow) -> bool:
    """Whether its packages are files of this machine, or of a share that is mounted."""
    return destination.url.startswith("folder:")


def refreshed(connection: Connection, known: Snapshot) -> Snapshot:
    """The same snapshot when nothing has changed since, otherwise a new one."""
    return known if partners.generation(connection) == known.generation != "" else read(connection)
