"""What every test may ask for: a database, a server, a shop; and the rules of a run.

`database`, `server`, `shop` and `fresh_server` come twice, once over SQLite and once over PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any, Protocol

import hypothesis
import pytest

from tests.harness.place import KINDS, Place, Places
from tests.harness.postgres import Cluster
from tests.harness.server import Server
from tests.harness.shop import Shop

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
DOORS = {"cluster", "places", "database", "server", "shop", "fresh_server"}

# No deadline: a slow moment of the machine is no failure. In CI the examples are the same in every run, so
# that a red build is about the change that it builds; everywhere else they are new each time.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "local")


class FreshServer(Protocol):
    """Starts a server of the test's own: `fresh_server(SPECTRUM_RATE_LIMIT="2/minute")`."""

    def __call__(self, *arguments: str, place: Place | None = None, **settings: str) -> Server: ...


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """This worker's PostgreSQL server."""
    with Cluster() as running:
        yield running


@pytest.fixture(scope="session", params=KINDS)
def places(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Makes empty, migrated homes for orders, of one kind."""
    root = tmp_path_factory.mktemp(request.param)
    # Asked for only here, so that a run of SQLite alone starts no PostgreSQL.
    return Places(request.param, root, lambda: request.getfixturevalue("cluster"))


@pytest.fixture
def database(places: Places) -> Place:
    """An empty, migrated home for orders that belongs to this test alone; no server runs over it."""
    return places.new()


@pytest.fixture(scope="session")
def server(places: Places) -> Iterator[Server]:
    """The server that tests share. Whoever stops it or changes its settings wants `fresh_server`."""
    with Server(places.new()) as running:
        yield running.keep_open()


@pytest.fixture
def shop(server: Server) -> Iterator[Shop]:
    """A new client of the shared server, with a token that may acknowledge and read."""
    with Shop(server) as new:
        yield new


@pytest.fixture
def fresh_server(places: Places) -> Iterator[FreshServer]:
    """Starts servers that belong to this test alone, with settings by their variables' names."""
    started: list[Server] = []

    def start(*arguments: str, place: Place | None = None, **settings: str) -> Server:
        server = Server(place or places.new(settings), settings, *arguments)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's chromium; without one the test is skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("needs chromium (requirements/debian.txt)")
    return found


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # Every worker must give a test the same name, so a fresh key or token cannot be part of it.
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 40):
        return argname
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if DOORS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("door")


def pytest_sessionfinish(session: pytest.Session) -> None:
    # Workers report to the controller, which alone has the terminal.
    terminal: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and terminal is not None and terminal.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if IN_CI and terminalreporter.stats.get("skipped"):
        terminalreporter.section("a skipped test is a failure in CI", red=True)
        for report in terminalreporter.stats["skipped"]:
            terminalreporter.write_line(report.nodeid)
