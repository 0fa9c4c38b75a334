"""What a client has set for its orders: policy as data."""

from __future__ import annotations

import msgspec

CANCEL_HOURS = 24.0
"""How long after its acknowledgement a shop may cancel an order by itself, unless set otherwise."""


class ClientSettings(msgspec.Struct, frozen=True, rename="camel"):
    """``cancel_hours``: until when after the acknowledgement the shop itself may hold, cancel or re-route.
    ``retention_days``: after so many days the people of an order are erased, ``None`` for never.
    ``silent_hours``: without any order for so long the client counts as silent, ``None`` for never."""

    cancel_hours: float = CANCEL_HOURS
    retention_days: int | None = None
    silent_hours: float | None = None
