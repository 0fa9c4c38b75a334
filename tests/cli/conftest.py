"""A factory and an SFTP server of its own, for the verbs about where packages go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.place import Place, spectrum
from tests.harness.sftp import Sftp


@pytest.fixture
def press(database: Place) -> Place:
    """A partner, and no server."""
    spectrum(database.settings, "partner", "create", "press", cwd=database.data_dir)
    return database


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Sftp]:
    (tmp_path / "served").mkdir()
    with Sftp(tmp_path / "served") as running:
        yield running
