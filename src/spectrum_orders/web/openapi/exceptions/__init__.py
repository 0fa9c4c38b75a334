"""What is said about exceptions and the time that an order takes."""

from __future__ import annotations

from spectrum_orders.web.openapi.exceptions.operations import OPERATIONS
from spectrum_orders.web.openapi.exceptions.parameters import PARAMETERS
from spectrum_orders.web.openapi.exceptions.schemas import schemas

__all__ = ["OPERATIONS", "PARAMETERS", "schemas"]
