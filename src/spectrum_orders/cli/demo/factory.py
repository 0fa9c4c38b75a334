"""A factory's SFTP server: a real one, on this machine, for as long as the demo runs."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import asyncssh

USER = "factory"


class Reached(msgspec.Struct, frozen=True):
    """Where it listens, how to log in, and the key by which it is known. ``repr`` hides the password."""

    port: int
    password: str
    host_key: str

    def __repr__(self) -> str:
        return f"Reached(port={self.port})"


@contextmanager
def sftp_server(folder: Path) -> Iterator[Reached]:
    """Serve ``folder`` by SFTP on 127.0.0.1, with a fresh host key and password."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sftp", daemon=True)
    thread.start()
    password = secrets.token_urlsafe(24)
    try:
        server, port, key = asyncio.run_coroutine_threadsafe(_serve(folder, password), loop).result(30)
        try:
            yield Reached(port, password, key)
        finally:
            loop.call_soon_threadsafe(server.close)
            asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _serve(folder: Path, password: str) -> tuple[asyncssh.SSHAcceptor, int, str]:
    import asyncssh

    class Login(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, given: str) -> bool:
            return username == USER and secrets.compare_digest(given.encode(), password.encode())

    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(
        Login,
        "127.0.0.1",
        0,
        server_host_keys=[key],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
        allow_scp=False,
    )
    return server, server.get_port(), key.export_public_key().decode().strip()
