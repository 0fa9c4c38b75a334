"""A server that works, a shop of its own, and a factory that the shop's orders go to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spectrum_orders.domain.partner import PartnerSettings
from tests.harness.factory import Factory
from tests.harness.place import Places
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def working(places: Places) -> Iterator[Server]:
    """A server that makes and delivers; every test has shops and factories of its own."""
    settings = {"SPECTRUM_DELIVER": "on"}
    with Server(places.new(settings), settings) as running:
        yield running.keep_open()


@pytest.fixture
def own_shop(working: Server) -> Iterator[Shop]:
    with Shop(working) as shop:
        yield shop


@pytest.fixture
def build(working: Server, tmp_path: Path) -> Callable[..., Factory]:
    """Builds a factory with a name that no other has."""

    def made(settings: PartnerSettings | None = None) -> Factory:
        handle = f"press-{next(_numbers)}"
        return Factory(working, tmp_path / handle, handle=handle, settings=settings)

    return made


@pytest.fixture
def factory(build: Callable[..., Factory], own_shop: Shop) -> Factory:
    """Where everything goes that the shop sells."""
    made = build()
    made.receives(own_shop)
    return made


@pytest.fixture
def press(factory: Factory) -> Iterator[Press]:
    with Press(factory) as made:
        yield made
