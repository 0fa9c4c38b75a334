"""A real HTTPS receiver on 127.0.0.1 with an authority of its own, which can be told what to answer."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Handler = BaseHTTPRequestHandler


class Authority:
    """Signs a certificate for localhost, 127.0.0.1 and 127.0.0.2. `pem` is what its friends trust."""

    def __init__(self, folder: Path, *, expired: bool = False, host: str = "localhost") -> None:
        own, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a factory")])
        today = datetime.datetime.now(datetime.UTC)
        start = today - datetime.timedelta(days=30)
        end = today + datetime.timedelta(days=-1 if expired else 1)

        def certificate(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
            return (
                x509.CertificateBuilder()
                .subject_name(subject)
                .issuer_name(name)
                .public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(start)
                .not_valid_after(end)
            )

        root = (
            certificate(name, own)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(own, hashes.SHA256())
        )
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == "localhost":
            # The second is this machine as well, and no program takes it for that.
            names += [x509.IPAddress(ipaddress.ip_address(one)) for one in ("127.0.0.1", "127.0.0.2")]
        shown = (
            certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), leaf)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(own, hashes.SHA256())
        )
        self.pem = root.public_bytes(serialization.Encoding.PEM).decode()
        file = folder / f"receiver-{host}-{expired}.pem"
        file.write_bytes(
            shown.public_bytes(serialization.Encoding.PEM)
            + leaf.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file)


class Posted(msgspec.Struct, frozen=True):
    """A request that arrived whole. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers 200, or whatever `otherwise` does, unless `answers` holds something to do instead, one for each
    request.

    `cut_after`: the next connection breaks after so many bytes of a body.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.posted: list[Posted] = []
        self.answers: list[Callable[[Handler], None]] = []
        self.otherwise = answer(200)
        self.cut_after: int | None = None
        self.connections = 0
        receiver = self

        class Serving(Handler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def handle(self) -> None:
                try:
                    super().handle()
                except (OSError, ssl.SSLError):  # the other side has gone, which is what is tested
                    self.close_connection = True

            def do_POST(self) -> None:  # noqa: N802  the standard library's own names
                length = int(self.headers["content-length"])
                limit, receiver.cut_after = receiver.cut_after, None
                body = self.rfile.read(length if limit is None else min(limit, length))
                if len(body) < length:
                    self.close_connection = True
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.posted.append(Posted(self.command, self.path, headers, body))
                do = receiver.answers.pop(0) if receiver.answers else receiver.otherwise
                do(self)

            do_GET = do_POST  # noqa: N815  the standard library's own names

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Listening(ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self) -> tuple[Any, Any]:
                wire, address = super().get_request()
                if tls is not None:
                    # Shakes hands in the thread of the connection, at the first reading.
                    wire = tls.wrap_socket(wire, server_side=True, do_handshake_on_connect=False)
                return wire, address

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Listening(("127.0.0.1", 0), Serving)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def answer(
    status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Callable[[Handler], None]:
    """To be put into `answers`."""

    def do(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return do


def endless(handler: Handler) -> None:
    """Answers with more than anybody wants, until the other side goes."""
    handler.send_response(200)
    handler.send_header("content-length", str(1 << 40))
    handler.end_headers()
    block = bytes(1 << 16)
    while True:
        handler.wfile.write(block)


def silent(seconds: float) -> Callable[[Handler], None]:
    """Says nothing for a while, then breaks off."""

    def do(handler: Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return do


def broken(handler: Handler) -> None:
    """Breaks off after half an answer."""
    handler.send_response(200)
    handler.send_header("content-length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.close_connection = True
