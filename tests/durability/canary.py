"""Strings that must be found nowhere, and a search that looks everywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path


class Canaries:
    """Personal values that no other text looks like, all with the same mark in them."""

    def __init__(self, name: str) -> None:
        self._mark = f"Zq{name}CanaryMark"

    def make(self, where: str) -> str:
        """A text for this place."""
        return f"{self._mark}{where}"

    def patterns(self) -> dict[str, bytes]:
        """What to look for: the mark as it is, and as it might be disguised."""
        mark = self._mark
        raw = mark.encode()
        return {
            "as it is": raw,
            "in lower case": raw.lower(),
            "in upper case": raw.upper(),
            "in hexadecimal": raw.hex().encode(),
            "in UTF-16": mark.encode("utf-16-le"),
            # The middle alone: its ends depend on what stands beside it.
            **{f"in base64, {n} before": base64.b64encode(bytes(n) + raw)[4:-4] for n in range(3)},
        }

    def find(self, what: str, content: bytes) -> list[str]:
        """Every canary in some bytes."""
        return [f"{what}: {name}" for name, pattern in self.patterns().items() if pattern in content]

    def find_in(self, folders: Iterable[Path]) -> list[str]:
        """Every canary in any file, or name of a file, below these folders."""
        found = []
        searched = 0
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                found += self.find("a file's name", str(path).encode())
                # What a database removes while we look is searched the next time.
                if path.is_file() and not path.is_symlink():
                    content = path.read_bytes()
                    searched += len(content)
                    found += self.find(str(path), content)
        assert searched, "there was nothing to search"
        return found
