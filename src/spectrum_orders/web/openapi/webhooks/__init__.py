"""What is said about events and webhooks."""

from __future__ import annotations

from spectrum_orders.web.openapi.webhooks.operations import OPERATIONS
from spectrum_orders.web.openapi.webhooks.parameters import PARAMETERS
from spectrum_orders.web.openapi.webhooks.schemas import schemas

__all__ = ["OPERATIONS", "PARAMETERS", "schemas"]
