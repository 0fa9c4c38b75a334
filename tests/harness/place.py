"""Where orders go in a test: a data directory, and a PostgreSQL database when it is not SQLite."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.harness.postgres import Cluster
from tests.harness.verbs import PATIENCE, verbs

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)

SOURCE = Path(__file__).resolve().parents[2] / "src"

# Of the process, because a cluster outlives the Places over it.
_numbers = itertools.count(1)


FROM_NOTHING = (("serve",), ("worker",), ("doctor",))
"""Verbs with processes of their own, which are started as an operator does."""


@dataclass(frozen=True)
class Place:
    """One empty, migrated home for orders that no other test shares."""

    kind: str
    data_dir: Path
    url: str | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The variables that point a process at it."""
        settings = {"SPECTRUM_DATA_DIR": str(self.data_dir)}
        if self.url is not None:
            settings["SPECTRUM_DATABASE_URL"] = self.url
        return settings


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """A process environment with `settings` and no other SPECTRUM_ variable, whoever runs the tests."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SPECTRUM_")}
    return {**own, "PYTHONPATH": str(SOURCE), **settings}


def spectrum(
    settings: Mapping[str, str], *arguments: str, cwd: Path, check: bool = True, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs one verb of the command line to its end, `given` being its standard input.

    With `check` a non-zero exit is an AssertionError that holds what the verb said.
    """
    # What no setting of ours says, the loader or Python itself reads when a process begins.
    begins = not all(name.startswith("SPECTRUM_") for name in settings)
    if begins or arguments[:1] in FROM_NOTHING:
        done = subprocess.run(
            [sys.executable, "-m", "spectrum_orders.cli", *arguments],
            env=environment(settings),
            cwd=cwd,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    else:
        ended = verbs(str(SOURCE)).call(environment(settings), arguments, cwd, given)
        done = subprocess.CompletedProcess(arguments, *ended)
    if check:
        said = f"spectrum {' '.join(arguments)} exited {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, said
    return done


class Places:
    """Makes places of one kind. A PostgreSQL database is migrated once and then copied, which takes 50 ms."""

    def __init__(self, kind: str, root: Path, cluster: Callable[[], Cluster]) -> None:
        self.kind = kind
        self._root = root
        self._cluster = cluster
        self._template: str | None = None

    def new(self, settings: Mapping[str, str] | None = None) -> Place:
        """A new place; `settings` are those it will be used with, as far as a migration reads them."""
        number = next(_numbers)
        folder = self._root / f"{self.kind}-{number}"
        folder.mkdir()
        if self.kind == SQLITE:
            return Place(SQLITE, folder)
        cluster = self._cluster()
        # The environment is written into the database for good, so another one cannot start from the copy.
        if settings and "SPECTRUM_ENVIRONMENT" in settings:
            place = Place(POSTGRESQL, folder, cluster.create_database(f"place_{number}"))
            spectrum({**place.settings, **settings}, "migrate", cwd=folder)
            return place
        if self._template is None:
            self._template = self._migrated(cluster, f"template_{number}")
        return Place(POSTGRESQL, folder, cluster.create_database(f"place_{number}", template=self._template))

    def copy(self, place: Place) -> Place:
        """Another place with the same orders, keys and files; nobody may be using the first."""
        number = next(_numbers)
        folder = self._root / f"{self.kind}-{number}"
        shutil.copytree(place.data_dir, folder)
        if place.url is None:
            return Place(self.kind, folder)
        template = place.url.removeprefix("postgresql:///").partition("?")[0]
        url = self._cluster().create_database(f"place_{number}", template=template)
        return Place(self.kind, folder, url)

    def _migrated(self, cluster: Cluster, name: str) -> str:
        folder = self._root / name
        folder.mkdir()
        place = Place(POSTGRESQL, folder, cluster.create_database(name))
        spectrum(place.settings, "migrate", cwd=folder)
        return name
