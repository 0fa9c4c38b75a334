"""``/openapi.json``, ``/docs`` and ``/``: the API, described to programs and to people."""

from __future__ import annotations

from spectrum_orders.web.reference.endpoint import Reference

__all__ = ["Reference"]
