"""How far an order has come: each line with its partner, artwork, package and deliveries."""

from __future__ import annotations

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.store import packages, recipes, routing
from spectrum_orders.store.orders import StoredLine, StoredOrder
from spectrum_orders.store.packages import Delivery, Package
from spectrum_orders.store.recipes import Artwork


class Line(msgspec.Struct, frozen=True):
    """One line. ``decided`` says whether anybody has looked for a partner yet."""

    line: StoredLine
    decided: bool
    partner_id: int | None
    artwork: Artwork | None
    package: Package | None
    deliveries: tuple[Delivery, ...]

    @property
    def rendered(self) -> bool:
        """Its print files are made and may be printed."""
        return self.artwork is not None and self.artwork.state == "ready"

    @property
    def delivered(self) -> bool:
        """Every destination of its partner has it."""
        return self.package is not None and self.package.state == packages.DELIVERED


class Progress(msgspec.Struct, frozen=True):
    """An order's lines, and the packages that came after the first ones (``completions``)."""

    lines: tuple[Line, ...]
    completions: tuple[Package, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Lines acknowledged, routed, rendered and delivered. A line that is not in all four is a gap."""
        return {
            "acknowledged": len(self.lines),
            "routed": sum(one.partner_id is not None for one in self.lines),
            "rendered": sum(one.rendered for one in self.lines),
            "delivered": sum(one.delivered for one in self.lines),
        }


def of_order(connection: Connection, order: StoredOrder) -> Progress:
    """How far this order has come."""
    client_id = order.client_id
    decided = {one.position: one for one in routing.of_order(connection, client_id, order.id)}
    made = packages.of_order(connection, client_id, order.id)
    sent = packages.deliveries_of(connection, client_id, [one.id for one in made])
    by_position = {
        position: package
        for package in made
        if package.kind == packages.PACKAGE and package.state != packages.CANCELLED
        for position in package.positions
    }
    artworks = {
        version: recipes.find_artwork(connection, client_id, version)
        for version in {line.recipe_version for line in order.lines}
        if version is not None
    }
    lines = []
    for line in order.lines:
        route, package = decided.get(line.position), by_position.get(line.position)
        lines.append(
            Line(
                line,
                route is not None,
                None if route is None else route.partner_id,
                None if line.recipe_version is None else artworks[line.recipe_version],
                package,
                tuple(one for one in sent if package is not None and one.package_id == package.id),
            )
        )
    return Progress(tuple(lines), tuple(one for one in made if one.kind == packages.COMPLETION))
