"""Orders whose packages are ready for a factory that takes none, made once and copied for each test: a server
and the first file of its renderer cost more than a test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from spectrum_orders.runtime import Runtime
from spectrum_orders.store import queue
from spectrum_orders.store.partners import changed
from spectrum_orders.store.schema import destinations
from tests.delivery.working import owed, until
from tests.harness.factory import Factory
from tests.harness.place import Place, Places
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.somebody import SCOPES, sell, send
from tests.store.opening import opened

FAR = 1 << 60
"""An instant that never comes."""


class Built(NamedTuple):
    """What is copied. No server runs."""

    place: Place
    shop: Shop
    factory: Factory

    @contextmanager
    def copied(self, places: Places) -> Iterator[tuple[Place, Runtime]]:
        """A copy of its own, and an empty factory."""
        shutil.rmtree(self.factory.folder)
        self.factory.folder.mkdir()
        place = places.copy(self.place)
        with opened(place) as runtime:
            yield place, runtime


def build(places: Places, folder: Path, *numbers: str) -> Built:
    """Orders with these numbers, all of one design."""
    place = places.new()
    with Server(place, {"SPECTRUM_DELIVER": "on"}) as server, Shop(server, scopes=SCOPES) as shop:
        factory = Factory(server, folder / "factory")
        with opened(place) as runtime:
            with runtime.ledger.write() as tx:
                tx.connection.execute(sa.update(destinations).values(paused_until=FAR))
                changed(tx)
            factory.receives(shop)
            sell(shop, "ABCD1234")
            for number in numbers:
                send(shop, number)
            ready = [queue.DELIVER] * len(numbers)
            until(lambda: [row.kind for row in owed(runtime)] == ready, "the packages")
    return Built(place, shop, factory)
