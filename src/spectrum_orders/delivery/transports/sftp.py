"""By SFTP, to a server whose host key was pinned beforehand.

A file grows under a temporary name that holds its hash, beside its final place. Nothing but the right bytes
is ever written into it and it is never cut, so that a resume, or a second worker at the same time, can only
complete it. Where the server can replace (``posix-rename@openssh.com``) an earlier version of the same file
is replaced at once; where it cannot, another file of that name is a failure: never deleted, then renamed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from spectrum_orders.delivery.transports.contract import Content, DeliveryFailed, Proof
from spectrum_orders.delivery.transports.names import check_length, split_name
from spectrum_orders.delivery.transports.reading import patience
from spectrum_orders.delivery.transports.sftp_upload import upload
from spectrum_orders.delivery.transports.ssh import Login, connect, explain
from spectrum_orders.domain.destinations import Destination

if TYPE_CHECKING:
    import asyncssh


LOOK_SECONDS = 20.0
"""For the connection and one question."""

_FILES = (1, 5)
"""A regular file, and a server of version 3 that does not say what it is (``SSH_FILEXFER_TYPE_…``)."""


class SftpTransport:
    """Uploads below one folder of one server, over one connection that is made when it is needed."""

    def __init__(self, destination: Destination, login: Login) -> None:
        self._destination = destination
        self._login = login
        self._opening = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    async def put(self, name: str, content: Content) -> Proof:
        """Upload, compare, rename; or find it there."""
        *above, leaf = split_name(name)
        seconds = patience(content.size)
        with _explained(self._destination.host):
            try:
                async with asyncio.timeout(seconds):
                    client = await self._ready()
                    already = await upload(client, self._destination.path, above, leaf, content)
            except TimeoutError:
                raise DeliveryFailed(
                    "timeout",
                    f"{self._destination.host} took longer than {seconds:.0f} s.",
                    permanent=False,
                    next_step="Ask the receiver whether the server is overloaded.",
                ) from None
        return Proof(
            name=name,
            size=content.size,
            sha256=content.sha256.hex(),
            where=f"{str(self._destination).rstrip('/')}/{name}",
            checked="Size and SHA-256 were read back over SFTP.",
            already_there=already,
        )

    async def is_there(self, name: str) -> bool:
        """Whether a file lies there."""
        split_name(name)
        with _explained(self._destination.host):
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    client = await self._ready()
                    return await client.isfile(f"{self._destination.path.rstrip('/')}/{name}")
            except TimeoutError:
                raise self._too_slow() from None

    async def names(self, folder: str, ending: str) -> list[str] | None:
        """The files of one folder; ``None`` where it may be written to and not read."""
        import asyncssh

        [part] = split_name(folder)
        found: list[str] = []
        seen = 0
        with _explained(self._destination.host):
            try:
                async with asyncio.timeout(LOOK_SECONDS) as patience:
                    client = await self._ready()
                    async for one in client.scandir(f"{self._destination.path.rstrip('/')}/{part}"):
                        # For each answer anew: a long list is no server that hangs.
                        patience.reschedule(asyncio.get_running_loop().time() + LOOK_SECONDS)
                        seen += 1
                        check_length(seen, self._destination.host)
                        name = str(one.filename)
                        if name.endswith(ending) and one.attrs.type in _FILES:
                            found.append(name)
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                return []
            except asyncssh.SFTPPermissionDenied:
                return None
            except TimeoutError:
                raise self._too_slow() from None
        return found

    def _too_slow(self) -> DeliveryFailed:
        return DeliveryFailed(
            "timeout",
            f"{self._destination.host} took longer than {LOOK_SECONDS:.0f} s.",
            permanent=False,
            next_step="Ask the receiver whether the server is overloaded.",
        )

    async def _ready(self) -> asyncssh.SFTPClient:
        async with self._opening:
            if self._connection is not None and self._connection.is_closed():
                await self.close()
            if self._client is None:
                connection = await connect(self._destination, self._login)
                try:
                    self._client = await connection.start_sftp_client()
                except BaseException:
                    connection.abort()  # an SSH server without SFTP: not one more of these per attempt
                    raise
                self._connection = connection
            return self._client


@contextlib.contextmanager
def _explained(host: str) -> Iterator[None]:
    import asyncssh

    try:
        yield
    except (asyncssh.Error, OSError) as error:
        raise explain(error, host) from None
