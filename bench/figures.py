"""What a run comes to: measured values, their medians, and what was aimed at."""

from __future__ import annotations

import statistics

import msgspec


class Dishonest(RuntimeError):
    """A measurement that must not be shown: an order refused, lost, or stored without an answer."""


class Missing(RuntimeError):
    """A tool that the bench needs is not on this machine; the message says which, and what to do."""


class Target(msgspec.Struct, frozen=True):
    """What a median should reach: ``at least`` or ``at most`` ``value``."""

    sense: str
    value: float

    def shortfall(self, median: float) -> float:
        """How far a median misses, as a share of the target; 0 when it is met."""
        miss = self.value - median if self.sense == "at least" else median - self.value
        return max(0.0, miss / self.value)


def at_least(value: float) -> Target:
    """More is better."""
    return Target("at least", value)


def at_most(value: float) -> Target:
    """Less is better."""
    return Target("at most", value)


class Figure(msgspec.Struct, frozen=True):
    """One measured quantity: a value from every run.

    ``yardstick`` marks what is measured only to compare with. ``note`` says under which
    circumstances, where the name does not.
    """

    scenario: str
    name: str
    unit: str
    values: tuple[float, ...]
    target: Target | None = None
    yardstick: bool = False
    note: str = ""

    @property
    def median(self) -> float:
        """The value that is reported."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the target, or ``None`` without one."""
        return None if self.target is None else self.target.shortfall(self.median) == 0


class Column:
    """Collects one figure's values, run by run."""

    def __init__(
        self, name: str, unit: str, target: Target | None = None, *, yardstick: bool = False, note: str = ""
    ) -> None:
        self.name = name
        self.unit = unit
        self.target = target
        self.yardstick = yardstick
        self.note = note
        self.values: list[float] = []

    def add(self, value: float) -> None:
        """The value of one run."""
        self.values.append(value)

    def figure(self, scenario: str) -> Figure:
        """The whole of it."""
        return Figure(
            scenario, self.name, self.unit, tuple(self.values), self.target, self.yardstick, self.note
        )
