"""From a shop to a factory's folder: what the scenarios about fulfilment share, and an eye on the folder."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import Dishonest
from bench.lab import Lab, count_rows
from bench.writing import empty
from tests.harness.factory import Factory, manifest, opened, order
from tests.harness.server import Server
from tests.harness.shop import Shop

DELIVERING = {"SPECTRUM_DELIVER": "on"}

CLIENT = "designs"
SKU = "MUG-11OZ-WHITE"

# In RGB, because the built-in profile for CMYK alone has 400 kB: it would be a figure of the disk.
PRODUCT = {
    "name": "Mug",
    "areas": [{"handle": "wrap", "width": 60, "height": 30, "bleed": 2, "safe": 2, "space": "rgb"}],
}

TOGETHER = 1000
"""Orders in one body."""

PATIENCE = 120
"""Seconds without a new package after which nothing more is expected. The first file waits for the
rendering processes to start."""


class Press:
    """One shop whose orders are all made by one factory, over a running server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.shop = Shop(server, handle=CLIENT)
        factory = Factory(server, folder)
        factory.receives(self.shop)
        self.folder = folder / CLIENT
        self.folder.mkdir()
        self._demand("/api/products/mug", PRODUCT)

    def design(self, recipe_set: str, text: str) -> None:
        """Put a recipe set with this text."""
        box = {"x": 5, "y": 5, "width": 50, "height": 20}
        layers = [{"type": "text", "text": text, "box": box, "size": 24}]
        filling = {"area": "wrap", "layers": layers}
        self._demand(
            f"/api/recipesets/{recipe_set}", {"recipes": [{"product": "mug", "fillings": [filling]}]}
        )

    def send(self, number: str, recipe_set: str) -> None:
        """Send one order, and wait for its answer."""
        answer = self.shop.acknowledge(order(number, recipe_set, sku=SKU))
        if answer.status_code != 200:
            raise Dishonest(f"An order was answered with {answer.status_code}.")

    def send_all(self, numbers: Iterable[tuple[str, str]]) -> None:
        """Send many orders, given as number and recipe set."""
        wanted = list(numbers)
        for start in range(0, len(wanted), TOGETHER):
            body: list[dict[str, Any]] = [order(*one, sku=SKU) for one in wanted[start : start + TOGETHER]]
            answer = self.shop.acknowledge(body)
            if answer.status_code != 200:
                raise Dishonest(f"{len(body)} orders were answered with {answer.status_code}.")

    def count(self) -> int:
        """How many packages lie there under their final names."""
        return sum(entry.name.endswith(".zip") for entry in os.scandir(self.folder))

    def wait(self, count: int, pause: float) -> None:
        """Wait until so many packages lie there, with a look every ``pause`` seconds."""
        for _ in self.watch(count, pause):
            pass

    def watch(self, count: int, pause: float) -> Iterator[tuple[float, int]]:
        """Every increase until there are ``count`` packages, as instant and number. Raises Dishonest when
        nothing comes any more."""
        seen, at = -1, time.perf_counter()
        while seen < count:
            there = self.count()
            now = time.perf_counter()
            if there > seen:
                seen, at = there, now
                yield now, there
            elif now - at > PATIENCE:
                raise Dishonest(
                    f"{there} of {count} packages came, and then none for {PATIENCE} s: "
                    f"{self.server.logs()[-800:]}"
                )
            time.sleep(pause)

    def packages(self) -> list[Path]:
        """Whatever lies there."""
        return sorted(self.folder.iterdir())

    def check(self, numbers: Iterable[str]) -> None:
        """Open everything that lies there. Raises Dishonest unless it is one whole package with its print
        file for each of these orders, and nothing else."""
        found: list[str] = []
        for package in self.packages():
            try:
                members = opened(package)
            except (AssertionError, KeyError, zipfile.BadZipFile) as error:
                raise Dishonest(f"{package.name} is no whole package: {error}") from error
            if not any(name.endswith("_wrap.pdf") for name in members):
                raise Dishonest(f"{package.name} holds no print file.")
            found.append(manifest(members)["purchaseOrderNumber"])
        wanted = sorted(numbers)
        if sorted(found) != wanted:
            raise Dishonest(f"{len(wanted)} packages were owed, and {len(found)} lie there, or others.")

    def made(self) -> int:
        """For how many recipe sets the files have been made, by the database itself."""
        return count_rows(self.server.place, "artworks")

    def _demand(self, path: str, document: dict[str, Any]) -> None:
        answer = self.shop.put(path, document)
        if answer.status_code not in (200, 201):
            raise Dishonest(f"PUT {path} was answered with {answer.status_code}: {answer.text}")


@contextmanager
def pressing(lab: Lab, server: Server) -> Iterator[Press]:
    """A shop and a factory for a running server; what the factory got, on the same disk as the database, is
    emptied afterwards."""
    folder = lab.folder / f"factory-{server.data_dir.name}"
    press = Press(server, folder)
    try:
        yield press
    finally:
        press.shop.close()
        empty(folder)
