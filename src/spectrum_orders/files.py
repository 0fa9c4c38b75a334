"""Files that hold something of a person: sealed, in pieces, and whole or not there.

A file is a head and pieces of up to 1 MiB, each sealed under the key of what it belongs to and bound
to its name and place; the last is bound as the last, so that a cut is found. Nothing here knows a
database: whoever destroys the key has destroyed the file.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from spectrum_orders.crypto import OrderKey
from spectrum_orders.errors import NotFound, SealBroken, Unavailable

PIECE = 1024 * 1024
_HEAD = b"SPF1"
_LENGTH = 4
_TEMPORARY = re.compile(r"\.[^.]+\.[0-9a-f]{16}")

ARTWORK = "artwork"
"""The folder with the print files of all versions."""

ASSETS = "assets"
"""The folder with all uploads."""


def version_folder(client_id: int, version: int) -> str:
    """Where the print files and the sheet of a recipe set version lie."""
    return f"{ARTWORK}/{client_id}/{version}"


def asset_name(client_id: int, number: int) -> str:
    """Where an uploaded asset lies."""
    return f"{ASSETS}/{client_id}/{number}"


class FilesAway(Unavailable):
    """The disk with the sealed files may be away: what is written meanwhile would lie below the place where
    it belongs, and what is missing may still be there."""

    def __init__(self) -> None:
        super().__init__(
            "A folder with sealed files is missing (SPECTRUM_FILES_DIR); its disk may be away. Send the same "
            "again when it is back.",
            retry_after=30,
        )


class Stored(msgspec.Struct, frozen=True):
    """What was stored: bytes and SHA-256 of the content."""

    size: int
    sha256: bytes


class Files:
    """Sealed files below one folder. Names are ours: ids and numbers, never a person's words."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, key: OrderKey, chunks: Iterable[bytes]) -> Stored:
        """Store a file, durable when this returns; one of that name is replaced at once.

        Nothing of it remains when ``chunks`` raises.
        """
        target = self._root / name
        _make_folder(target.parent)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")  # as in ``_TEMPORARY``
        digest, size = hashlib.sha256(), 0
        try:
            with open(temporary, "xb", opener=_private) as file:
                _lock(file)
                file.write(_HEAD)
                for place, (piece, last) in enumerate(_pieces(chunks)):
                    digest.update(piece)
                    size += len(piece)
                    sealed = key.seal_bytes(_bound(name, place, last), piece)
                    file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(target.parent)
        return Stored(size, digest.digest())

    def read(self, name: str, key: OrderKey) -> Iterator[bytes]:
        """The content, piece by piece. Raises NotFound, and SealBroken when it was changed or cut."""
        try:
            file = (self._root / name).open("rb")
        except FileNotFoundError:
            raise NotFound("A stored file is missing; its backup has it, or it is made anew.") from None
        with file:
            if file.read(len(_HEAD)) != _HEAD:
                raise SealBroken("A stored file is not in a known format.")
            place = 0
            sealed = _sealed(file.read(_LENGTH), file)
            while True:
                following = file.read(_LENGTH)
                yield key.open_bytes(_bound(name, place, not following), sealed)
                if not following:
                    return
                place += 1
                sealed = _sealed(following, file)

    def whole(self, name: str, key: OrderKey) -> bytes:
        """The content as one piece."""
        return b"".join(self.read(name, key))

    def has(self, name: str) -> bool:
        """Whether there is such a file, whatever is in it."""
        return (self._root / name).is_file()

    def has_folder(self, name: str) -> bool:
        """Whether there is such a folder."""
        return (self._root / name).is_dir()

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is no matter."""
        with contextlib.suppress(FileNotFoundError):
            (self._root / name).unlink()

    def sweep(self, before: float) -> Iterator[int]:
        """Remove what killed writers left unfinished: our own temporary files that were last written to
        ``before`` an instant (seconds), and that nobody is writing. How many, folder by folder."""
        for ours in (ARTWORK, ASSETS):
            for folder, _, names in os.walk(self._root / ours):
                left = [Path(folder, name) for name in names if _TEMPORARY.fullmatch(name)]
                yield sum(_is_removed(path, before) for path in left)

    def delete_folder(self, name: str) -> None:
        """Remove a folder with every file in it, whole or half written; none is no matter."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._root / name)


def _bound(name: str, place: int, last: bool) -> str:
    return f"file/{name}/{place}/{'last' if last else 'more'}"


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) > PIECE:
            yield bytes(held[:PIECE]), False
            del held[:PIECE]
    yield bytes(held), True


def _sealed(length: bytes, file: BinaryIO) -> bytes:
    wanted = int.from_bytes(length, "big")
    if len(length) == _LENGTH and wanted <= PIECE + 64:
        sealed = file.read(wanted)
        if len(sealed) == wanted:
            return sealed
    raise SealBroken("A stored file was cut or changed.")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _lock(file: BinaryIO) -> None:
    """Have ``sweep`` see that this file is being written, by whatever process, until it is closed."""
    with contextlib.suppress(OSError):  # not every file system can; there its age has to say enough
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_removed(path: Path, before: float) -> bool:
    try:
        with path.open("r+b") as file:  # to be written, or NFS locks it for nobody
            if os.fstat(file.fileno()).st_mtime >= before:
                return False
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except OSError:
        return False  # being written, or gone
    return True


def _make_folder(folder: Path) -> None:
    # With ``parents`` only the last folder would get the mode.
    for above in (*reversed(folder.parents), folder):
        if not above.exists():
            above.mkdir(mode=0o700, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
