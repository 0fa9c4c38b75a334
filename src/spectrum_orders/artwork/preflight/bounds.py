"""What is given up rather than examined: one error for every bound of this room."""

from __future__ import annotations


class TooComplexError(Exception):
    """More than is examined. ``found`` says of what, as a finding does."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class DamagedError(Exception):
    """A part that cannot be read. ``found`` says which, as a finding does."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found
