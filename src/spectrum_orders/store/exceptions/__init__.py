"""What does not move: read from the facts, so that nothing is hidden and each case goes away by itself."""

from __future__ import annotations

from spectrum_orders.store.exceptions.lanes import find_ailing, find_behind
from spectrum_orders.store.exceptions.listing import Page, Place, count, find, is_key
from spectrum_orders.store.exceptions.look import Look

__all__ = ["Look", "Page", "Place", "count", "find", "find_ailing", "find_behind", "is_key"]
