"""From the start of the program to its first answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from bench.figures import Column, Dishonest, Figure, at_most
from bench.lab import SQLITE, Lab
from bench.subject import new_token
from tests.harness.place import environment

NAME = "start"

PAUSE = 0.002
"""Seconds between two knocks: short enough not to count, long enough to leave the core alone."""

PATIENCE = 60
ORDER = {
    "orderDate": "2022-01-31T13:15:05.2151663-05:00",
    "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "MUG", "quantity": 2}]}],
}


def run(lab: Lab) -> list[Figure]:
    """The first start of all, which makes keys and tables, and a start as it is every day."""
    later = Column("to the first order acknowledged", "s", at_most(2))
    first = Column("the same, of the first start", "s", at_most(2), note="it makes keys and tables; /healthz")
    python = Column("an empty Python", "s", yardstick=True, note="python -c pass")
    for number in range(lab.options.runs):
        with lab.home(SQLITE) as place:
            first.add(_start(place.settings, place.data_dir, None))
            later.add(_start(place.settings, place.data_dir, new_token(place)))
        before = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        python.add(time.perf_counter() - before)
        lab.say(f"{NAME} {number + 1}: {later.values[-1]:.2f} s; the first time {first.values[-1]:.2f} s")
    return [column.figure(NAME) for column in (later, first, python)]


def _start(settings: dict[str, str], folder: Path, token: str | None) -> float:
    """Seconds until an order is acknowledged, or without a token until /healthz answers."""
    port = _free_port()
    before = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrum_orders.cli", "serve", "--port", str(port)],
        env=environment(settings), cwd=folder, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while (status := _knock(port, token)) is None:
            if process.poll() is not None or time.perf_counter() - before > PATIENCE:
                raise Dishonest("The server did not start.")
            time.sleep(PAUSE)
        taken = time.perf_counter() - before
        if status != 200:
            raise Dishonest(f"The first answer was {status}.")
        return taken
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _knock(port: int, token: str | None) -> int | None:
    """The status of an answer, or ``None`` while nobody listens."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        try:
            if token is None:
                connection.request("GET", "/healthz")
            else:
                body = json.dumps(ORDER | {"purchaseOrderNumber": secrets.token_hex(8)})
                headers = {"SPECTRUM_API_TOKEN": token, "Content-Type": "application/json"}
                connection.request("POST", "/api/order/acknowledgement", body, headers)
            return connection.getresponse().status
        except ConnectionRefusedError:
            return None


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
