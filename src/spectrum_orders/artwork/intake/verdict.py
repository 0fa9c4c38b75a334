"""What was found out about an upload, and how one is refused."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.domain.catalogue.asset import AssetKind
from spectrum_orders.errors import Invalid, Problem


class Verdict(msgspec.Struct, frozen=True):
    """A file that may be kept. ``facts`` are plain values for people: pixels, pages, a family."""

    kind: AssetKind
    media_type: str
    facts: dict[str, Any]


def refused(code: str, message: str, mend: str) -> Invalid:
    """An upload's refusal: what is wrong with it and what to do. Neither repeats anything that it holds."""
    return Invalid(f"{message} {mend}", problems=(Problem("", code, message),))
