"""An event as it is told to whoever may know it: the body of a webhook, and an entry of the feed.

The same notice has the same bytes, whenever it is written out.
"""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.domain.instants import iso
from spectrum_orders.ids import readable

_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """A line item, as whoever sent or makes it knows it."""

    id: int
    recipe_set_readable_id: str


class Notice(msgspec.Struct, frozen=True):
    """An event with what it is about. ``lines`` are empty where it is about the order as a whole; ``data`` is
    what its kind adds."""

    event_id: int
    kind: str
    at: int
    client_handle: str
    purchase_order_number: str
    lines: tuple[Line, ...]
    data: dict[str, Any]


def plain(notice: Notice, **numbers: int) -> dict[str, Any]:
    """As JSON has it, with the ``numbers`` under which whoever is told counts it.

    ``type``, ``timestamp`` and ``data`` are those of Standard Webhooks 1.0.0.
    """
    data: dict[str, Any] = {}
    if notice.client_handle:
        data |= {
            "clientHandle": notice.client_handle,
            "purchaseOrderNumber": notice.purchase_order_number,
        }
    if notice.lines:
        data["lineItems"] = notice.lines
    return {
        "type": notice.kind,
        "timestamp": iso(notice.at),
        "id": readable("evt", notice.event_id),
        **numbers,
        "data": data | dict(sorted(notice.data.items())),
    }


def encode(notice: Notice, **numbers: int) -> bytes:
    """``plain`` as the bytes that are signed and sent."""
    return _encode(plain(notice, **numbers))
