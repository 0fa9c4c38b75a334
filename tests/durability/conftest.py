"""What the bad days need beside a server: a disk that can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.durability.disk import compile_disk


@pytest.fixture(scope="session")
def disk_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that stands between a server and its disk."""
    return compile_disk(tmp_path_factory.mktemp("disk"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for a data directory, with room beside it."""
    path = tmp_path / "data"
    path.mkdir()
    return path
