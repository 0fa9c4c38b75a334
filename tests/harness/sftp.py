"""A real SSH server with SFTP on 127.0.0.1, which can be told to have a bad day."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh

from tests.harness.looping import Looping

USER, PASSWORD = "press", "correct horse battery staple"


class Sftp(Looping):
    """Serves `root`, inside a thread of its own. What it does wrong may be changed while it runs.

    `cut_after`: the connection breaks once so many bytes were written, counted over all connections.
    `cut_at`: the connection breaks before the operation of this name, `lost_at`: after it, before its
    answer. `replaces`: whether renaming over a file works. `syncs`: whether it knows that word. `full`:
    writing fails. `read_only`: opening for writing fails. `slow`: seconds that every writing takes.
    `lists`: whether it shows what is in a folder. `keys` are shown in order of preference; the first counts
    as its own. `files`: whether it speaks SFTP at all. `home`: where paths begin that have no slash in front.
    `password`: the one that it takes.
    """

    def __init__(
        self,
        root: Path,
        *,
        keys: list[asyncssh.SSHKey] | None = None,
        files: bool = True,
        home: str = "",
    ) -> None:
        super().__init__()
        self.root = root
        self.home = home
        self.keys = keys or [asyncssh.generate_private_key("ssh-ed25519")]
        self.key = self.keys[0]
        self.files = files
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.cut_after: int | None = None
        self.cut_at = ""
        self.lost_at = ""
        self.password = PASSWORD
        self.replaces = True
        self.syncs = True
        self.slow = 0.0
        self.full = False
        self.read_only = False
        self.lists = True
        self.written = 0
        self.logins = 0
        self.connections = 0
        self.open_connections = 0
        self.operations: list[str] = []
        self.clients: set[asyncssh.SSHServerConnection] = set()
        self.writing = threading.Event()

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """As by SIGSTOP until the block ends: the system takes connections, and they hear nothing."""
        go_on = threading.Event()
        self._loop.call_soon_threadsafe(go_on.wait)
        try:
            yield
        finally:
            go_on.set()

    @property
    def host_key(self) -> str:
        """Its public key's line."""
        return self.key.export_public_key("openssh").decode().strip()

    @property
    def secret_key(self) -> str:
        """The private key of the user."""
        return self.user_key.export_private_key("openssh").decode()

    async def _listen(self) -> None:
        day = self
        self.ending = asyncio.Event()

        class Gate(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                day.connections += 1
                day.open_connections += 1
                day.clients.add(conn)
                self._conn = conn

            def connection_lost(self, exc: Exception | None) -> None:
                day.open_connections -= 1
                day.clients.discard(self._conn)

            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                day.logins += 1
                return (username, password) == (USER, day.password)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return username == USER and key.public_data == day.user_key.public_data

        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=self.keys,
            server_factory=Gate,
            sftp_factory=(lambda channel: _Session(channel, self)) if self.files else None,
        )
        self.port = self._acceptor.get_port()
        self.url = f"sftp://{USER}@127.0.0.1:{self.port}/"

    async def _end(self) -> None:
        self.ending.set()
        self._acceptor.close()
        await self._acceptor.wait_closed()
        for client in list(self.clients):
            client.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=1)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class _Session(asyncssh.SFTPServer):
    def __init__(self, channel: Any, day: Sftp) -> None:
        super().__init__(channel, chroot=os.fsencode(day.root))
        self._day = day

    def map_path(self, path: bytes) -> bytes:
        return super().map_path(path if path.startswith(b"/") else os.fsencode(f"/{self._day.home}/") + path)

    def _note(self, operation: str) -> None:
        day = self._day
        day.operations.append(operation)
        if day.cut_at == operation:
            day.cut_at = ""
            self._cut()

    def _done(self, operation: str) -> None:
        if self._day.lost_at == operation:
            self._day.lost_at = ""
            self._cut()

    def _cut(self) -> None:
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("cut")

    def scandir(self, path: bytes) -> Any:
        self._note("list")
        if not self._day.lists:
            raise asyncssh.SFTPPermissionDenied("a drop box")
        return super().scandir(path)

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        self._note("open-write" if pflags & asyncssh.FXF_WRITE else "open-read")
        if self._day.read_only and pflags & asyncssh.FXF_WRITE:
            raise asyncssh.SFTPPermissionDenied("read-only")
        return super().open(path, pflags, attrs)

    async def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        day = self._day
        day.writing.set()
        if day.slow:
            # Until the end of the test at most, so that the server itself ends in order.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(day.ending.wait(), day.slow)
        if day.full:
            raise OSError(errno.ENOSPC, "full")
        if day.cut_after is not None and day.written + len(data) > day.cut_after:
            day.cut_after = None
            self._cut()
        day.written += len(data)
        done = super().write(file_obj, offset, data)
        assert isinstance(done, int)
        return done

    def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        self._note("read")
        found = super().read(file_obj, offset, size)
        assert isinstance(found, bytes)
        return found

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        self._note("mkdir")
        super().mkdir(path, attrs)
        self._done("mkdir")

    def fsync(self, file_obj: Any) -> None:
        if not self._day.syncs:
            raise asyncssh.SFTPOpUnsupported("not here")
        self._note("fsync")
        super().fsync(file_obj)
        self._done("fsync")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._note("rename")
        # Version 3 of the protocol: a rename over a file fails.
        if os.path.lexists(self.map_path(newpath)):
            raise asyncssh.SFTPFailure("exists")
        super().rename(oldpath, newpath)
        self._done("rename")

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if not self._day.replaces:
            raise asyncssh.SFTPOpUnsupported("not here")
        self._note("posix-rename")
        super().posix_rename(oldpath, newpath)
        self._done("posix-rename")

    def statvfs(self, path: bytes) -> Any:
        found = asyncssh.SFTPVFSAttrs.from_local(os.statvfs(self.map_path(path)))
        if self._day.full:
            found.bavail = 0
        return found
