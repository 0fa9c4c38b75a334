"""What came back."""

from __future__ import annotations

import email.utils
import re

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """``body`` holds no more than was asked for; ``cut`` tells that there was more."""

    status: int
    headers: dict[str, str]
    """By lower-case name; of a repeated one the last value."""
    body: bytes = b""
    cut: bool = False

    def retry_after(self, now: float) -> float | None:
        """The seconds that the other side asks us to wait, from a number or a date (RFC 9110).

        ``now`` is in seconds since the epoch. None: it does not say, or nothing that can be read.
        """
        text = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,9}", text):
            return float(text)
        try:
            when = email.utils.parsedate_to_datetime(text).timestamp()
        except (ValueError, IndexError, TypeError, OverflowError, OSError):  # differs with the version
            return None
        return max(0.0, when - now)
