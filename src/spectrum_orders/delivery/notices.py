"""What is sent to a factory that is to forget somebody: a ticket without a person, a file or a line."""

from __future__ import annotations

import msgspec

from spectrum_orders import __version__, ids
from spectrum_orders.artwork.zipping import Zipped
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.zipping import packed
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.order import OrderContent
from spectrum_orders.domain.package import facts
from spectrum_orders.errors import Internal
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import erasures
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.packages import Package

_decode = msgspec.json.Decoder(OrderContent).decode


def erasure_notice(runtime: Runtime, snapshot: Snapshot, package: Package, order: StoredOrder) -> Zipped:
    """The package that names what to delete, until when, and where to confirm it.

    Its ticket is JSON alone, whatever forms the partner wants for jobs: this is none.
    """
    with runtime.database.read() as connection:
        erasure = erasures.find(connection, package.client_id, package.order_id, package.partner_id)
    if erasure is None:
        raise Internal("A factory was to be told of an erasure that is not there.")
    told = facts.Package(
        id=ids.readable("pkg", package.id),
        client_handle=snapshot.clients[package.client_id].handle,
        order_id=ids.readable("ord", order.id),
        purchase_order_number=order.purchase_order_number,
        order_date=_decode(order.content).order_date,
        partner_handle=snapshot.partners[package.partner_id].handle,
        lines=(),
        kind=package.kind,
        erases=tuple(ids.readable("pkg", number) for number in erasure.packages),
        delete_by=iso(erasure.erased_at + erasures.CONFIRM_US),
        confirm_at=f"/api/erasures/{erasure.readable_id}/confirmed",
        versions={"spectrum-orders": __version__},
    )
    return packed(told, {}, [])
