"""Verbs of the command line, each in a process of its own that has imported everything before it was called.

Nine tenths of a verb's time is its imports, and the tests call some hundreds. So one process imports them
once and does nothing else; every call is a fork of it, with the environment, the folder and the files of that
call. Imports go round in no circle (tests/test_house.py), so that what was imported before could only hide
that something uses what another module has imported. So tests/cli/test_command_line.py imports each verb from
nothing; what a verb imports when it runs, only the demo, which is tested as well, runs from nothing for a
dozen of them.

All calls of one run share the seed of its hashes, which is another in each run.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

ROOM = 1 << 20
"""Bytes of one call's environment and arguments."""

PATIENCE = 120
"""Seconds. Generous, because a busy machine is no failure: only a verb that hangs ever meets it."""


class Verbs:
    """Calls verbs until this process ends, from any thread."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=dict(environment),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._asking = threading.Lock()
        atexit.register(self._end)

    def call(
        self,
        environment: Mapping[str, str],
        arguments: tuple[str, ...],
        cwd: Path,
        given: str | None,
        patience: float = PATIENCE,
    ) -> tuple[int, str, str]:
        """The exit code of one verb, as `subprocess` gives it, and what it wrote: output, then errors.

        One that does not end is killed, and an AssertionError.
        """
        with (
            tempfile.TemporaryFile() as stdin,
            tempfile.TemporaryFile() as stdout,
            tempfile.TemporaryFile() as stderr,
        ):
            stdin.write((given or "").encode())
            stdin.seek(0)
            asked = json.dumps(
                {
                    "environment": dict(environment),
                    "arguments": arguments,
                    "cwd": str(cwd),
                    "patience": patience,
                }
            )
            ended, told = os.pipe()
            with os.fdopen(ended) as ending:
                try:
                    with self._asking:
                        files = [told, stdin.fileno(), stdout.fileno(), stderr.fileno()]
                        socket.send_fds(self._ours, [asked.encode()], files)
                finally:
                    os.close(told)
                code = ending.read()  # nothing of one that was killed
                assert code, f"spectrum {' '.join(arguments)} does not end"
            stdout.seek(0)
            stderr.seek(0)
            return int(code), stdout.read().decode(), stderr.read().decode()

    def _end(self) -> None:
        self._ours.close()
        self._process.wait()


@functools.cache
def verbs(source: str) -> Verbs:
    """Those of the program below `source`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SPECTRUM_")}
    return Verbs({**own, "PYTHONPATH": source})


def _stand_ready(asking: socket.socket) -> None:
    from spectrum_orders import cli

    for module, _ in cli.COMMANDS.values():
        importlib.import_module(f"spectrum_orders.cli.{module}")
    for module in ("runtime", "cataloguing", "store.routing", "lifecycle.cancelling", "delivery.worker"):
        importlib.import_module(f"spectrum_orders.{module}")
    # A fork shares what nobody touches, and the collector would touch all of it.
    gc.freeze()
    # Nobody waits for what watches over a verb.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        asked, files, _, _ = socket.recv_fds(asking, ROOM, 4)
        if not asked:
            return
        if os.fork() == 0:
            asking.close()
            _watch(json.loads(asked), files)
        for file in files:
            os.close(file)


def _watch(asked: dict[str, Any], files: list[int]) -> None:
    """Fork the verb, and tell how it ended. Returns in the verb's own process alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told, *three = files
    if (pid := os.fork()) == 0:
        os.close(told)
        for number, file in enumerate(three):
            os.dup2(file, number)
            os.close(file)
        _be(asked)
    ended, _, _ = select.select([os.pidfd_open(pid)], [], [], asked["patience"])
    if not ended:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if ended:
        os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _be(asked: dict[str, Any]) -> NoReturn:
    from spectrum_orders.cli import main

    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["cwd"])
    sys.argv = ["spectrum", *asked["arguments"]]
    main()
    raise AssertionError("it always exits")


if __name__ == "__main__":
    _stand_ready(socket.socket(fileno=int(sys.argv[1])))
