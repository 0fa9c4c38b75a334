"""A server that delivers, a shop of its own, and the folder of a factory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FreshServer
from tests.harness.factory import Factory
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture
def serving(fresh_server: FreshServer) -> Server:
    return fresh_server(SPECTRUM_DELIVER="on")


@pytest.fixture
def own_shop(serving: Server) -> Iterator[Shop]:
    with Shop(serving) as shop:
        yield shop


@pytest.fixture
def factory(serving: Server, tmp_path: Path) -> Factory:
    """A factory to which no rule leads yet."""
    return Factory(serving, tmp_path / "factory")
