"""The shop's own little server, which wants to be told: keeps every webhook whose signature holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from spectrum_orders.webhooks.signature import read_secrets, sign


class Listener:
    """Where it listens, and what it was told. Without its secret it believes nothing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.secret = ""
        self.told: list[dict[str, Any]] = []
        self.refused = 0

    def hear(self, number: str, instant: str, signature: str, body: bytes) -> bool:
        """Take a message, if it is signed with the secret."""
        expected = sign(read_secrets(self.secret), number, int(instant), [body]) if self.secret else ""
        if signature != expected:
            self.refused += 1
            return False
        self.told.append(msgspec.json.decode(body))
        return True


@contextmanager
def listening() -> Iterator[Listener]:
    """A server on 127.0.0.1 for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            number, instant, signature = (
                str(self.headers[f"webhook-{name}"]) for name in ("id", "timestamp", "signature")
            )
            self.send_response(204 if listener.hear(number, instant, signature, body) else 401)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the demo tells what it was told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(f"http://127.0.0.1:{server.server_port}/orders")
    thread = threading.Thread(target=server.serve_forever, name="listener", daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
