"""What is served, described: the OpenAPI document, built from the routes and the domain's tables."""

from __future__ import annotations

from spectrum_orders.web.openapi.document import check_described, describe

__all__ = ["check_described", "describe"]
