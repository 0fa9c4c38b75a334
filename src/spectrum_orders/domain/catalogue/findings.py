"""What preflight may find, and what each finding does unless a product says otherwise."""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.catalogue.product import Level


class Finding(msgspec.Struct, frozen=True, rename="camel"):
    """One thing about a file: what was found, what was wanted, and how to mend it.

    None of the three repeats a text or a name of the artwork: findings are stored and shown in the
    clear. ``page`` counts from 1, 0 is the file as a whole.
    """

    code: str
    level: Level
    found: str
    wanted: str
    mend: str
    page: int = 0
