"""What is said about products, recipe sets, assets and print files."""

from __future__ import annotations

from spectrum_orders.web.openapi.catalogue.operations import OPERATIONS
from spectrum_orders.web.openapi.catalogue.parameters import HEADERS, PARAMETERS
from spectrum_orders.web.openapi.catalogue.schemas import schemas

__all__ = ["HEADERS", "OPERATIONS", "PARAMETERS", "schemas"]
