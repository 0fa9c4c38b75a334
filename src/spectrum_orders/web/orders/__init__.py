"""Orders as they are read: one, those that changed, or those that somebody looks for."""

from __future__ import annotations

from spectrum_orders.web.orders.listing import OrderListing
from spectrum_orders.web.orders.reading import OrderReading
from spectrum_orders.web.orders.searching import OrderSearch

__all__ = ["OrderListing", "OrderReading", "OrderSearch"]
