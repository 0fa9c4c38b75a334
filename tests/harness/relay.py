"""A wire that can be cut: forwards connections to a server, and loses what it is told to lose."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from urllib.parse import urlsplit

from tests.harness.looping import Looping

# Ends a client that does not notice; one that does has gone long before.
HANGING_SECONDS = 30


class Relay(Looping):
    """Forwards to `target` from a port of its own, inside a thread of its own.

    The first `lost_answers` connections are cut when their answer's first bytes come back, so that
    the server has done its work and the client never hears of it. With `cut_after` every connection
    is cut once so many bytes of its answer have passed. With `tls` its own side speaks TLS.
    """

    def __init__(
        self,
        target: str,
        *,
        lost_answers: int = 0,
        cut_after: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        parts = urlsplit(target)
        self._to = (parts.hostname, parts.port)
        self._lost = lost_answers
        self._cut_after = cut_after
        self._tls = tls
        self.connections = 0

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "localhost", 0, ssl=self._tls)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://localhost:{port}"

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        loses = self.connections <= self._lost
        there, to = await asyncio.open_connection(*self._to)
        up = asyncio.create_task(self._pump(reader, to))
        try:
            passed = 0
            while data := await there.read(65536):
                if loses:
                    break
                if self._cut_after is not None:
                    data = data[: self._cut_after - passed]
                passed += len(data)
                writer.write(data)
                await writer.drain()
                if self._cut_after is not None and passed >= self._cut_after:
                    break
            if not self._tls:
                # The end, and then silence: closing what still has bytes to read would be a reset, which may
                # overtake what was passed on before it.
                writer.write_eof()
                await asyncio.wait({up}, timeout=HANGING_SECONDS)
        except OSError:
            pass
        finally:
            up.cancel()
            for each in (to, writer):
                each.close()
                with contextlib.suppress(OSError, asyncio.CancelledError):
                    await each.wait_closed()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
