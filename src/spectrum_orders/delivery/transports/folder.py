"""Into a folder of this machine: a disk, or a share that is mounted.

A file that stands there under the same name with the same bytes is success and is not touched. With other
bytes it is replaced at once by a rename: names hold the number of the package, so it can only be an earlier
version of the same. The folder itself must exist, because a share that is not mounted looks like an empty
one; folders below it are made.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from spectrum_orders.delivery.transports.contract import Content, DeliveryFailed, Proof
from spectrum_orders.delivery.transports.folder_errors import UNKNOWN, explained
from spectrum_orders.delivery.transports.names import split_name, temporary_name
from spectrum_orders.delivery.transports.reading import BLOCK, blocks

FILE_MODE, FOLDER_MODE = 0o640, 0o750
"""Less what the umask takes away."""

NAME = "folder"
"""How the names of the threads begin."""

THREADS = 4
"""Files written at once: most of the time each waits for the disk."""

Given = TypeVarTuple("Given")
Answer = TypeVar("Answer")

_IN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class FolderTransport:
    """Writes below one folder, and never follows a link out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        # Its own: of a share that hangs no call ever returns, and the others' threads are not to wait for it.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=NAME)
        self._closed = False

    async def close(self) -> None:
        """Nothing is kept open. What hangs is left behind, and what waits for a thread or its turn fails."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def put(self, name: str, content: Content) -> Proof:
        """Write, sync, read back, rename, sync the folder."""
        [found] = await self.put_all([(name, content)])
        if isinstance(found, Exception):
            raise found
        return found

    async def put_all(self, several: Sequence[tuple[str, Content]]) -> list[Proof | Exception]:
        """As ``put`` for each, with one sync of their folder for all, and what it would have raised."""
        return await self._threaded(self._put_all, several)

    async def is_there(self, name: str) -> bool:
        """Whether a file lies there; a link is none."""
        return await self._threaded(self._stands, name)

    async def names(self, folder: str, ending: str) -> list[str] | None:
        """The files of one folder; ``None`` where it may be written to and not read."""
        return await self._threaded(self._names, folder, ending)

    async def _threaded(self, what: Callable[[*Given], Answer], *given: *Given) -> Answer:
        queued = self._threads.submit(what, *given)
        try:
            return await asyncio.wrap_future(queued)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Nobody cancelled who asks: the folder was closed before a thread was free. To whoever looks
            # after several folders this must be the failure of one, not the end of the look.
            raise _let_go() from None

    def _stands(self, name: str) -> bool:
        *above, leaf = split_name(name)
        with explained():
            try:
                with self._folder(above) as folder:
                    return stat.S_ISREG(os.stat(leaf, dir_fd=folder, follow_symlinks=False).st_mode)
            except FileNotFoundError:
                return False

    def _names(self, folder: str, ending: str) -> list[str] | None:
        [part] = split_name(folder)
        with explained():
            try:
                # Not by way of ``_folder``, which makes what is not there.
                here = os.open(self._root / part, _IN_FOLDER | os.O_NOFOLLOW)
            except FileNotFoundError:
                return []
            except PermissionError:
                return None
            try:
                with os.scandir(here) as entries:
                    return [
                        one.name
                        for one in entries
                        if one.name.endswith(ending) and one.is_file(follow_symlinks=False)
                    ]
            finally:
                os.close(here)

    def _put_all(self, several: Sequence[tuple[str, Content]]) -> list[Proof | Exception]:
        found: dict[int, Proof | Exception] = {}
        folders: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        for place, (name, _) in enumerate(several):
            try:
                *above, leaf = split_name(name)
            except DeliveryFailed as failure:
                found[place] = failure
            else:
                folders.setdefault((*above,), []).append((place, leaf))
        for parts, files in folders.items():
            try:
                with explained(), self._folder(parts) as folder:
                    into: dict[int, Proof | Exception] = {}
                    ended: DeliveryFailed | None = None
                    for place, leaf in files:
                        if into and self._closed:
                            ended = _let_go()
                        result = ended or self._put(folder, leaf, *several[place])
                        if isinstance(result, DeliveryFailed) and result.code == UNKNOWN:
                            # As on a share that has gone, where each of the others would take a minute.
                            ended = result
                        into[place] = result
                    # Also for what stood there: whoever wrote it may have died before it came to this.
                    _sync_folder(folder)
            except Exception as error:  # noqa: BLE001  it is told to each of those who wait for it
                into = {place: error for place, _ in files}
            found |= into
        return [found[place] for place in range(len(several))]

    def _put(self, folder: int, leaf: str, name: str, content: Content) -> Proof | Exception:
        try:
            with explained():
                already = _is_there(folder, leaf, content)
                if not already:
                    _place(folder, leaf, content)
        except Exception as error:  # noqa: BLE001  the failure of one file is none of the others
            return error
        return Proof(
            name=name,
            size=content.size,
            sha256=content.sha256.hex(),
            where=str(self._root / name),
            checked="Size and SHA-256 were read back from the folder.",
            already_there=already,
        )

    @contextlib.contextmanager
    def _folder(self, parts: Sequence[str]) -> Iterator[int]:
        try:
            here = os.open(self._root, _IN_FOLDER)
        except FileNotFoundError:
            raise DeliveryFailed(
                "no-folder",
                f"There is no folder {self._root}.",
                permanent=False,
                next_step="Mount it, or make it: only folders below it are made by themselves.",
            ) from None
        try:
            for part in parts:
                below = _step(here, part)
                os.close(here)
                here = below
            yield here
        finally:
            os.close(here)


def _let_go() -> DeliveryFailed:
    return DeliveryFailed(
        "unreachable",
        "The folder was let go of before this file's turn came.",
        permanent=False,
        next_step="Nothing: the next attempt opens it anew.",
    )


def _step(here: int, part: str) -> int:
    try:
        os.mkdir(part, FOLDER_MODE, dir_fd=here)
    except FileExistsError:
        pass
    else:
        _sync_folder(here)
    # A link fails here, wherever it leads: one that leads out would carry people's addresses with it.
    return os.open(part, _IN_FOLDER | os.O_NOFOLLOW, dir_fd=here)


def _is_there(folder: int, leaf: str, content: Content) -> bool:
    try:
        handle = os.open(leaf, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return False
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise DeliveryFailed(
                "exists-different",
                "Something that is no file stands under the name of the file.",
                permanent=True,
                next_step="Move it away, then replay the delivery.",
            )
        return _holds(handle, content)
    finally:
        os.close(handle)


def _place(folder: int, leaf: str, content: Content) -> None:
    temporary = temporary_name(leaf, content.sha256)
    handle = _grow(folder, temporary)
    try:
        # Longer when a killed worker left something else of this name.
        os.ftruncate(handle, 0)
        for block in blocks(content):
            _write(handle, block)
        os.fsync(handle)
        if not _holds(handle, content):
            raise DeliveryFailed(
                "damaged",
                "What was read back is not what was written.",
                permanent=False,
                next_step="Check the disk or share below the folder.",
            )
        os.rename(temporary, leaf, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    finally:
        os.close(handle)


def _grow(folder: int, temporary: str) -> int:
    """The temporary file, ours alone until it is closed.

    Whoever renames or removes it holds its lock. So after the lock it is looked at again: if the name has
    gone meanwhile or means another file, that file is the one to lock.
    """
    while True:
        handle = os.open(
            temporary,
            os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
            FILE_MODE,
            dir_fd=folder,
        )
        try:
            _lock(handle)
            if os.path.samestat(os.fstat(handle), os.stat(temporary, dir_fd=folder, follow_symlinks=False)):
                return handle
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DeliveryFailed(
            "busy",
            "Another worker is writing the same file.",
            permanent=False,
            next_step="Nothing: the next attempt finds it there.",
        ) from None
    except OSError as error:
        # A share without locks: there two workers would need to fail within the same instant to harm.
        if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
            raise


def _sync_folder(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        # Some shares know no such thing; there the server alone decides when a name is durable.
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise


def _write(handle: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _holds(handle: int, content: Content) -> bool:
    if os.fstat(handle).st_size != content.size:
        return False
    digest = hashlib.sha256()
    os.lseek(handle, 0, os.SEEK_SET)
    while block := os.read(handle, BLOCK):
        digest.update(block)
    return digest.digest() == content.sha256
