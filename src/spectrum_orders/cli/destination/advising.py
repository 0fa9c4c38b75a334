"""What to do next about a destination, said to whoever has just added, changed or tried it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spectrum_orders.cli import terminal

if TYPE_CHECKING:
    from spectrum_orders.delivery.transports import DeliveryFailed
    from spectrum_orders.domain.destinations import Destination

REPLAY = ", then replay."


def advice(failure: DeliveryFailed) -> str:
    """The next step without what is only for a delivery; nothing where the message says it already."""
    if failure.code == "refused":  # the guard says which setting would allow the address
        return ""
    return failure.next_step.replace(REPLAY, ".")


def say_what_next(destination: Destination, number: int, *, here: bool) -> None:
    """How to try a destination that was added or changed. ``here``: it is for this environment."""
    if not here:
        terminal.say("This deployment is of another environment and will send nothing there.")
        return
    if destination.scheme == "folder" and not Path(destination.path).is_dir():
        terminal.say(
            "There is no such folder on this machine yet: make or mount it, only what is below is made."
        )
    terminal.say(f"Try it with: spectrum destination test {number}")
