"""The key ring in a file that only its owner may read."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from spectrum_orders.crypto.keyring import BadKeyRing, KeyRing

_MODE: Final = 0o600
_MAX_BYTES: Final = 1 << 20
"""A ring is about 400 bytes and 60 more for each version; a path to something else, such as a
disk image or /dev/zero, is refused before it fills the memory."""


def load(path: Path) -> KeyRing:
    """The ring in a file.

    Raises ``BadKeyRing`` when the file is missing or cannot be read, when its group or others may
    read or change it, or when it holds no ring; ``FileNotFoundError`` never escapes.
    """
    ring = _read(path)
    if ring is None:
        raise BadKeyRing(f"There is no key ring at {path}. Restore it from its backup.")
    return ring[0]


def load_or_create(path: Path) -> tuple[KeyRing, bool]:
    """The ring in a file, and whether it was made just now (then tell people to back it up).

    Two processes that start at once on an empty folder agree on one ring: the file appears whole
    and under its name only if the name is still free, and whoever comes second reads the first
    one's. Raises like ``load``.
    """
    found = _read(path)
    if found is not None:
        return found[0], False
    ring = KeyRing.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _written_beside(path, ring, None) as temporary:
            # Not a rename, which would replace the winner's ring.
            os.link(temporary, path)
        _sync_folder(path)
    except FileExistsError:
        return load(path), False
    except OSError as error:
        raise BadKeyRing(f"The key ring {path} could not be made: {error.strerror}.") from None
    return ring, True


def save(path: Path, ring: KeyRing) -> None:
    """Replace the ring in a file at once: after a crash there is the old one or the new one.

    Mode 0600, and the owner stays who it was, so that a ring rotated by root still belongs to the
    server's user. Raises ``BadKeyRing`` when the file cannot be written. To change a ring that
    others may be changing too, use ``update``.
    """
    try:
        # A link is followed, so that the ring is replaced and not the link.
        path = path.resolve()
        owner = path.stat() if path.exists() else None
        with _written_beside(path, ring, owner) as temporary:
            temporary.replace(path)
        _sync_folder(path)
    except OSError as error:
        raise BadKeyRing(f"The key ring {path} could not be written: {error.strerror}.") from None


def update(path: Path, change: Callable[[KeyRing], KeyRing]) -> KeyRing:
    """Read the ring, change it, save it, while no other ``update`` does: gives the new ring.

    Without the lock, two rotations at once would each add a version and the later save would
    drop the earlier one's, under which orders may already be wrapped. Raises like ``load`` and
    ``save``, and whatever ``change`` raises; the ring then stays as it was.
    """
    path = path.resolve()
    while True:
        # The ring is its own lock: a file beside it would need an owner and a mode of its own.
        try:
            held = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise BadKeyRing(f"The key ring {path} cannot be changed: {error.strerror}.") from None
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            if not _is_still(path, held):
                continue  # Replaced while we waited: what we hold locks nothing any more.
            ring = change(load(path))
            save(path, ring)
            return ring
        finally:
            os.close(held)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


class RingFile:
    """A ring file that a long-running process keeps up with.

    ``ring`` is what was read last. Call ``refresh`` about once a second and whenever an order's
    key has an unknown version, so that a rotation reaches a running server without a restart.
    """

    __slots__ = ("_path", "_seen", "ring")

    def __init__(self, path: Path) -> None:
        found = _read(path)
        if found is None:
            raise BadKeyRing(f"There is no key ring at {path}. Restore it from its backup.")
        self._path: Final = path
        self.ring, self._seen = found

    def __repr__(self) -> str:
        return f"RingFile({self.ring!r})"

    def refresh(self) -> bool:
        """Read the file again if it was replaced; whether ``ring`` is a new one.

        Raises ``BadKeyRing`` when the file is gone, unusable or another deployment's; ``ring``
        then stays what it was, so that a server goes on with the keys it has.
        """
        try:
            if _identity(self._path.stat()) == self._seen:
                return False
        except OSError:
            pass  # Reading it says what is wrong.
        found = _read(self._path)
        if found is None:
            raise BadKeyRing(f"The key ring {self._path} is gone. Restore it from its backup.")
        ring, seen = found
        if not ring.continues(self.ring):
            raise BadKeyRing(f"The key ring {self._path} was replaced by another deployment's.")
        self.ring, self._seen = ring, seen
        return True


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    """Differs for every replacement, for a ring is never changed in place."""
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _read(path: Path) -> tuple[KeyRing, tuple[int, int, int, int]] | None:
    """The ring and the identity of its file; ``None`` when there is no file."""
    try:
        # Without O_NONBLOCK a named pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadKeyRing(f"The key ring {path} cannot be read: {error.strerror}.") from None
    try:
        # Of the open file and not of the name, which could be another's by then.
        status = os.fstat(descriptor)
        _check_private(path, status)
        raw = b""
        while len(raw) <= _MAX_BYTES and (part := os.read(descriptor, _MAX_BYTES)):
            raw += part
    except OSError as error:
        raise BadKeyRing(f"The key ring {path} cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    try:
        return KeyRing.parse(text), _identity(status)
    except BadKeyRing as error:
        raise BadKeyRing(f"{path}: {error.message}") from None


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BadKeyRing(f"The key ring {path} is not a regular file.")
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        raise BadKeyRing(
            f"The key ring {path} may be read or changed by others than its owner (mode {mode:04o}). "
            f"Run: chmod 600 {path}"
        )
    if status.st_size > _MAX_BYTES:
        raise BadKeyRing(f"The key ring {path} is far too large to be one.")


@contextlib.contextmanager
def _written_beside(path: Path, ring: KeyRing, owner: os.stat_result | None) -> Iterator[Path]:
    """A file in the same folder that holds the ring, on disk, mode 0600; gone afterwards."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, _MODE)  # The umask may have taken the owner's bits.
            if owner is not None and os.geteuid() == 0:
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            file.write(ring.dump().encode())
            file.flush()
            os.fsync(descriptor)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    """Make the name itself durable: fsync of a file does not cover its entry in the folder."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
