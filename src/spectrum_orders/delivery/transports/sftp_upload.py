"""One file over an open SFTP session."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from spectrum_orders.delivery.transports.contract import Content, DeliveryFailed
from spectrum_orders.delivery.transports.names import temporary_name
from spectrum_orders.delivery.transports.reading import BLOCK, pumped

if TYPE_CHECKING:
    import asyncssh

T = TypeVar("T")

FILE_MODE, FOLDER_MODE = 0o640, 0o750
"""As asked for; the server's umask takes away from it."""


async def upload(
    client: asyncssh.SFTPClient, base: str, above: list[str], leaf: str, content: Content
) -> bool:
    """Have the content at ``base/above/leaf``. True: it was there, and nothing was written.

    Raises DeliveryFailed and asyncssh.Error.
    """
    folder = base
    for part in above:
        folder = _join(folder, part)
    path = _join(folder, leaf)
    if await _holds(client, path, content):
        return True
    temporary = _join(folder, temporary_name(leaf, content.sha256))
    temporary = await _usable(client, temporary, content)
    try:
        await _fill(client, base, above, temporary, content)
        if not await _holds(client, temporary, content):
            if await _holds(client, path, content):  # another worker has completed and renamed it
                return False
            raise _damaged()
        await _rename(client, temporary, path, content)
    except _library().SFTPFailure:
        raise await _full(client, folder, content) from None
    return False


async def _fill(
    client: asyncssh.SFTPClient, base: str, above: list[str], temporary: str, content: Content
) -> None:
    """Write whatever of the content the temporary file does not hold yet, and sync it."""
    library = _library()
    flags = library.FXF_READ | library.FXF_WRITE | library.FXF_CREAT
    attributes = library.SFTPAttrs(permissions=FILE_MODE)
    try:
        file = await client.open(temporary, flags, attributes, encoding=None)
    except library.SFTPNoSuchFile:
        await _make_folders(client, base, above)
        file = await client.open(temporary, flags, attributes, encoding=None)
    async with _closing(file):
        there = (await file.stat()).size or 0
        offset = 0
        async for block in pumped(content):
            # Up to where an earlier attempt came, each block is compared; requests that were under way
            # when it was cut may have left holes.
            found: object = await _uncut(file.read(len(block), offset)) if offset < there else b""
            if found != block:
                await _uncut(file.write(block, offset))
            offset += len(block)
        with contextlib.suppress(library.SFTPOpUnsupported):
            await file.fsync()


async def _uncut(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` gives; when we are cancelled it goes on unheard, until the connection ends.

    A block travels as many requests at once, each a task of the library's, which forgets them when it is
    cancelled itself: their errors would surface much later, in the log, as nobody's.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise


@contextlib.asynccontextmanager
async def _closing(file: asyncssh.SFTPClientFile) -> AsyncIterator[asyncssh.SFTPClientFile]:
    """Closes the file, but not after a cancellation.

    Out of patience means that the server does not answer, and it would not answer to a close either: the
    limit would hold nobody. The handle goes with the connection.
    """
    try:
        yield file
    except asyncio.CancelledError:
        raise
    except BaseException:
        await file.close()
        raise
    await file.close()


async def _usable(client: asyncssh.SFTPClient, temporary: str, content: Content) -> str:
    """The temporary name, or one that nobody has when it cannot be completed.

    Too long a file is never cut, and a link or folder that stands there is no file to grow in.
    """
    size = await _size(client, temporary)
    if size is None or 0 <= size <= content.size:
        return temporary
    return f"{temporary.removesuffix('.part')}.{secrets.token_hex(4)}.part"


async def _rename(client: asyncssh.SFTPClient, temporary: str, path: str, content: Content) -> None:
    library = _library()
    try:
        try:
            await client.posix_rename(temporary, path)
        except library.SFTPOpUnsupported:
            await client.rename(temporary, path)
    except library.SFTPError:
        # It was done by another worker, or an answer was lost, or something stands in the way.
        if await _holds(client, path, content):
            with contextlib.suppress(library.SFTPError):
                await client.remove(temporary)
            return
        if await _size(client, path) is None:
            raise
        with contextlib.suppress(library.SFTPError):
            await client.remove(temporary)
        raise DeliveryFailed(
            "exists-different",
            "A file of that name with other bytes is there, and the server cannot replace it at once.",
            permanent=True,
            next_step="Ask the receiver to move it away, then replay the delivery.",
        ) from None


async def _make_folders(client: asyncssh.SFTPClient, base: str, above: list[str]) -> None:
    library = _library()
    here = base
    for part in above:
        here = _join(here, part)
        try:
            await client.mkdir(here, library.SFTPAttrs(permissions=FOLDER_MODE))
        except library.SFTPError:
            # Servers disagree about the error when it is there: "failure", "exists" or "denied".
            if not await client.isdir(here):
                raise


async def _holds(client: asyncssh.SFTPClient, path: str, content: Content) -> bool:
    """Whether a file is there with exactly these bytes."""
    library = _library()
    if await _size(client, path) != content.size:
        return False
    digest, offset = hashlib.sha256(), 0
    try:
        async with _closing(await client.open(path, library.FXF_READ, encoding=None)) as file:
            while block := await _uncut(file.read(BLOCK, offset)):
                assert isinstance(block, bytes)
                offset += len(block)
                if offset > content.size:
                    return False
                # Large enough that the event loop would feel it.
                await asyncio.to_thread(digest.update, block)
    except library.SFTPNoSuchFile:
        return False
    return digest.digest() == content.sha256


async def _size(client: asyncssh.SFTPClient, path: str) -> int | None:
    """Bytes of the file; None when there is none. Something else than a file counts as one of no size."""
    library = _library()
    try:
        found = await client.lstat(path)
    except library.SFTPNoSuchFile:
        return None
    regular = found.type in (library.FILEXFER_TYPE_REGULAR, library.FILEXFER_TYPE_UNKNOWN)
    return found.size if regular and found.size is not None else -1


async def _full(client: asyncssh.SFTPClient, folder: str, content: Content) -> DeliveryFailed:
    """What a bare "failure" meant: the protocol's usual version has no word for a full disk."""
    library = _library()
    with contextlib.suppress(library.SFTPError):
        space = await client.statvfs(folder or ".")
        if space.bavail * space.frsize < content.size:
            return DeliveryFailed(
                "no-space",
                "The server has no space left.",
                permanent=False,
                next_step="Ask the receiver to make room.",
            )
    return DeliveryFailed(
        "receiver",
        "The server did not take the file, and does not say why.",
        permanent=False,
        next_step="Nothing now: it is tried again. If it lasts, ask the receiver.",
    )


def _library() -> Any:
    """Imported late, because it takes a third of a second and most processes never need it."""
    import asyncssh

    return asyncssh


def _damaged() -> DeliveryFailed:
    return DeliveryFailed(
        "damaged",
        "What was read back is not what was sent.",
        permanent=False,
        next_step="It is compared and completed by the next attempt. If it lasts, ask the receiver.",
    )


def _join(folder: str, leaf: str) -> str:
    return f"{folder}/{leaf}" if folder and not folder.endswith("/") else f"{folder}{leaf}"
