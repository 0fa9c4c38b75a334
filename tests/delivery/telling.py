"""A shop with an order, an endpoint that it registered, and a clock that can be turned for both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
import sqlalchemy as sa

from spectrum_orders.domain.events import HELD
from spectrum_orders.domain.wish import Wish
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import endpoints, events, webhooks
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.events import Event
from spectrum_orders.store.partners import changed
from spectrum_orders.store.schema import clients, outbox, webhook_attempts
from spectrum_orders.store.schema import endpoints as endpoint_table
from spectrum_orders.store.schema import orders as order_table
from spectrum_orders.webhooks import registering
from tests.api.orders import order
from tests.harness.place import Place
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.harness.told import LOOPBACK
from tests.store.opening import opened

MINUTE, HOUR = 60_000_000, 3_600_000_000


class Subscriber:
    """An owner with an order, over a place that no server serves. Nothing is owed but events."""

    def __init__(self, runtime: Runtime, owner_id: int, order_id: int) -> None:
        self.runtime = runtime
        self.owner_id = owner_id
        self.order_id = order_id

    def register(self, url: str, **wish: object) -> tuple[Endpoint, str]:
        """An endpoint, with its secret."""
        said = msgspec.structs.replace(Wish(url), **wish)
        with self.runtime.ledger.write() as tx:
            return registering.add(tx, self.runtime.keys, self.owner_id, said, "test")

    def happen(self, count: int = 1, kind: str = HELD, partners: Sequence[int] = ()) -> None:
        """So many events about the order's first line."""
        one = Event(kind, self.owner_id, self.order_id, {"by": "test"}, (0,), partners)
        with self.runtime.ledger.write() as tx:
            events.emit(tx, *[one] * count)

    def endpoint(self, endpoint: Endpoint) -> Endpoint:
        """As it is now."""
        with self.runtime.database.read() as connection:
            return endpoints.known(connection, endpoint.owner_id, endpoint.id)

    def state(self, endpoint: Endpoint) -> str:
        """Only its state."""
        return self.endpoint(endpoint).health.state

    def states(self, endpoint: Endpoint) -> list[str]:
        """Those of its webhooks, by number."""
        with self.runtime.database.read() as connection:
            found = webhooks.list_some(connection, endpoint.id, most=1000)
        assert [one.sequence for one, _ in found] == list(range(1, len(found) + 1)), "without a hole"
        return [one.state for one, _ in found]

    def attempts(self, endpoint: Endpoint) -> int:
        """How many there are in the log."""
        query = sa.select(sa.func.count()).where(webhook_attempts.c.endpoint_id == endpoint.id)
        with self.runtime.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def owed(self) -> int:
        """How much is owed to anybody."""
        with self.runtime.database.read() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one())

    def pass_time(self, span: int) -> None:
        """Let so many microseconds have passed: all that was, and is to be, lies so much earlier."""
        health = endpoint_table.c
        with self.runtime.ledger.write() as tx:
            for statement in (
                sa.update(endpoint_table).values(
                    paused_until=health.paused_until - span,
                    failing_since=health.failing_since - span,
                    succeeded_at=health.succeeded_at - span,
                    old_secret_until=health.old_secret_until - span,
                ),
                sa.update(webhook_attempts).values(at=webhook_attempts.c.at - span),
                # Last, as those who settle do: or one of the two would wait for the other for ever.
                sa.update(outbox).values(due_at=outbox.c.due_at - span),
            ):
                tx.connection.execute(statement)
            changed(tx)

    def next_attempt(self, endpoint: Endpoint) -> int:
        """Microseconds until something is tried: nothing is in a worker's hands now."""
        with self.runtime.ledger.write() as tx:
            query = sa.select(sa.func.min(outbox.c.due_at)).where(outbox.c.lane == endpoint.id)
            due = tx.connection.execute(query).scalar() or tx.now
            now = tx.now
        return int(max(due, self.endpoint(endpoint).health.paused_until) - now)


@contextmanager
def subscribed(place: Place) -> Iterator[Subscriber]:
    """A shop with one order that is routed nowhere, and nothing owed."""
    with Server(place, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        sent = order()
        assert shop.acknowledge(sent).status_code == 200
    with opened(place, **LOOPBACK) as runtime:
        with runtime.ledger.write() as tx:
            client = tx.connection.execute(sa.select(clients.c.id)).scalar_one()
            number = tx.connection.execute(sa.select(order_table.c.id)).scalar_one()
            tx.connection.execute(sa.delete(outbox))
        yield Subscriber(runtime, client, number)
