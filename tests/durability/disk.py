"""A disk that remembers what was synced, and can be told to fail: disk.c, seen from the tests."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).with_name("disk.c")

FULL, BROKEN, UNSYNCED = "F", "E", "S"
"""No space left; every operation fails; only syncs fail."""

SECTOR = 512
"""What a disk writes as a whole; a longer write may be there in part after a power cut."""

_HEAD = struct.Struct("=c3xIQQ")


def compile_disk(folder: Path) -> Path:
    """The library to preload; without a compiler the test is skipped."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("needs gcc (requirements/debian.txt)")
    library = folder / "disk.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-lpthread"], check=True
    )
    return library


class Disk:
    """What lies below one data directory, for a server that is started with `settings`."""

    def __init__(self, library: Path, data_dir: Path) -> None:
        self.root = data_dir
        self.log = data_dir.with_name(f"{data_dir.name}.disk-log")
        self._trouble = data_dir.with_name(f"{data_dir.name}.disk-trouble")
        self.settings = {
            "LD_PRELOAD": str(library),
            "DISK_ROOT": str(data_dir),
            "DISK_LOG": str(self.log),
            "DISK_TROUBLE": str(self._trouble),
        }

    def fail(self, how: str) -> None:
        """From now on operations end so."""
        self._trouble.write_text(how)

    def heal(self) -> None:
        """From now on operations succeed again."""
        self._trouble.unlink()

    def noted(self) -> int:
        """How many bytes of notes there are by now: everything that was done before lies below."""
        return self.log.stat().st_size


class Note(NamedTuple):
    """One operation. `end` is where it ends in the log."""

    what: str
    name: str
    offset: int
    data: bytes
    end: int


def read_notes(log: Path) -> Iterator[Note]:
    """The operations in their order; a last one that was cut off by a kill is left out."""
    with log.open("rb") as file:
        end = 0
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            letter, name_length, offset, length = _HEAD.unpack(head)
            what = letter.decode()
            name = file.read(name_length).decode()
            data = file.read(length) if what == "W" else b""
            if len(data) < (length if what == "W" else 0):
                return
            end += _HEAD.size + name_length + len(data)
            yield Note(what, Path(name).name if what != "S" else name, offset, data, end)


class Platter:
    """What a disk would hold if the power went now.

    Of each file that is what was there at its last sync, and of what came after it any part.
    A file that was made since its folder was last synced may be missing with all its contents.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._synced = {path.name: bytearray(path.read_bytes()) for path in _files(folder)}
        self._after: dict[str, list[Note]] = {name: [] for name in self._synced}
        self._unnamed: set[str] = set()

    def take(self, note: Note, *, believing_syncs: bool = True) -> None:
        """One more operation has happened."""
        if note.what == "S":
            if not believing_syncs:
                return
            if Path(note.name) == self._folder:
                self._unnamed.clear()
            elif (name := Path(note.name).name) in self._after:
                for before in self._after[name]:
                    _apply(self._synced[name], before)
                self._after[name] = []
        elif note.what == "O":
            self._synced[note.name] = bytearray()
            self._after[note.name] = []
            self._unnamed.add(note.name)
        elif note.what == "U":
            # That a removed file comes back is no loss, and SQLite removes only what it no longer needs.
            self._synced.pop(note.name, None)
            self._after.pop(note.name, None)
        elif note.name in self._after:
            self._after[note.name].append(note)

    def cut_power(self, target: Path, chance: random.Random | None) -> None:
        """Write into `target` what is left: without `chance` only what was synced."""
        target.mkdir()
        for name, synced in self._synced.items():
            if name in self._unnamed and (chance is None or chance.random() < 0.5):
                continue
            left = bytearray(synced)
            if chance is not None:
                for note in self._after[name]:
                    _apply_in_part(left, note, chance)
            (target / name).write_bytes(left)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file() and not path.name.endswith("-shm"))


def _apply(content: bytearray, note: Note) -> None:
    if note.what == "T":
        del content[note.offset :]
        content.extend(bytes(note.offset - len(content)))
        return
    content.extend(bytes(max(0, note.offset - len(content))))
    content[note.offset : note.offset + len(note.data)] = note.data


def _apply_in_part(content: bytearray, note: Note, chance: random.Random) -> None:
    how = chance.random()
    if how < 0.4:
        _apply(content, note)
    elif how < 0.6 and note.what == "W":
        for start in range(0, len(note.data), SECTOR):
            if chance.random() < 0.5:
                part = note.data[start : start + SECTOR]
                _apply(content, Note("W", note.name, note.offset + start, part, note.end))
