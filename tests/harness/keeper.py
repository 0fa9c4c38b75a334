"""Somebody who cleans up after this process, however it ends: by itself, by Ctrl-C, or by SIGKILL.

Nothing that the process runs itself (a fixture, atexit, a signal handler) survives the last of these. A
keeper is a small shell in a session of its own that waits for the end of its standard input, which the kernel
brings about when the process at the other end is gone.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any


class Keeper:
    """Runs the shell `script` with `arguments` ($1 …) once this process ends or calls `act()`.

    `options` go to the shell's Popen: whose account it runs under.
    """

    def __init__(self, script: str, *arguments: str | Path, **options: Any) -> None:
        # A line that was read means that there is nothing left to do; the bare end of the input means to act.
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", f"read -r _ && exit\n{script}", "keeper", *map(str, arguments)],
            **{
                "stdout": subprocess.DEVNULL,
                "stderr": subprocess.DEVNULL,
                "cwd": "/",
                **options,
                "stdin": subprocess.PIPE,
                # Ctrl-C in the terminal must not reach it before its work is done.
                "start_new_session": True,
            },
        )

    def act(self) -> None:
        """Runs the script now and waits for its end."""
        self._shell.communicate()

    def release(self) -> None:
        """Lets it go without a deed."""
        self._shell.communicate(b"released\n")
