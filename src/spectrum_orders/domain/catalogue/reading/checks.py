"""How one value of a product or recipe set is read. The same promise as ``domain.checks``."""

from __future__ import annotations

import enum
import math
import re
from typing import Any

import msgspec

from spectrum_orders.domain.checks import Check, Text
from spectrum_orders.domain.reading import Reading, kind, token


class Number(msgspec.Struct, frozen=True):
    """A number from ``least`` to ``most``, kept as a float without a negative zero."""

    least: float
    most: float

    def read(self, value: object, at: str, reading: Reading) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            reading.problem(at, "wrong-type", f"A number was wanted, {kind(value)} was sent.")
            return None
        # Asked this way round, NaN is refused too.
        if not self.least <= value <= self.most or not math.isfinite(value):
            reading.problem(
                at, "out-of-range", f"The number is not in the range {self.least:g} to {self.most:g}."
            )
            return None
        return float(value) + 0.0


class Flag(msgspec.Struct, frozen=True):
    """True or false."""

    def read(self, value: object, at: str, reading: Reading) -> bool | None:
        if isinstance(value, bool):
            return value
        reading.problem(at, "wrong-type", f"true or false was wanted, {kind(value)} was sent.")
        return None


class Choice(msgspec.Struct, frozen=True):
    """One of an enumeration's words, in any case."""

    words: type[enum.Enum]

    def read(self, value: object, at: str, reading: Reading) -> enum.Enum | None:
        wanted = "One of " + ", ".join(str(one.value) for one in self.words)
        if not isinstance(value, str):
            reading.problem(at, "wrong-type", f"{wanted} was wanted, {kind(value)} was sent.")
            return None
        lower = value.lower()
        for one in self.words:
            if one.value == lower:
                return one
        reading.problem(at, "unknown-value", f"{wanted} was wanted, another text was sent.")
        return None


class Shaped(msgspec.Struct, frozen=True):
    """A text of one shape. ``pattern`` means the same in Python and in JSON Schema, from ``^`` to ``$``."""

    pattern: str
    wanted: str

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        if not isinstance(value, str):
            reading.problem(at, "wrong-type", f"A text was wanted, {kind(value)} was sent.")
            return None
        # Python's $ also stands before a last line end, that of JSON Schema does not.
        if re.match(self.pattern, value) is None or value.endswith("\n"):
            reading.problem(at, "malformed", f"{self.wanted} was wanted, another text was sent.")
            return None
        return value


HANDLE = Shaped(
    "^[a-z0-9][a-z0-9-]{0,63}$",
    "A handle of 1 to 64 lower-case letters, digits and hyphens, no hyphen first,",
)
SHA256 = Shaped("^[0-9a-f]{64}$", "A SHA-256 of 64 lower-case hexadecimal digits")
FINDING = Shaped("^[a-z0-9]+(-[a-z0-9]+)*$", "A preflight code in lower case such as low-resolution")


class FontName(msgspec.Struct, frozen=True):
    """A family's name, or the SHA-256 of an uploaded font."""

    text: Text

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        name = self.text.read(value, at, reading)
        if name is not None and re.fullmatch("[0-9a-fA-F]{64}", name):
            return SHA256.read(name, at, reading)
        return name


class Listing(msgspec.Struct, frozen=True):
    """A list of ``least`` to ``most`` entries, kept as a tuple. Entries whose member ``unique`` is the
    same text, case and white space around it aside, are problems."""

    entry: Check
    least: int
    most: int
    unique: str | None = None

    def read(self, value: object, at: str, reading: Reading) -> tuple[Any, ...] | None:
        if not isinstance(value, list):
            reading.problem(at, "wrong-type", f"A list was wanted, {kind(value)} was sent.")
            return None
        if len(value) < self.least:
            reading.problem(at, "too-few", f"At least {self.least} is needed here, the list is empty.")
        if len(value) > self.most:
            reading.problem(
                at, "too-many", f"The list has {len(value)} entries, at most {self.most} may be sent."
            )
        first: dict[str, int] = {}
        kept = []
        for index, entry in enumerate(value[: self.most]):
            found = self.entry.read(entry, f"{at}/{index}", reading)
            if found is not None:
                kept.append(found)
            self._compare(entry, index, first, at, reading)
        return tuple(kept) if len(kept) == len(value) >= self.least else None

    def _compare(self, entry: object, index: int, first: dict[str, int], at: str, reading: Reading) -> None:
        name = entry.get(self.unique) if isinstance(entry, dict) and self.unique is not None else None
        if not isinstance(name, str):
            return
        earlier = first.setdefault(name.strip().casefold(), index)
        if earlier != index:
            reading.problem(
                f"{at}/{index}/{self.unique}",
                "duplicate",
                f"The same {self.unique} stands at {at}/{earlier} already; each may stand once.",
            )


class Mapped(msgspec.Struct, frozen=True):
    """An object whose members' names are free within ``name``, at most ``most`` of them."""

    name: Check
    entry: Check
    most: int

    def read(self, value: object, at: str, reading: Reading) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            reading.problem(at, "wrong-type", f"An object was wanted, {kind(value)} was sent.")
            return None
        if len(value) > self.most:
            reading.problem(
                at, "too-many", f"The object has {len(value)} members, at most {self.most} may be sent."
            )
            return None
        kept: dict[str, Any] = {}
        for name, entry in value.items():
            below = f"{at}/{token(name)}"
            if entry is None:
                continue
            own = self.name.read(name, below, reading)
            found = self.entry.read(entry, below, reading)
            if own is not None and found is not None:
                kept[own] = found
        return kept
