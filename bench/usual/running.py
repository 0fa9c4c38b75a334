"""The usual stack, running: two uvicorn processes over a database of their own."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import sqlalchemy as sa

from bench.figures import Dishonest
from bench.lab import Lab
from bench.load import Load, Outcome, send
from bench.usual.tables import Base

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2

START_SECONDS = 60
STOP_SECONDS = 30


class UsualStack:
    """It runs, and takes the same load as ours."""

    def __init__(self, url: str, database: str, token: str) -> None:
        self._url = url
        self._database = database
        self._token = token

    def measure(self, load: Load, warming: float) -> Outcome:
        """Send a load after a warm-up. Raises Dishonest as for ours: nobody gets a lie for a figure."""
        warmed = send(self._url, self._token, Load(seconds=warming, connections=load.connections))
        outcome = send(self._url, self._token, load)
        with psycopg.connect(self._database) as connection:
            row = connection.execute("SELECT count(*) FROM orders").fetchone()
        stored, answered = int(row[0]) if row else 0, warmed.orders + outcome.orders
        if stored != answered:
            raise Dishonest(f"The usual stack acknowledged {answered} orders, but {stored} are stored.")
        return outcome


@contextmanager
def usual_stack(lab: Lab) -> Iterator[UsualStack]:
    """Start it over an empty database; both are gone afterwards."""
    name = f"usual_{secrets.token_hex(4)}"
    database = lab.cluster.create_database(name)
    try:
        _create_tables(database)
        lab.settle()
        token = secrets.token_urlsafe()
        with _running(database, token, lab.folder / f"{name}.log") as url:
            yield UsualStack(url, database, token)
    finally:
        lab.cluster.drop_database(name)


def _create_tables(database: str) -> None:
    engine = sa.create_engine(database.replace("postgresql:", "postgresql+psycopg:", 1))
    Base.metadata.create_all(engine)
    engine.dispose()


@contextmanager
def _running(database: str, token: str, log: Path) -> Iterator[str]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "bench.usual.app:app", "--port", str(port),
             "--workers", str(WORKERS), "--no-access-log", "--log-level", "warning"],
            cwd=ROOT,
            env=os.environ | {
                "BENCH_USUAL_DATABASE": database.replace("postgresql:", "postgresql+asyncpg:", 1),
                "BENCH_USUAL_TOKEN": token,
                "BENCH_USUAL_KEY": secrets.token_hex(32),
            },
            stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait(url, process, log)
        yield url
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    finally:
        # Its workers share its group, so none of them is left, whatever happened.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise Dishonest(f"The usual stack did not start:\n{log.read_text(errors='replace')[-2000:]}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/healthz", trust_env=False).status_code == 200:
                return
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
