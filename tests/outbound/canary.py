"""Listeners on loopback addresses that count who connects."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from types import TracebackType
from typing import Self

HOSTS = ("127.0.0.1", "127.0.0.2", "::1")


class Canary:
    """One port on several loopback addresses. Connections are counted and closed."""

    def __init__(self) -> None:
        self.connections: list[str] = []
        self._listening: list[socket.socket] = []
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._count, daemon=True)

    def __enter__(self) -> Self:
        self.port = 0
        for host in HOSTS:
            one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            with contextlib.suppress(OSError):  # a machine without IPv6
                one.bind((host, self.port))
                one.listen()
                self.port = one.getsockname()[1]
                self._listening.append(one)
                continue
            one.close()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.settle()
        for one in (*self._listening, self._stop, self._stopped):
            one.close()

    def settle(self) -> list[str]:
        """The addresses that were connected to. Whoever waits in the backlog counts too; no more after."""
        if self._thread.is_alive():
            self._stop.send(b".")
            self._thread.join()
        return self.connections

    def _count(self) -> None:
        while True:
            ready, _, _ = select.select([*self._listening, self._stopped], [], [])
            for one in ready:
                if one is not self._stopped:
                    connection, _ = one.accept()
                    self.connections.append(connection.getsockname()[0])
                    connection.close()
            # Only when nobody waits any more.
            if ready == [self._stopped]:
                return
