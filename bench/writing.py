"""The yardstick below a delivery to a folder: the same bytes, written by nothing but the system."""

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
