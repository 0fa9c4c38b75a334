"""How much memory a process holds, and how much more it takes at its worst moment."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import psutil

MIB = 1 << 20


class Growth:
    """The peak of a process's resident memory while the block runs, above what it was before."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._before = self._process.memory_info().rss
        self._peak = self._before
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def mib(self) -> float:
        """The growth so far, in MiB."""
        return (self._peak - self._before) / MIB

    def _watch(self) -> None:
        while not self._ended.wait(0.005):
            self._peak = max(self._peak, self._process.memory_info().rss)
