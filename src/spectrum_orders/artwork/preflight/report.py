"""Collects what is found, one finding of each kind, at the product's own levels."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from spectrum_orders.domain.catalogue.findings import KINDS, Finding
from spectrum_orders.domain.catalogue.product import Level


class Remark(msgspec.Struct, frozen=True):
    """What is known of a file beside its bytes, because we made it: of the recipe, of the fonts.

    The lower its ``rank`` the worse it is among those of its kind.
    """

    code: str
    found: str
    wanted: str
    rank: float = 0.0


_ORDER = {Level.REJECT: 0, Level.WARN: 1, Level.OFF: 2}


class Report:
    """What was found in one file. Of several findings of a kind the worst is kept, and their number."""

    def __init__(self, levels: Mapping[str, Level]) -> None:
        self._levels = levels
        self._found: dict[str, tuple[float, str, str, int]] = {}
        self._count: dict[str, int] = {}

    def add(self, code: str, found: str, wanted: str, *, page: int = 0, rank: float = 0.0) -> None:
        """Note a finding. The lower its ``rank`` the worse it is among those of its kind."""
        self._count[code] = self._count.get(code, 0) + 1
        known = self._found.get(code)
        if known is None or rank < known[0]:
            self._found[code] = (rank, found, wanted, page)

    def findings(self) -> tuple[Finding, ...]:
        """Those that are not off, rejections first, then by code."""
        made = []
        for code, (_, found, wanted, page) in self._found.items():
            kind = KINDS[code]
            level = self._levels.get(code, kind.level)
            if level is Level.OFF:
                continue
            count = self._count[code]
            more = f" ({count} times; this is the worst)" if count > 1 else ""
            made.append(Finding(code, level, found + more, wanted, kind.mend, page))
        return tuple(sorted(made, key=lambda one: (_ORDER[one.level], one.code)))
