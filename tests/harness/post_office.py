"""A real SMTP server on 127.0.0.2, which nobody takes for this machine: with TLS, passwords, or without."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.harness.looping import Looping

HOST = "127.0.0.2"
NAME, PASSWORD = "post", "open-sesame"


class Taken(msgspec.Struct, frozen=True):
    """A message that arrived, whether over TLS, and as whom."""

    content: bytes
    tls: bool
    login: str | None


class PostOffice(Looping):
    """Takes every message. ``starttls`` offers TLS, ``tls`` begins with it; both are what a server shows.

    With ``refusing`` nobody is let in, and what was said is repeated.
    """

    def __init__(
        self,
        *,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        refusing: bool = False,
    ) -> None:
        super().__init__()
        self.taken: list[Taken] = []
        self.logins = 0
        self._refusing = refusing
        self._starttls = starttls
        self._tls = tls
        self._serving: list[SMTP] = []

    def url(self, scheme: str, *, login: bool = True) -> str:
        """Where it is, as a setting says it."""
        who = f"{NAME}:{PASSWORD}@" if login else ""
        return f"{scheme}://{who}{HOST}:{self.port}"

    async def handle_DATA(  # noqa: N802  the library's own name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """A message has come."""
        assert isinstance(envelope.content, bytes)
        said: Any = session.auth_data
        login = said.decode() if session.authenticated else None
        self.taken.append(Taken(envelope.content, _is_safe(server), login))
        return "250 taken"

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._serve, HOST, 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        """Close what is open, so that nothing of it is found by whoever collects the garbage."""
        self._server.close()
        for one in self._serving:
            open_one: Any = one.transport
            if open_one is not None:
                open_one.abort()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for _ in range(10):
            await asyncio.sleep(0)  # a transport closes in the loop's next rounds

    def _serve(self) -> SMTP:
        one = SMTP(
            self,
            hostname="post.example",
            tls_context=self._starttls,
            authenticator=self._admit,
            auth_require_tls=False,
            loop=self._loop,
        )
        self._serving.append(one)
        return one

    def _admit(
        self, server: SMTP, _session: Session, _envelope: Envelope, _how: str, said: Any
    ) -> AuthResult:
        self.logins += 1
        assert isinstance(said, LoginPassword)
        text = said.password.decode()
        known = not self._refusing and (said.login.decode(), text) == (NAME, PASSWORD)
        message = None if known else f"535 5.7.8 nobody comes in with {text}"
        return AuthResult(success=known, handled=False, message=message, auth_data=said.login)


def _is_safe(server: SMTP) -> bool:
    assert server.transport is not None
    return server.transport.get_extra_info("ssl_object") is not None
