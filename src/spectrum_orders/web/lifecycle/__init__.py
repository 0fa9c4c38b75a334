"""Moving stored orders over HTTP: as factories do it already, and in ways of our own."""

from __future__ import annotations

from spectrum_orders.web.lifecycle.changes import Changes
from spectrum_orders.web.lifecycle.packages import Packages
from spectrum_orders.web.lifecycle.shipments import Shipments
from spectrum_orders.web.lifecycle.statuses import Statuses

__all__ = ["Changes", "Packages", "Shipments", "Statuses"]
