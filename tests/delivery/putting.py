"""A process that puts a package into a folder, to be killed, robbed of its rights, or given a bad disk.

    python -m tests.delivery.putting once FOLDER       once; says what came of it
    python -m tests.delivery.putting nobody FOLDER     the same, as a user without rights
    python -m tests.delivery.putting kills FOLDER      once for each system call, killed before it

`kills` says a line for each: the call, what a factory sees, and what is there after a repeat.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401  asyncio imports it late, when nobody may read it any more
import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from spectrum_orders.delivery.transports import DeliveryFailed
from tests.delivery.contents import NAME, files, noise, opened, visible

CONTENT = noise(2_300_000, seed=4)
"""Three blocks, the last one short."""

NOBODY = 65534


def once(root: Path) -> dict[str, Any]:
    """What came of a delivery."""
    try:
        proof = asyncio.run(opened(f"folder://{root}").put(NAME, CONTENT))
    except DeliveryFailed as failed:
        return {"code": failed.code, "permanent": failed.permanent}
    return {"already": proof.already_there}


def count_down(calls: int) -> list[str]:
    """Kill this process before its system call number `calls` on files. Gives the names of those before."""
    seen: list[str] = []

    def profile(frame: FrameType, event: str, what: Any) -> None:
        if event == "c_call" and getattr(what, "__module__", "") in ("posix", "fcntl"):
            if len(seen) == calls:
                os.kill(os.getpid(), signal.SIGKILL)
            seen.append(what.__name__)

    threading.setprofile(profile)
    return seen


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def sizes(found: dict[str, bytes]) -> dict[str, str]:
    return {name: "whole" if data == CONTENT.data else f"{len(data)} bytes" for name, data in found.items()}


def kills(root: Path) -> None:
    names = count_down(sys.maxsize)
    once(root)
    calls = list(names)
    threading.setprofile(None)
    for number, call in enumerate(calls):
        shutil.rmtree(root)
        root.mkdir()
        child = os.fork()
        if child == 0:
            count_down(number)
            once(root)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        told = {"call": call, "signal": os.WTERMSIG(status), "visible": sizes(visible(root))}
        came = once(root)
        say({**told, "repeat": came, "after": sizes(files(root))})


if __name__ == "__main__":
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "kills":
        kills(folder)
    else:
        if what == "nobody" and os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        say(once(folder))
