"""What to do about a destination that does not answer as it should, said to whoever has just tried it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spectrum_orders.delivery.transports import DeliveryFailed

REPLAY = ", then replay."


def advice(failure: DeliveryFailed) -> str:
    """The next step without what is only for a delivery; nothing where the message says it already."""
    if failure.code == "refused":  # the guard says which setting would allow the address
        return ""
    return failure.next_step.replace(REPLAY, ".")
