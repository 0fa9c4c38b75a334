"""Events and webhooks over HTTP: the feed, and where events are sent."""

from __future__ import annotations

from spectrum_orders.web.webhooks.deliveries import Deliveries
from spectrum_orders.web.webhooks.endpoints import Endpoints
from spectrum_orders.web.webhooks.feed import Feed

__all__ = ["Deliveries", "Endpoints", "Feed"]
