"""What is said about orders after their capture: finding them, moving them, and their packages."""

from __future__ import annotations

from spectrum_orders.web.openapi.lifecycle.operations import OPERATIONS
from spectrum_orders.web.openapi.lifecycle.parameters import PARAMETERS
from spectrum_orders.web.openapi.lifecycle.schemas import schemas

__all__ = ["OPERATIONS", "PARAMETERS", "schemas"]
