"""What people may ask of whoever holds their data, and what factories say of it."""

from __future__ import annotations

from spectrum_orders.web.privacy.erasures import Erasures
from spectrum_orders.web.privacy.person import Person

__all__ = ["Erasures", "Person"]
