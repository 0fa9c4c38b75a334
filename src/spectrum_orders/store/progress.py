"""How far orders have come: each line with its partner, artwork, package, deliveries and shipments."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.routing import Decision
from spectrum_orders.store import packages, recipes, routing, shipments, together
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.orders import StoredLine, StoredOrder
from spectrum_orders.store.packages import Delivery, Package
from spectrum_orders.store.recipes import Artwork
from spectrum_orders.store.routing import LineRoute
from spectrum_orders.store.schema import line_routes
from spectrum_orders.store.schema import packages as package_table
from spectrum_orders.store.schema import shipments as shipment_table
from spectrum_orders.store.shipments import Shipped
from spectrum_orders.store.together import Part

_PARTS = (
    Part(line_routes, order=("position",)),
    Part(package_table, order=("id",)),
    Part(shipment_table, order=("id",)),
)


class Line(msgspec.Struct, frozen=True):
    """One line. Without a ``route`` nobody has looked for a partner yet, unless it is ``ruleless``: nobody
    need look, because its client has not a single rule."""

    line: StoredLine
    route: LineRoute | None
    artwork: Artwork | None
    package: Package | None
    deliveries: tuple[Delivery, ...]
    shipments: tuple[Shipped, ...]
    ruleless: bool = False

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


def of_order(connection: Connection, order: StoredOrder) -> Progress:
    """How far this order has come."""
    return of_orders(connection, [order])[0]


def of_orders(connection: Connection, several: Sequence[StoredOrder]) -> list[Progress]:
    """How far each of these orders has come: one statement for each table, however many they are."""
    marks = [(one.client_id, one.id) for one in several]
    routes, made, shipped = together.read(connection, marks, *_PARTS)
    sent = packages.deliveries_of_many(
        connection, [(row.client_id, row.id) for rows in made.values() for row in rows]
    )
    # Of a client without any rule the planner writes nothing down: there may be a million such orders.
    open_ones = {
        order.client_id
        for order, mark in zip(several, marks, strict=True)
        if len(routes.get(mark, ())) < len(order.lines)
    }
    ruleless = open_ones - routing.with_rules(connection, open_ones)
    versions = {(one.client_id, line.recipe_version) for one in several for line in one.lines}
    art = recipes.find_artworks(connection, [(client, version) for client, version in versions if version])
    return [
        _progress(
            order,
            {row.position: routing.read_row(row) for row in routes.get(mark, ())},
            [packages.read_row(row) for row in made.get(mark, ())],
            sent,
            art,
            [shipments.read_row(row) for row in shipped.get(mark, ())],
            ruleless=order.client_id in ruleless,
        )
        for order, mark in zip(several, marks, strict=True)
    ]


def _progress(
    order: StoredOrder,
    routes: dict[int, LineRoute],
    made: list[Package],
    sent: dict[Mark, list[Delivery]],
    art: dict[Mark, Artwork],
    shipped: list[Shipped],
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
        lines.append(
            Line(
                line,
                routes.get(line.position),
                None if line.recipe_version is None else art.get((order.client_id, line.recipe_version)),
                package,
                () if package is None else tuple(sent.get((order.client_id, package.id), ())),
                tuple(one for one in shipped if one.position == line.position),
                ruleless and line.position not in routes,
            )
        )
    return Progress(tuple(lines), tuple(made))
