"""The real server in a process of its own, and the real command line beside it."""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from spectrum_orders.cli.demo.folder import LOG, Folder
from spectrum_orders.config.table import PREFIX
from spectrum_orders.errors import SpectrumError

START_SECONDS = 60.0
"""Ends a start that hangs; a start takes about one second."""

STOP_SECONDS = 40.0
"""Above the server's own limit of 30 s for what it still has to answer."""

_PR_SET_PDEATHSIG = 1


class DemoFailed(SpectrumError):
    """A step did not do what it says."""

    code, title = "demo-failed", "The demo failed"


class Child:
    """`spectrum serve` over a folder: starts in ``with``, has ended when the block has."""

    def __init__(self, folder: Folder, host: str, port: int) -> None:
        self.folder = folder
        self.url = ""
        self.seconds = 0.0
        self._arguments = ("serve", "--host", host, "--port", str(port))
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        began = time.monotonic()
        try:
            with (self.folder / LOG).open("ab") as log:
                self._process = subprocess.Popen(
                    self._line(*self._arguments),
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    # Out of the terminal's group, so that Ctrl-C reaches us alone and we stop it in order.
                    start_new_session=True,
                    preexec_fn=_die_with_parent,  # noqa: PLW1509  no other thread runs yet
                )
            self._await_ready(self._process, began + START_SECONDS)
        except BaseException:
            self.stop()
            raise
        self.seconds = time.monotonic() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        code = self.stop()
        if kind is None and code != 0:
            raise DemoFailed(f"The server ended with exit code {code}. Its log: {self.folder / LOG}")

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def check(self) -> None:
        """Raises DemoFailed when the server has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise DemoFailed(f"The server has ended. Its log: {self.folder / LOG}")

    def stop(self) -> int:
        """Have it answer what it accepted and end; its exit code. Stopping twice is nothing."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with process:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                return process.wait(STOP_SECONDS)
            except BaseException:
                process.kill()
                raise

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One verb of the command line, with the demo's settings, beside the running server."""
        return subprocess.run(
            self._line(*arguments),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _line(self, *arguments: str) -> list[str]:
        settings = str(self.folder.settings)
        return [sys.executable, "-m", "spectrum_orders.cli", "--config", settings, *arguments]

    def _await_ready(self, process: subprocess.Popen[str], deadline: float) -> None:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(deadline - time.monotonic()):
                raise DemoFailed(f"The server did not start in time. Its log: {self.folder / LOG}")
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            process.wait(STOP_SECONDS)
            said = (self.folder / LOG).read_text(errors="replace").strip().rpartition("\n")[2]
            raise DemoFailed(said.removeprefix("Error: ") or "The server did not start and did not say why.")
        self.url = line.removeprefix("listening on ").strip()


def environment() -> dict[str, str]:
    """The environment of the demo's processes: ours, without any setting of ours.

    A database address that is set for another purpose must not lead the demo to that database.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _die_with_parent() -> None:
    """Have the kernel end this process when its parent is gone, even by kill -9. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
