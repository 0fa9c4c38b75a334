"""The long tests use what the short ones use."""

from __future__ import annotations

from tests.durability.conftest import disk_library, folder

__all__ = ["disk_library", "folder"]
