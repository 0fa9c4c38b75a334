"""What is known of how long an order's lines took."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from spectrum_orders.domain.times import Moved, Reached, Times, line_times
from spectrum_orders.store import lines, packages, progress
from spectrum_orders.store.orders import StoredLine
from spectrum_orders.store.progress import Line


def of_order(
    connection: Connection, client_id: int, order_id: int, positions: Sequence[int], now: int
) -> list[tuple[StoredLine, Times]]:
    """The times of these lines of an order, in their order."""
    found = progress.find(connection, [(client_id, order_id)]).get((client_id, order_id))
    if found is None:
        return []
    history = lines.history(connection, client_id, order_id)
    return [
        (
            line.line,
            line_times(
                found.order.acknowledged_at,
                _reached(line),
                [
                    Moved(one.at, one.before, one.after)
                    for one in history
                    if one.position == line.line.position
                ],
                now,
            ),
        )
        for line in found.progress.lines
        if line.line.position in positions
    ]


def _reached(line: Line) -> Reached:
    sent = [one.settled_at for one in line.deliveries if one.state == packages.SENT and one.settled_at]
    return Reached(
        routed=None if line.route is None or line.route.partner_id is None else line.route.decided_at,
        # A package is owed to its destinations in the moment in which it is ready.
        ready=min((one.created_at for one in line.deliveries), default=None),
        delivered=max(sent) if line.delivered and sent else None,
        collected=None if line.package is None else line.package.collected_at,
        shipped=line.line.shipped_at,
    )
