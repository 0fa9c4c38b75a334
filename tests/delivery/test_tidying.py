"""What a killed process left half written among the files does not stay for ever."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum_orders.files import Files
from tests.delivery.working import until, working
from tests.harness.place import Place
from tests.store.opening import opened

LONG_AGO = time.time() - 2 * 86_400
LEFT = ".17.0123456789abcdef"


def left(folder: Path, name: str, *, at: float = LONG_AGO) -> Path:
    path = folder / name
    path.write_bytes(b"SPF1 and not much more")
    os.utime(path, (at, at))
    return path


@pytest.mark.parametrize("where", ["assets/7", "artwork/7/12"])
def test_a_worker_removes_what_an_upload_left_that_was_killed_and_nothing_else(
    database: Place, where: str
) -> None:
    with opened(database) as runtime:
        folder = runtime.settings.files_dir / where
    folder.mkdir(parents=True)
    others = [
        left(folder, "17"),
        left(folder, ".17"),
        left(folder, ".17.0123456789ABCDEF"),
        left(folder, ".17.0123456789abcdef.orig"),
        left(folder, ".18.0123456789abcdef", at=time.time() - 3_600),
        left(runtime.settings.files_dir, LEFT),
    ]
    gone = left(folder, LEFT)
    with working(database):
        until(lambda: not gone.exists(), "its removal")
    assert [path for path in others if not path.exists()] == []


def test_what_is_being_written_stays_however_long_it_takes(database: Place) -> None:
    with opened(database) as runtime:
        files: Files = runtime.files
        name, key = "assets/7/17", runtime.keys.new_order_key(7, 17)
        seen: list[int] = []

        def slow() -> Iterator[bytes]:
            yield b"one"
            (unfinished,) = (runtime.settings.files_dir / "assets" / "7").iterdir()
            os.utime(unfinished, (LONG_AGO, LONG_AGO))
            seen.extend(files.sweep(time.time() - 86_400))
            yield b"two"

        files.write(name, key, slow())
        assert (sum(seen), files.whole(name, key)) == (0, b"onetwo")
