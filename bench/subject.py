"""What is measured: `spectrum serve` as an operator runs it, and a count that nothing may escape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from bench.figures import Dishonest
from bench.lab import Lab, Place, count_orders
from bench.load import Load, Outcome, send
from bench.process import cpu_seconds, highest_resident, resident
from spectrum_orders import config, runtime
from spectrum_orders.store import parties
from tests.harness.server import Server
from tests.harness.shop import make_client, make_token

CLIENT = "bench"


class Measured(msgspec.Struct, frozen=True):
    """One load and what it cost; processor seconds of the server and of PostgreSQL (0 on SQLite)."""

    outcome: Outcome
    server_cpu: float
    database_cpu: float

    def cpu_per_order(self, seconds: float) -> float:
        """Seconds of processor as microseconds an order."""
        return seconds / self.outcome.orders * 1e6


class Subject:
    """A running server over one home."""

    def __init__(self, lab: Lab, place: Place, server: Server, token: str) -> None:
        self.place = place
        self.token = token
        self.server = server
        self._lab = lab
        self._expected = count_orders(place)

    def send(self, load: Load) -> Measured:
        """Send a load, and hold the database to it.

        Raises Dishonest unless exactly as many orders came to be stored as were answered with 200.
        """
        server, database = cpu_seconds(self.server.pid), self._lab.database_cpu()
        outcome = send(self.server.url, self.token, load)
        measured = Measured(
            outcome,
            cpu_seconds(self.server.pid) - server,
            self._lab.database_cpu() - database,
        )
        self._expected += outcome.orders
        stored = count_orders(self.place)
        if stored != self._expected:
            raise Dishonest(f"{self._expected} orders were acknowledged, but {stored} are stored.")
        return measured

    def measure(self, load: Load) -> Measured:
        """The same after a warm-up with the same kind of load."""
        self.warm(load)
        return self.send(load)

    def warm(self, load: Load) -> None:
        """Send the same kind of load for a moment."""
        self.send(msgspec.structs.replace(load, seconds=self._lab.options.warming, bodies=0))

    def recount(self) -> None:
        """Take what is stored now, by whatever way it came, as what is expected."""
        self._expected = count_orders(self.place)

    @property
    def memory(self) -> int:
        """Resident bytes of the serving process."""
        return resident(self.server.pid)

    @property
    def highest_memory(self) -> int:
        """The most resident bytes that the serving process ever had."""
        return highest_resident(self.server.pid)


@contextmanager
def serving(
    lab: Lab, place: Place, *, workers: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[Subject]:
    """`spectrum serve` over a home, with default settings but for these, and a token for it; then stopped."""
    token = new_token(place)
    lab.settle()
    with Server(place, settings, "--workers", str(workers)) as server:
        yield Subject(lab, place, server, token)


def new_token(place: Place) -> str:
    """A token of the bench's own client, which is registered when it is not there yet."""
    with runtime.open_runtime(config.load(place.settings)) as opened, opened.database.read() as connection:
        known = parties.find_client(connection, CLIENT) is not None
    if not known:
        make_client(place.settings, CLIENT)
    return make_token(place.settings, CLIENT)
