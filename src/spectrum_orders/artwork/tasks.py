"""What the pool's processes are asked to do.

Each imports what it needs when it runs, so that a server which only asks loads no typesetter and no
picture library: that would cost its start a third of a second and its memory 80 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spectrum_orders.artwork.intake import Verdict
    from spectrum_orders.domain.catalogue.work import MadeArea, PrintFile, PrintJob


def load() -> None:
    """Import everything, so that the first file does not wait for it."""
    from spectrum_orders.artwork import rendering, sheeting

    assert rendering is not sheeting  # imported for what they import


def make(job: PrintJob) -> PrintFile:
    """See ``rendering.make``."""
    from spectrum_orders.artwork import rendering

    return rendering.make(job)


def sheet(client_handle: str, recipe_set_id: str, pictures: Sequence[MadeArea]) -> bytes:
    """See ``sheeting.base``."""
    from spectrum_orders.artwork import sheeting

    return sheeting.base(client_handle, recipe_set_id, pictures)


def judge(data: bytes) -> Verdict:
    """See ``intake.judge``."""
    from spectrum_orders.artwork import intake

    return intake.judge(data)
