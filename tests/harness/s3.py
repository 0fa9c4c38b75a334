"""A real S3 service (moto's server) on 127.0.0.1, with a gate in front that keeps what came over the wire."""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import msgspec
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

ACCESS = "AKIAPRESS:a-secret-that-nobody-prints"
BUCKET, REGION = "press", "eu-central-1"


class Seen(msgspec.Struct, frozen=True):
    """A request as it came: header names in lower case, and what arrived of the body."""

    method: str
    path: str
    headers: dict[str, str]
    size: int
    sha256: str


class Quiet(WSGIRequestHandler):
    """Keeps connections, as the real service does, and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class S3:
    """Serves the bucket `press`. What it does wrong may be changed while it runs.

    `answers`: are given, one by one, instead of the service's own (status line, headers).
    `cut_after`: the next connection breaks after so many bytes of a body. `lost_answers`: so many times
    the service does its work and the connection breaks before the answer. `confirms`: whether it keeps
    checksums and shows them, as AWS does and other services do not.
    """

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: list[tuple[str, list[tuple[str, str]]]] = []
        self.cut_after: int | None = None
        self.lost_answers = 0
        self.confirms = True
        self._service: Any = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._gate, threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._backend.reset()
        self._backend.create_bucket(BUCKET, REGION)
        self._thread.start()
        self.url = f"s3://{BUCKET}/in?region={REGION}&endpoint=http://127.0.0.1:{self._server.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._backend.reset()

    @property
    def _backend(self) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]

    @property
    def objects(self) -> dict[str, bytes]:
        """What stands in the bucket, by key."""
        return {key: found.value for key, found in self._objects().items()}

    def place(self, key: str, data: bytes) -> None:
        """An object from other hands, without a checksum."""
        self._backend.put_object(BUCKET, key, data)

    @property
    def versions(self) -> list[Any]:
        """What changes whenever an object is written, with the same bytes or with others."""
        return [(key, found.last_modified, id(found)) for key, found in self._objects().items()]

    def forget(self) -> None:
        """An empty bucket on a good day."""
        self._backend.reset()
        self._backend.create_bucket(BUCKET, REGION)
        self.seen, self.answers = [], []
        self.cut_after, self.lost_answers, self.confirms = None, 0, True

    def _objects(self) -> dict[str, Any]:
        found: dict[str, Any] = dict(self._backend.buckets[BUCKET].keys.items())
        return found

    def _gate(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        wire: socket.socket = environ["werkzeug.socket"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        limit, self.cut_after = (self.cut_after, None) if length else (None, self.cut_after)
        body = environ["wsgi.input"].read(length if limit is None else min(limit, length))
        if len(body) < length:
            return _broken(wire)
        self.seen.append(
            Seen(
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"],
                {
                    name.removeprefix("HTTP_").replace("_", "-").lower(): value
                    for name, value in environ.items()
                    if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
                },
                len(body),
                hashlib.sha256(body).hexdigest(),
            )
        )
        if not is_signed(environ, self.seen[-1]):
            start("403 Forbidden", [("content-length", "0")])
            return [b""]
        if self.answers:
            status, headers = self.answers.pop(0)
            start(status, [*headers, ("content-length", "0")])
            return [b""]
        if self.confirms and "HTTP_X_AMZ_CHECKSUM_SHA256" in environ:
            # The service keeps the checksum only of a caller who names the algorithm, as the SDKs do.
            environ["HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM"] = "SHA256"
        environ["wsgi.input"] = _Given(body)
        if self.lost_answers:
            self.lost_answers -= 1
            list(self._service(environ, lambda *_: None))
            return _broken(wire)
        answered: Iterable[bytes] = self._service(environ, start)
        return answered


def is_signed(environ: dict[str, Any], seen: Seen) -> bool:
    """Whether a request is signed with the keys above, worked out from AWS's description alone.

    The service behind would compute it with the very library that made it.
    """
    kind, _, rest = seen.headers.get("authorization", "").partition(" ")
    said = dict(part.strip().split("=", 1) for part in rest.split(",")) if rest else {}
    day, *scope = said.get("Credential", "").removeprefix(f"{ACCESS.partition(':')[0]}/").split("/")
    if kind != "AWS4-HMAC-SHA256" or scope != [REGION, "s3", "aws4_request"]:
        return False
    if seen.headers["x-amz-content-sha256"] != seen.sha256:
        return False
    path, _, query = environ["RAW_URI"].partition("?")
    names = said["SignedHeaders"].split(";")
    lines = [seen.method, path, query, *(f"{name}:{seen.headers[name]}" for name in names), ""]
    canonical = "\n".join([*lines, said["SignedHeaders"], seen.sha256])
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    signed = "\n".join([kind, seen.headers["x-amz-date"], "/".join([day, *scope]), hashed])
    key = f"AWS4{ACCESS.partition(':')[2]}".encode()
    for part in (day, *scope, signed):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(key.hex(), said["Signature"])


class _Given:
    """A body that has been read already."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def read(self, size: int = -1) -> bytes:
        size = len(self._rest) if size is None or size < 0 else size
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def _broken(wire: socket.socket) -> Iterable[bytes]:
    wire.shutdown(socket.SHUT_RDWR)
    raise ConnectionError("cut")
