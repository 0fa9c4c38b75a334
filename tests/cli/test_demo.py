"""`spectrum demo` shows what it says, touches nothing else, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.harness.place import environment

# Settings of another deployment, which the demo must not go near.
FOREIGN = {
    "SPECTRUM_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/production",
    "SPECTRUM_ENVIRONMENT": "production",
    "SPECTRUM_NO_SUCH_SETTING": "1",
}
BEGUN = "its new database"
LAST_WORDS = "Ctrl-C stops the server."
SECONDS = 120


def line(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "spectrum_orders.cli", "demo", *arguments]


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`spectrum demo ARGUMENTS` in `folder`, to its end."""
    return subprocess.run(
        line(*arguments),
        env=environment(FOREIGN),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def processes(folder: Path) -> list[int]:
    """The process ids of what was started in `folder` and still runs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # A process that has ended meanwhile, or is only a name in the table, has no folder.
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
    return found


class Standing:
    """A demo that runs, in a terminal's place; it has said `until`."""

    def __init__(self, folder: Path, *arguments: str, until: str = LAST_WORDS) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            line(*(arguments or ("--port", "0"))),
            env={**environment(FOREIGN), "PYTHONUNBUFFERED": "1"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.text = ""
        while until not in self.text:
            more = self._read()
            assert more, f"the demo ended:\n{self.text}"
            self.text += more

    def _read(self) -> str:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        ready, _, _ = select.select([descriptor], [], [], SECONDS)
        assert ready, f"the demo is silent:\n{self.text}"
        return os.read(descriptor, 65536).decode()

    @property
    def url(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.text)
        assert found is not None
        return found[0]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        while more := self._read():
            self.text += more
        self.let_go()
        return code

    def let_go(self) -> None:
        """End it alone: what it leaves behind stays."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def close(self) -> None:
        """End what is left in its folder, whatever state it is in."""
        self.let_go()
        for process in processes(self.folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Standing]:
    """A demo whose server runs and whose story begins: a whole one takes twenty seconds of a processor."""
    started = Standing(tmp_path, until=BEGUN)
    yield started
    started.close()


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Standing]:
    """A demo that has told everything, and stays up."""
    started = Standing(tmp_path)
    yield started
    started.close()


def test_once_shows_everything_in_plain_text_of_80_columns_and_leaves_nothing(tmp_path: Path) -> None:
    done = demo(tmp_path, "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    for shown in (
        "POST /api/order/acknowledgement",
        "200 OK",
        "409 Conflict",
        '"identical": true',
        '"differences": ["/lineItems/0/skuQuantities/0/quantity"]',
        "422 Unprocessable",
        "Idempotency-Replayed: true",
        '"dryRun": true',
        "1000/1000",
        "1,000 orders stored",
        "The receipt is genuine.",
        "this is not a genuine receipt",
        "ok  the gift message is in none of them",
        "The journal holds:",
    ):
        assert shown in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert processes(tmp_path) == []
    # Into a file it is plain, and fits 80 columns.
    assert "\x1b" not in done.stdout
    assert [each for each in done.stdout.splitlines() if len(each) > 80] == []
    assert [each for each in done.stdout.splitlines() if each != each.rstrip()] == []
    assert done.stderr == ""


def test_it_stays_up_and_its_curl_line_works_until_ctrl_c_and_the_next_begins_anew(
    standing: Standing,
) -> None:
    start = standing.text.index("\ncurl ")
    command = shlex.split(standing.text[start : standing.text.index("\n\n", start)])
    headers = dict(command[at + 1].split(": ") for at, word in enumerate(command) if word == "-H")
    body = command[command.index("-d") + 1]
    with httpx.Client(trust_env=False) as http:
        answers = [http.post(command[1], headers=headers, content=body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert answers[1].json()["identical"] is True
    folder = standing.folder / "var" / "demo"
    own = folder / "my-notes.txt"
    own.write_text("mine")
    assert standing.end(signal.SIGINT) == 0
    assert "Traceback" not in standing.text
    assert standing.text.rstrip().endswith("the next demo begins anew.")
    assert processes(standing.folder) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(standing.url, trust_env=False)
    before = {file.name for file in folder.iterdir()}
    late = {"opened", "receipt.json", "forged.json", "key.json"}
    assert late < before
    again = Standing(standing.folder, until=BEGUN)
    try:
        assert again.end(signal.SIGINT) == 0
    finally:
        again.close()
    assert {file.name for file in folder.iterdir()} <= before - late
    assert own.read_text() == "mine"


def test_beside_a_demo_another_is_refused_and_once_has_a_folder_of_its_own(begun: Standing) -> None:
    folder = begun.folder / "var" / "demo"
    assert {each: each.stat().st_mode & 0o777 for each in (folder.parent, folder)} == {
        folder.parent: 0o700,
        folder: 0o700,
    }
    other = demo(begun.folder, "--port", "0")
    assert other.returncode == 1
    assert other.stderr.startswith("Error: Another demo is using var/demo.")
    once = Standing(begun.folder, "--once", until=BEGUN)
    try:
        assert once.url != begun.url
        assert [path.name.startswith("once-") for path in folder.iterdir()].count(True) == 1
        # Whoever wanted to see all of it has not.
        assert once.end(signal.SIGINT) == 1
    finally:
        once.let_go()
    assert not [path for path in folder.iterdir() if path.name.startswith("once-")]
    assert begun.process.poll() is None
    assert begun.end(signal.SIGTERM) == 0
    assert processes(begun.folder) == []


def test_a_server_does_not_outlive_a_demo_that_is_killed(begun: Standing) -> None:
    begun.process.kill()
    begun.process.wait()
    deadline = time.monotonic() + SECONDS
    while processes(begun.folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes(begun.folder) == []


def test_a_taken_port_is_one_sentence_and_costs_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = demo(tmp_path, "--port", str(port))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert "with --port." in done.stderr
    assert 'make demo ARGS="--port 9000"' in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "var" / "demo" / "orders.sqlite3"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"somebody's orders")
    done = demo(tmp_path, "--port", "0")
    assert done.returncode == 1
    assert "which no demo made" in done.stderr
    assert database.read_bytes() == b"somebody's orders"
