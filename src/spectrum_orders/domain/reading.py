"""What is found out while one order is read: its problems and its warnings."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from spectrum_orders.domain.codes import ProblemCode, WarningCode
from spectrum_orders.errors import Problem

MOST_FINDINGS = 100
"""Problems, and warnings, that are listed one by one; then one entry says how many more there
are. A person reads a dozen, and a hostile body must not be answered with a larger one."""

LONGEST_NAME = 100
"""Characters of an unknown member's name that are repeated in a pointer."""


class Reading:
    """Collects the findings about one order. ``zone`` is where a date without offset belongs."""

    __slots__ = ("_problems", "_unlisted_problems", "_unlisted_warnings", "_warnings", "zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []
        self._unlisted_problems = 0
        self._unlisted_warnings = 0

    def problem(self, at: str, code: ProblemCode, message: str) -> None:
        """Note what rejects the order. ``at`` is a JSON Pointer, ``message`` one sentence."""
        if len(self._problems) < MOST_FINDINGS:
            self._problems.append(Problem(at, code, message))
        else:
            self._unlisted_problems += 1

    def warn(self, at: str, code: WarningCode, message: str) -> None:
        """Note what the sender should know although the order stands."""
        if len(self._warnings) < MOST_FINDINGS:
            self._warnings.append(Problem(at, code, message))
        else:
            self._unlisted_warnings += 1

    @property
    def full(self) -> bool:
        """As many problems were found as are listed; more are counted."""
        return len(self._problems) >= MOST_FINDINGS

    @property
    def warned(self) -> bool:
        """As many warnings were found as are listed; more are counted."""
        return len(self._warnings) >= MOST_FINDINGS

    @property
    def clean(self) -> bool:
        """Nothing was found, not even a warning."""
        return not self._problems and not self._warnings

    @property
    def problems(self) -> tuple[Problem, ...]:
        return _closed(self._problems, self._unlisted_problems, "problems")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return _closed(self._warnings, self._unlisted_warnings, "warnings")


def _closed(listed: list[Problem], unlisted: int, what: str) -> tuple[Problem, ...]:
    if not unlisted:
        return tuple(listed)
    return (*listed, Problem("", "more", f"There are {unlisted} more {what}, which are not listed."))


def token(name: str) -> str:
    """A member's name as a token of a JSON Pointer (RFC 6901, section 3), very long ones cut."""
    if len(name) > LONGEST_NAME:
        name = name[:LONGEST_NAME] + "…"
    return name.replace("~", "~0").replace("/", "~1")


def kind(value: object) -> str:
    """What a JSON value is, in words, so that a message need not repeat the value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"
