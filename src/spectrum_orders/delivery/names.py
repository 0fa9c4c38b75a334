"""What a package is called at its destinations: the same however often it is sent."""

from __future__ import annotations

from spectrum_orders import ids
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.domain.package import naming
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.packages import Package


def package_name(snapshot: Snapshot, package: Package, order: StoredOrder) -> str:
    """``client/PO_pkg_….zip``: without a person in it, safe on every file system."""
    client = snapshot.clients[package.client_id].handle
    number = ids.readable("pkg", package.id)
    return naming.package_name(client, order.purchase_order_number, number, kind=package.kind)


def names_there(
    snapshot: Snapshot, environment: str, package: Package, order: StoredOrder
) -> list[tuple[int, str]]:
    """The destinations of a package's partner that are marked for this environment, and its name there."""
    ways = snapshot.of_partner(package.partner_id, environment)
    if not ways:
        return []
    name = package_name(snapshot, package, order)
    return [(one.id, name) for one in ways]
