"""Where a demo puts its things, and the little that it may delete there."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from spectrum_orders.errors import Conflict
from spectrum_orders.runtime import SQLITE_FILE

FOLDER = "var/demo"

MARK = ".made-by-spectrum-demo"
"""Stands in every folder whose things a demo may delete."""

SETTINGS = "spectrum.toml"
LOG = "server.log"
RECEIPT = "receipt.json"
FORGED = "forged.json"
PUBLIC_KEY = "key.json"
SECRET = "sftp-password"  # noqa: S105  the name of a file that is gone a second later
FACTORIES = "factory"
PRESS = f"{FACTORIES}/press"
STUDIO = f"{FACTORIES}/studio"
OPENED = "opened"

MADE = (
    SQLITE_FILE,
    f"{SQLITE_FILE}-wal",
    f"{SQLITE_FILE}-shm",
    f"{SQLITE_FILE}.next",
    f"{SQLITE_FILE}.turn",
    "keyring.json",
    "serve.lock",
    SETTINGS,
    LOG,
    RECEIPT,
    FORGED,
    PUBLIC_KEY,
    SECRET,
)
"""Every file that a demo makes, beside the folders. Nothing else is ever deleted."""

FOLDERS = ("files", FACTORIES, OPENED)
"""Every folder that a demo makes."""


class Folder(msgspec.Struct, frozen=True):
    """A demo's own data directory, and the settings that name it."""

    path: Path

    @property
    def settings(self) -> Path:
        """The settings file of the demo's server."""
        return self.path / SETTINGS

    def __truediv__(self, name: str) -> Path:
        return self.path / name


@contextmanager
def fresh(path: Path) -> Iterator[Folder]:
    """``path``, emptied of what a former demo made there; held, so that two demos never share it.

    Raises Conflict when another demo runs there, or when what stands there is not a demo's.
    """
    _make(path)
    mark = path / MARK
    found = [name for name in (*MADE, *FOLDERS) if (path / name).exists()]
    if found and not mark.exists():
        raise Conflict(
            f"{path} holds {found[0]}, which no demo made. Move it away, or start the demo in another folder."
        )
    with mark.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another demo is using {path}. Stop it with Ctrl-C first, or call: spectrum demo --once"
            ) from None
        _delete(path)
        yield _furnished(path)


@contextmanager
def passing(path: Path) -> Iterator[Folder]:
    """A new folder below ``path``, deleted at the end; kept after a failure, because the log is in it."""
    missing = _make(path)
    own = Path(tempfile.mkdtemp(prefix="once-", dir=path))
    try:
        yield _furnished(own)
    except Exception:
        raise
    except BaseException:  # a wish to stop is no failure
        _remove(own, missing)
        raise
    _remove(own, missing)


def _make(path: Path) -> list[Path]:
    """Make ``path`` and the folders above it, for this user alone; those that were missing, innermost first.

    One by one, because ``parents=True`` gives the folders above the mode of every other folder.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    return missing


def _furnished(path: Path) -> Folder:
    folder = Folder(path)
    where = str(path.absolute()).replace("\\", "\\\\").replace('"', '\\"')
    folder.settings.write_text(
        f'# The settings of the demo\'s server: spectrum --config {folder.settings} …\ndata_dir = "{where}"\n'
        "# Its factories stand on this machine, which a delivery may otherwise not reach.\n"
        'outbound_networks = "127.0.0.0/8"\n'
    )
    return folder


def _delete(path: Path) -> None:
    for name in MADE:
        with contextlib.suppress(FileNotFoundError):
            (path / name).unlink()
    for name in FOLDERS:
        shutil.rmtree(path / name, ignore_errors=True)


def _remove(own: Path, made: list[Path]) -> None:
    _delete(own)
    # Whatever else somebody put there keeps its folder.
    with contextlib.suppress(OSError):
        for each in (own, *made):
            each.rmdir()
