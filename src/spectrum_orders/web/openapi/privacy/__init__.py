"""What is said about exporting and erasing people."""

from __future__ import annotations

from spectrum_orders.web.openapi.privacy.operations import OPERATIONS
from spectrum_orders.web.openapi.privacy.parameters import PARAMETERS
from spectrum_orders.web.openapi.privacy.schemas import schemas

__all__ = ["OPERATIONS", "PARAMETERS", "schemas"]
