"""The demo's shop: its client, its token, and what it has seen so far."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from spectrum_orders.cli.demo.child import Child, DemoFailed
from spectrum_orders.cli.demo.factory import Reached
from spectrum_orders.cli.demo.folder import Folder
from spectrum_orders.cli.demo.listener import Listener
from spectrum_orders.cli.demo.stage import Stage
from spectrum_orders.client import Answer, Client

HANDLE = "demo-shop"
JSON = {"Content-Type": "application/json"}


class Shop:
    """Sends requests and shows them. Later chapters find here what earlier ones left."""

    def __init__(
        self,
        stage: Stage,
        folder: Folder,
        child: Child,
        token: str,
        client: Client,
        sftp: Reached,
        listener: Listener,
    ) -> None:
        self.stage = stage
        self.folder = folder
        self.child = child
        self.token = token
        self.client = client
        self.sftp = sftp
        self.listener = listener
        self.stored = 0
        self.tally: list[tuple[str, str]] = []

    def seen_by(self, token: str, client: Client) -> Shop:
        """The same server as the holder of another token sees it."""
        return Shop(self.stage, self.folder, self.child, token, client, self.sftp, self.listener)

    def post(
        self,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None = None,
        *,
        keep: tuple[str, ...] = (),
        show: tuple[str, ...] = (),
        note: str = "",
    ) -> Answer:
        """POST ``body`` and show request and answer: the members ``keep``, the headers ``show``.

        A ``note`` takes the place of a body that the reader has seen before.
        """
        sent = {**JSON, **(headers or {})}
        if note:
            self.stage.request("POST", path, headers or {}, note=note)
        else:
            shown = {"SPECTRUM_API_TOKEN": f"{self.token[:16]}…", **sent}
            self.stage.request("POST", path, shown, body)
        return self._ask("POST", path, msgspec.json.encode(body), sent, keep, show)

    def put(self, path: str, body: Any, *, note: str = "") -> Answer:
        """PUT ``body`` and show request and answer; a ``note`` takes the place of a body like another."""
        self.stage.request("PUT", path, {} if note else JSON, None if note else body, note=note)
        return self._ask("PUT", path, msgspec.json.encode(body), JSON, (), ())

    def upload(self, path: str, data: bytes, what: str) -> Answer:
        """POST bytes and show request and answer."""
        kind = {"Content-Type": "application/octet-stream"}
        self.stage.request("POST", path, kind, note=f"{what}, {len(data):,} bytes")
        return self._ask("POST", path, data, kind, (), ())

    def fetch(self, path: str) -> bytes:
        """GET something that is not JSON; its bytes. Shows the request. Raises DemoFailed unless 200."""
        self.stage.request("GET", path, {})
        answer = self.client.send("GET", path, headers={"Accept": "*/*"})
        if answer.status != 200:
            raise DemoFailed(f"{path} was answered with {answer.status}.")
        return answer.body

    def get(self, path: str, *, keep: tuple[str, ...] = ()) -> Answer:
        """GET ``path`` and show request and answer."""
        self.stage.request("GET", path, {})
        return self._ask("GET", path, None, {}, keep, ())

    def call(self, *arguments: str, expect: int = 0) -> str:
        """Call a verb of the command line and show it with what it says; its standard output.

        Raises DemoFailed when its exit code is another than ``expect``.
        """
        return _call(self.stage, self.child, *arguments, expect=expect)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        keep: tuple[str, ...],
        show: tuple[str, ...],
    ) -> Answer:
        began = time.perf_counter()
        answer = self.client.send(method, path, body, headers)
        self.stage.answer(answer, time.perf_counter() - began, keep=keep, headers=show)
        return answer


@contextmanager
def open_shop(
    stage: Stage, folder: Folder, child: Child, sftp: Reached, listener: Listener
) -> Iterator[Shop]:
    """Register the demo's shop beside the running server, as an operator would."""
    stage.title("Spectrum Orders: an order is safe on disk before its answer is sent.")
    stage.say(f"The server runs at {child.url}, its new database and keys are in {folder.path}.")
    _call(stage, child, "client", "create", HANDLE)
    token = _call(stage, child, "token", "create", "--client", HANDLE)
    with Client(child.url, token) as client:
        yield Shop(stage, folder, child, token, client, sftp, listener)


def _call(stage: Stage, child: Child, *arguments: str, expect: int = 0) -> str:
    done = child.call(*arguments)
    output = done.stdout.strip()
    if done.returncode != expect:
        said = done.stderr.strip() or output
        raise DemoFailed(f"spectrum {' '.join(arguments)} ended with exit code {done.returncode}: {said}")
    stage.command(("spectrum", *arguments), "\n".join(filter(None, (output, done.stderr.strip()))))
    return output
