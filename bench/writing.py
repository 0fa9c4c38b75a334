"""The yardstick below a delivery to a folder, the same bytes written by the system alone, and their end."""

from __future__ import annotations

import os
import time
from pathlib import Path


def place(folder: Path, name: str, data: bytes) -> float:
    """Seconds to write a file durably, under its name at once: write, fsync, rename, fsync of the folder."""
    before = time.perf_counter()
    within = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        growing = os.open(f".{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640, dir_fd=within)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(growing, rest) :]
            os.fsync(growing)
        finally:
            os.close(growing)
        os.rename(f".{name}", name, src_dir_fd=within, dst_dir_fd=within)
        os.fsync(within)
    finally:
        os.close(within)
    return time.perf_counter() - before


def empty(folder: Path) -> None:
    """Give back the room of a folder's files, and leave their names until the lab is removed.

    Before it makes a file, ext4 looks at every inode of the neighbourhood that was freed in the last minutes
    (``recently_deleted`` in its source): after ten thousand were, that takes a millisecond a file, and each
    run would be measured slower than the one before.
    """
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            empty(Path(entry.path))
        else:
            os.truncate(entry.path, 0)
