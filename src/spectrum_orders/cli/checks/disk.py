"""The data directory: there, ours alone, writable, durable, with room."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from spectrum_orders.cli.checks.check import Check, fail, ok, warn
from spectrum_orders.config import Settings

ROOM_LOW = 1024**3
"""About a million plain orders (990 bytes each, measured on SQLite)."""

ROOM_NONE = 100 * 1024**2

IN_MEMORY = {"tmpfs", "ramfs"}
OVER_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs", "afs"}

CLOCKS_APART = 5.0
"""Seconds between the clock and the time the file system gives a new file. A disk of this machine
uses the same clock; a difference means a network file system whose server is off."""


def check_disk(settings: Settings) -> Iterator[Check]:
    """The data directory. Writes one small file there and takes it away again."""
    folder = settings.data_dir
    if not folder.exists():
        yield _not_yet(folder)
        return
    if not folder.is_dir():
        yield fail("data directory", f"{folder} is not a folder", "Set SPECTRUM_DATA_DIR to a folder.")
        return
    yield _mode(folder)
    yield _writable(folder)
    yield _room(folder)
    if not settings.on_postgresql:
        yield _file_system(folder)


def _not_yet(folder: Path) -> Check:
    parent = next((each for each in folder.absolute().parents if each.exists()), Path("/"))
    if os.access(parent, os.W_OK | os.X_OK):
        return warn(
            "data directory", f"{folder} is not there yet", "Nothing to do: the first start makes it."
        )
    return fail(
        "data directory",
        f"{folder} is not there and this user may not make it in {parent}",
        "Make the folder for the server's user, or set SPECTRUM_DATA_DIR to another.",
    )


def _mode(folder: Path) -> Check:
    status = folder.stat()
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        return warn(
            "folder mode", f"{folder} is open to others (mode {mode:04o})", f"Run: chmod 700 {folder}"
        )
    if os.geteuid() not in (0, status.st_uid):
        return warn(
            "folder mode",
            f"{folder} belongs to another user",
            "Call the doctor as the user that the server runs as.",
        )
    return ok("folder mode", f"{mode:04o}")


def _writable(folder: Path) -> Check:
    probe = folder / f".doctor.{os.getpid()}.tmp"
    try:
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, b"\0" * 65536)
            os.fsync(descriptor)
            written = os.fstat(descriptor).st_mtime
        finally:
            os.close(descriptor)
            probe.unlink()
    except OSError as error:
        return fail(
            "disk",
            f"a file in {folder} cannot be written and synced: {error.strerror}",
            "Free space, mend the disk, or give the folder to the server's user.",
        )
    apart = abs(written - time.time())
    if apart > CLOCKS_APART:
        return warn(
            "disk",
            f"its clock is {apart:.0f} s away from this machine's",
            "Set both clocks, for example with NTP.",
        )
    return ok("disk", "written, synced and removed a file")


def _room(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    shown = f"{free / 1024**3:.1f} GiB free"
    if free < ROOM_NONE:
        return fail("room", shown, "Free space now: the next order may be answered with 503.")
    if free < ROOM_LOW:
        return warn(
            "room", shown, "Free space soon: a full disk makes the server answer 503 until there is room."
        )
    return ok("room", shown)


def _file_system(folder: Path) -> Check:
    kind = _kind(folder)
    if kind in IN_MEMORY:
        return warn(
            "file system",
            f"{folder} lies in memory ({kind})",
            "Orders are gone after a restart of the machine.",
        )
    if kind in OVER_NETWORK:
        return fail(
            "file system",
            f"{folder} lies on a network file system ({kind})",
            "SQLite needs a local disk; use PostgreSQL (SPECTRUM_DATABASE_URL) to store elsewhere.",
        )
    return ok("file system", kind or "not known on this system")


def _kind(folder: Path) -> str:
    """The type of the file system that holds a folder, or nothing where the system does not say."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    where = folder.resolve()
    found = ""
    longest = -1
    for line in mounts:
        _, point, kind, *_ = line.split(" ")
        path = Path(point.replace("\\040", " "))
        # A later line covers an earlier one at the same point.
        if where.is_relative_to(path) and len(path.parts) >= longest:
            found, longest = kind, len(path.parts)
    return found
