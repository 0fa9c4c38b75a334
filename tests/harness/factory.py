"""A factory that takes packages from a folder, and a shop whose orders go to it."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parties, partners, routing
from spectrum_orders.store.transaction import now_us
from tests.harness.shop import Shop

# Only ends what hangs: the first rendering process takes some seconds to start on a busy machine.
PATIENCE = 90.0

MUG: dict[str, Any] = {
    "name": "Mug",
    "areas": [{"handle": "wrap", "width": 60, "height": 30, "bleed": 2, "safe": 2}],
}


def _lettered(text: str) -> dict[str, Any]:
    """A mug with a text on it."""
    layer = {
        "type": "text",
        "text": text,
        "box": {"x": 5, "y": 5, "width": 50, "height": 20},
        "size": 24,
    }
    return {"recipes": [{"product": "mug", "fillings": [{"area": "wrap", "layers": [layer]}]}]}


NAMED = _lettered("Grace")
NO_FONT = _lettered("\N{CUNEIFORM SIGN A}")
"""In a script that no font here has: found out only when it is drawn."""


@contextmanager
def opened_store(server: Any) -> Iterator[Runtime]:
    """Everything a process holds, beside a server or without one."""
    with server.opened() as opened:
        yield opened


class Factory:
    """A partner with one folder; `receives(shop)` leads the shop's orders to it."""

    def __init__(
        self, server: Any, folder: Path, *, handle: str = "press", settings: PartnerSettings | None = None
    ) -> None:
        self.server = server
        self.handle = handle
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # By the store and not by the command line, whose own tests are elsewhere: a process costs a second.
        with opened_store(server) as runtime, runtime.ledger.write() as tx:
            made = partners.create(tx, handle, name="", settings=settings or PartnerSettings())
            partners.add_destination(
                tx,
                made,
                f"folder://{folder}",
                runtime.settings.environment,
                options={},
                number=tx.ids.take(),
                secret=None,
            )

    def receives(self, shop: Shop, *, sku: str | None = None) -> None:
        """From now on the shop's orders (with these SKUs) are made here."""
        with opened_store(self.server) as runtime, runtime.ledger.write() as tx:
            client = parties.find_client(tx.connection, shop.handle)
            partner = partners.find(tx.connection, self.handle)
            assert client is not None
            assert partner is not None
            routing.add(tx, client.id, partner.id, sku=sku, country=None, rank=None)

    def packages(self) -> list[Path]:
        """What lies there under its final name."""
        return sorted(self.folder.rglob("*.zip"))

    def await_packages(self, count: int = 1) -> list[Path]:
        """Wait until so many packages lie there."""
        deadline = time.monotonic() + PATIENCE
        while len(found := self.packages()) < count:
            assert time.monotonic() < deadline, (
                f"{len(found)} of {count} packages:\n{self.server.logs()[-4000:]}"
            )
            time.sleep(0.05)
        return found

    def leftovers(self) -> list[Path]:
        """Whatever lies there beside whole packages."""
        return [path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".zip"]


@contextmanager
def nobody_tries(factory: Factory) -> Iterator[None]:
    """What is owed to the factory waits until the block ends."""
    pause(factory, now_us() + 3_600 * 1_000_000)
    yield
    pause(factory, 0)


def pause(factory: Factory, until: int) -> None:
    """Let nobody send there before an instant, in microseconds."""
    with opened_store(factory.server) as runtime, runtime.ledger.write() as tx:
        partner = partners.find(tx.connection, factory.handle)
        assert partner is not None
        for one in partners.list_destinations(tx.connection, partner.id):
            partners.note_health(tx, one.id, failures=0, paused_until=until, last_error="")
        partners.changed(tx)


def opened(package: Path) -> dict[str, bytes]:
    """The members of a package, each held against `SHA256SUMS`."""
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        members = {name: archive.read(name) for name in archive.namelist()}
    listed = members["SHA256SUMS"].decode().splitlines()
    sums = {name: sha256 for sha256, name in (line.split("  ", 1) for line in listed)}
    assert set(sums) == set(members) - {"SHA256SUMS"}
    for name, expected in sums.items():
        assert hashlib.sha256(members[name]).hexdigest() == expected
    return members


def manifest(members: dict[str, bytes]) -> dict[str, Any]:
    """What `manifest.json` says."""
    said: dict[str, Any] = msgspec.json.decode(members["manifest.json"])
    return said


def sell(shop: Shop, *recipe_sets: str) -> None:
    """Have the shop sell a mug with a name on it, under each of these ids."""
    answer = shop.put("/api/products/mug", MUG)
    assert answer.status_code in (200, 201), answer.text
    for name in recipe_sets:
        answer = shop.put(f"/api/recipesets/{name}", NAMED)
        assert answer.status_code in (200, 201), answer.text


def order(number: str, *recipe_sets: str, sku: str = "MUG", **more: Any) -> dict[str, Any]:
    """An order with a line for each of these recipe sets."""
    return {
        "purchaseOrderNumber": number,
        "orderDate": "2026-11-24",
        "lineItems": [
            {"recipeSetId": name, "skuQuantities": [{"sku": sku, "quantity": 1}]} for name in recipe_sets
        ],
        **more,
    }
