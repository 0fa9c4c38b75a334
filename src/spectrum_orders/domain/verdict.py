"""What reading an order comes to."""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.order import Order
from spectrum_orders.errors import Problem


class Accepted(msgspec.Struct, frozen=True):
    """An order that may be captured, and what its sender should know all the same."""

    order: Order
    warnings: tuple[Problem, ...]


class Rejected(msgspec.Struct, frozen=True):
    """An order that cannot be captured, and every reason why.

    ``purchase_order_number`` is there if it could be read. ``line_ids`` holds the recipe set id
    of each line as far as it could be read, in the request's order, for the lines that one order
    may have at most.
    """

    purchase_order_number: str | None
    line_ids: tuple[str | None, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
