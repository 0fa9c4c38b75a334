"""Which of an order's people a partner sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from spectrum_orders.domain.personal import LINE_FIELDS, ORDER_FIELDS

NEVER = ("customerAddress",)
"""Who paid is nobody's business at a press, whatever a partner's list says."""

_FROM_ADDRESS = {"emailAddress": "email", "phoneNumber": "phone"}
"""Where the order itself has none, the shipping address's is taken."""

GIFT_MESSAGE = "giftMessage"


def pointers(allow: Sequence[str], positions: Iterable[int]) -> tuple[str, ...]:
    """The JSON Pointers of what has to be opened for a partner that may see ``allow``, on these lines."""
    fields = [name for name in ORDER_FIELDS if name in allow and name not in NEVER]
    if any(name in fields for name in _FROM_ADDRESS) and "shippingAddress" not in fields:
        fields.append("shippingAddress")
    lines = [name for name in LINE_FIELDS if name in allow]
    return (
        *(f"/{name}" for name in fields),
        *(f"/lineItems/{position}/{name}" for position in sorted(positions) for name in lines),
    )


def allowed_people(personal: Mapping[str, str], allow: Sequence[str]) -> dict[str, Any]:
    """What a ticket may hold of ``personal`` (an order's pointer -> text): fields named in ``allow`` alone.

    Addresses become objects; ``giftMessage`` maps a line's position to its text. An address keeps its
    e-mail and phone only when ``emailAddress`` and ``phoneNumber`` are allowed; these fall back to it.
    """
    seen: dict[str, Any] = {}
    address: dict[str, str] = {}
    if "/shippingAddress" in personal:
        address = msgspec.json.decode(personal["/shippingAddress"], type=dict[str, str])
    for name in ORDER_FIELDS:
        if name not in allow or name in NEVER:
            continue
        if name == "shippingAddress":
            hidden = {member for field, member in _FROM_ADDRESS.items() if field not in allow}
            if kept := {member: text for member, text in address.items() if member not in hidden}:
                seen[name] = kept
            continue
        text = personal.get(f"/{name}") or address.get(_FROM_ADDRESS.get(name, ""))
        if text:
            seen[name] = text
    if GIFT_MESSAGE in allow:
        gifts = {
            int(parts[2]): text
            for pointer, text in personal.items()
            if len(parts := pointer.split("/")) == 4 and parts[1] == "lineItems" and parts[3] == GIFT_MESSAGE
        }
        if gifts:
            seen[GIFT_MESSAGE] = dict(sorted(gifts.items()))
    return seen
