"""How far orders have come: each line with its partner, artwork, package, deliveries and shipments."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.routing import Decision
from spectrum_orders.store import orders, packages, recipes, renewals, routing, shipments, together
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.orders import StoredLine, StoredOrder
from spectrum_orders.store.packages import Delivery, Package
from spectrum_orders.store.recipes import Artwork
from spectrum_orders.store.renewals import Renewed
from spectrum_orders.store.routing import LineRoute
from spectrum_orders.store.schema import artworks, clients, deliveries, line_moves, line_routes, routes
from spectrum_orders.store.schema import packages as package_table
from spectrum_orders.store.schema import shipments as shipment_table
from spectrum_orders.store.shipments import Shipped
from spectrum_orders.store.together import Part, Rows, Sought

_PACKAGES = (
    "SELECT client_id AS first, id AS second FROM given CROSS JOIN packages"
    " WHERE client_id = first AND order_id = second"
)
_PARTS = (
    Part(line_routes, order=("position",)),
    Part(package_table, order=("id",)),
    Part(shipment_table, order=("id",)),
    Part(line_moves, order=("id",), only=f"t.kind = '{renewals.KIND}'"),
    Part(
        deliveries,
        ("client_id", "package_id"),
        ("destination_id",),
        via=_PACKAGES,
    ),
    Part(
        artworks,
        ("client_id", "recipe_version"),
        via="SELECT DISTINCT client_id AS first, recipe_version AS second FROM given CROSS JOIN lines"
        " WHERE client_id = first AND order_id = second",
    ),
    # One rule of each client: enough to know that there is any.
    Part(
        routes,
        ("client_id", "id"),
        via="SELECT first, (SELECT min(id) FROM routes WHERE client_id = first) AS second"
        " FROM (SELECT DISTINCT first FROM given) AS owners",
    ),
    Part(clients, ("id", "id"), via="SELECT DISTINCT first, first AS second FROM given"),
)


class Line(msgspec.Struct, frozen=True):
    """One line. Without a ``route`` nobody has looked for a partner yet, unless it is ``ruleless``: nobody
    need look, because its client has not a single rule. ``renewed``: it was bound to a newer version."""

    line: StoredLine
    route: LineRoute | None
    artwork: Artwork | None
    package: Package | None
    deliveries: tuple[Delivery, ...]
    shipments: tuple[Shipped, ...]
    ruleless: bool = False
    renewed: Renewed | None = None

    @property
    def decision(self) -> Decision | None:
        """Which partner makes it, and why; ``None`` when nobody can tell yet."""
        if self.route is not None:
            return rules.decode(self.route.reason)
        return Decision(None, None, ()) if self.ruleless else None

    @property
    def partner_id(self) -> int | None:
        """Who makes it."""
        return None if self.route is None else self.route.partner_id

    @property
    def rendered(self) -> bool:
        """Its print files are made and may be printed; those of a line that was delivered were."""
        return self.delivered or (self.artwork is not None and self.artwork.state == "ready")

    @property
    def delivered(self) -> bool:
        """Every destination of its partner has it."""
        return self.package is not None and self.package.state == packages.DELIVERED

    @property
    def collected(self) -> bool:
        """Its partner has said that it received it."""
        return self.package is not None and self.package.collected_at is not None


class Progress(msgspec.Struct, frozen=True):
    """An order's lines, and every package that was ever made for it."""

    lines: tuple[Line, ...]
    packages: tuple[Package, ...]

    @property
    def completions(self) -> tuple[Package, ...]:
        """Tickets that followed packages with addresses."""
        return tuple(one for one in self.packages if one.kind == packages.COMPLETION)

    @property
    def counts(self) -> dict[str, int]:
        """Lines acknowledged, routed, rendered, delivered and collected, those that are cancelled left out.

        A line that is not in all of them is a gap, but that many a factory never says what it collected.
        """
        alive = [one for one in self.lines if not one.line.cancelled]
        return {
            "acknowledged": len(alive),
            "routed": sum(one.partner_id is not None for one in alive),
            "rendered": sum(one.rendered for one in alive),
            "delivered": sum(one.delivered for one in alive),
            "collected": sum(one.collected for one in alive),
            "shipped": sum(one.line.shipped_at is not None for one in alive),
            "cancelled": len(self.lines) - len(alive),
        }


class Come(msgspec.Struct, frozen=True):
    """An order with its client's handle and how far it has come."""

    client_handle: str
    order: StoredOrder
    progress: Progress


def of_order(connection: Connection, order: StoredOrder) -> Progress:
    """How far this order has come."""
    mark = (order.client_id, order.id)
    return find(connection, [mark])[mark].progress


def find(connection: Connection, marks: Sequence[Mark] | Sought) -> dict[Mark, Come]:
    """Orders and how far each has come, by client and id: one statement, however many they are. Those that
    are not there are left out."""
    tables = together.read(connection, marks, *orders.PARTS, *_PARTS)
    found = orders.assemble(*tables[: len(orders.PARTS)])
    routed, made, shipped, moved, sent, art, rules, owners = tables[len(orders.PARTS) :]
    # Of a client without any rule the planner writes nothing down: there may be a million such orders.
    ruled = {client_id for client_id, _ in rules}
    return {
        mark: Come(
            owners[order.client_id, order.client_id][0].handle,
            order,
            _progress(
                order,
                {row.position: routing.read_row(row) for row in routed.get(mark, ())},
                [packages.read_row(row) for row in made.get(mark, ())],
                sent,
                art,
                [shipments.read_row(row) for row in shipped.get(mark, ())],
                renewals.latest(moved.get(mark, ())),
                ruleless=order.client_id not in ruled,
            ),
        )
        for mark, order in found.items()
    }


def _progress(
    order: StoredOrder,
    decided: dict[int, LineRoute],
    made: list[Package],
    sent: Rows,
    art: Rows,
    shipped: list[Shipped],
    renewed: dict[int, Renewed],
    *,
    ruleless: bool,
) -> Progress:
    by_position = {
        position: package
        for package in made
        if package.kind == packages.PACKAGE and package.state != packages.CANCELLED
        for position in package.positions
    }
    lines = []
    for line in order.lines:
        package = by_position.get(line.position)
        ways = () if package is None else sent.get((order.client_id, package.id), ())
        become = () if line.recipe_version is None else art.get((order.client_id, line.recipe_version), ())
        lines.append(
            Line(
                line,
                decided.get(line.position),
                recipes.read_artwork(become[0]) if become else None,
                package,
                tuple(Delivery(*row) for row in ways),
                tuple(one for one in shipped if one.position == line.position),
                ruleless and line.position not in decided,
                renewed.get(line.position),
            )
        )
    return Progress(tuple(lines), tuple(made))
