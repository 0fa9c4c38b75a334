"""How much more memory a process takes at its worst moment, as the kernel itself keeps count."""

from __future__ import annotations

import re
from pathlib import Path

MIB = 1 << 20

RESET_PEAK = "5"
"""What clear_refs wants to hear (proc(5)): the peak begins anew at what is resident now."""


class Growth:
    """The peak of a process's resident memory from now on, above what it is now."""

    def __init__(self, pid: int) -> None:
        self._process = Path(f"/proc/{pid}")
        (self._process / "clear_refs").write_text(RESET_PEAK)
        self._before = self._read("VmRSS")

    @property
    def mib(self) -> float:
        """The growth so far, in MiB."""
        return (self._read("VmHWM") - self._before) / 1024

    def _read(self, name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+) kB$", (self._process / "status").read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1])
