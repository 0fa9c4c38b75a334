"""A real server in a process of its own, as an operator runs it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from spectrum_orders import config, runtime
from spectrum_orders.runtime import Runtime
from tests.harness.keeper import Keeper
from tests.harness.place import Place, environment, spectrum

READY = re.compile(r"^listening on (http://127\.0\.0\.1:(\d+))\s*$", re.MULTILINE)

# Both only end what hangs; no test measures time by them.
START_SECONDS = 60
STOP_SECONDS = 60


class Server:
    """`spectrum serve` over one place. `with Server(place) as server:` starts it and stops it gracefully.

    `stop()` is SIGTERM and must end in exit status 0; `kill()` is SIGKILL for it and its workers, as a power
    cut would be; after either `start()` brings it back, on the same port, over the same data.
    """

    def __init__(self, place: Place, settings: Mapping[str, str] | None = None, *arguments: str) -> None:
        self.place = place
        self.settings = {**place.settings, **(settings or {})}
        self.arguments = arguments
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: Keeper | None = None
        self._kept: Runtime | None = None
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After a failure the exit status is not the news.
        if kind is None:
            self.stop()
        else:
            self.kill()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a slash at its end."""
        assert self._port, "the server has not been started"
        return f"http://127.0.0.1:{self._port}"

    @property
    def data_dir(self) -> Path:
        """Its SPECTRUM_DATA_DIR."""
        return self.place.data_dir

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Returns once it says that it listens. Raises AssertionError with its log when it ends instead."""
        assert self._process is None, "the server runs already"
        said_before = len(self._read("stdout"))
        with self._file("stdout").open("ab") as stdout, self._file("stderr").open("ab") as stderr:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "spectrum_orders.cli",
                    "serve",
                    "--port",
                    str(self._port),
                    *self.arguments,
                ],
                env=environment(self.settings),
                cwd=self.data_dir,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                # A group of its own: kill() reaches its workers, and Ctrl-C in a terminal only the tests.
                start_new_session=True,
            )
        self._keeper = Keeper('kill -s KILL -- "-$1"', str(self._process.pid))
        deadline = time.monotonic() + START_SECONDS
        while (found := READY.search(self._read("stdout")[said_before:])) is None:
            if not self.running or time.monotonic() > deadline:
                code = self._process.poll()
                self.kill()
                raise AssertionError(f"the server did not start (exit {code}):\n{self.logs()}")
            time.sleep(0.02)
        self._port = int(found[2])
        return self

    def stop(self) -> None:
        """Ends it gracefully; anything but exit status 0 is an AssertionError. Stopping twice is nothing."""
        if self._process is None:
            return
        self._let_go()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop:\n{self.logs()}") from None
        self._process = None
        self._release()
        assert code == 0, f"the server stopped with exit status {code}:\n{self.logs()}"

    def kill(self) -> None:
        """Ends it at once, workers included. Killing what does not run is nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        self._let_go()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._release()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Runtime]:
        """Everything that a process holds, over the same data, beside the running server or without one."""
        if self._kept is not None:
            yield self._kept
            return
        with runtime.open_runtime(config.load(self.settings)) as opened:
            yield opened

    def keep_open(self) -> Self:
        """Until the server ends, `opened()` is always the same.

        For servers that many tests share: a journal's new chain reads the ends of the hundred before it, so
        that opening costs more than most of what is done then. Nothing for a server that is killed: who
        is the last to close a SQLite database also empties its log.
        """
        self._kept = self._closing.enter_context(self.opened())
        return self

    def restart(self) -> Self:
        """A graceful stop, and a start."""
        self.stop()
        return self.start()

    def logs(self) -> str:
        """Everything that it wrote so far, over all its starts: standard output, then standard error."""
        return self._read("stdout") + self._read("stderr")

    def spectrum(
        self, *arguments: str, check: bool = True, given: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs another verb of the command line with the server's settings, beside the running server."""
        return spectrum(self.settings, *arguments, cwd=self.data_dir, check=check, given=given)

    def _let_go(self) -> None:
        self._kept = None
        self._closing.close()

    def _release(self) -> None:
        if self._keeper is not None:
            self._keeper.release()
        self._keeper = None

    def _file(self, stream: str) -> Path:
        # Beside the data directory, so that a search through its bytes does not find the log there.
        return self.data_dir.with_name(f"{self.data_dir.name}.{stream}")

    def _read(self, stream: str) -> str:
        file = self._file(stream)
        return file.read_text(errors="replace") if file.exists() else ""
