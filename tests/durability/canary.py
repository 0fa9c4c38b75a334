"""Strings that must be found nowhere, and a search that looks everywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path


class Canaries:
    """Personal values that no other text looks like, by where they are sent."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._made: dict[str, str] = {}

    def make(self, where: str) -> str:
        """A text for this place."""
        return self._made.setdefault(where, f"Zq{len(self._made):02d}{self.name}Canary{where}")

    def patterns(self) -> dict[str, bytes]:
        """What to look for: each text as it is, and as it might be disguised."""
        found: dict[str, bytes] = {}
        for text in self._made.values():
            raw = text.encode()
            found[text] = raw
            found[f"{text} in lower case"] = raw.lower()
            found[f"{text} in upper case"] = raw.upper()
            found[f"{text} in hexadecimal"] = raw.hex().encode()
            found[f"{text} in UTF-16"] = text.encode("utf-16-le")
            for shift in range(3):
                # The middle alone: its ends depend on what stands beside it.
                coded = base64.b64encode(bytes(shift) + raw)
                found[f"{text} in base64"] = coded[4:-4]
        return found

    def find(self, what: str, content: bytes) -> list[str]:
        """Every canary in some bytes."""
        return [f"{name}: {what}" for name, pattern in self.patterns().items() if pattern in content]

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
