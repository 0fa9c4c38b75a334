"""What an erasure comes to, in pointers, ids and numbers: for whoever asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spectrum_orders import ids
from spectrum_orders.domain.instants import iso
from spectrum_orders.lifecycle.erasing import Erased, Plan
from spectrum_orders.store.disposals import Version


def planned(plan: Plan, partners: Mapping[int, str]) -> dict[str, Any]:
    """What would go, what stays and why, who would be told. ``partners``: handles by id."""
    already = plan.erased_at is not None
    return {
        "purchaseOrderNumber": plan.purchase_order_number,
        "erased": False,
        "erasedAt": None if plan.erased_at is None else iso(plan.erased_at),
        "fields": [] if already else list(plan.fields),
        "artwork": [_version(one) for one in plan.disposal.gone],
        "artworkKept": [_version(one) | {"why": one.why} for one in plan.disposal.kept],
        "uploads": len(plan.disposal.uploads),
        "receiptsKept": plan.receipts,
        "partnersTold": [] if already else [partners[one] for one in plan.told],
        "packagesHeld": [] if already else [ids.readable("pkg", one.id) for one in plan.held],
    }


def done(erased: Erased, partners: Mapping[int, str]) -> dict[str, Any]:
    """What went. ``erased`` is false of an order whose people were erased before."""
    told = planned(erased.plan, partners) | {"erasedAt": iso(erased.at)}
    if erased.already:
        return told | {"fields": [], "partnersTold": [], "packagesHeld": []}
    return told | {
        "erased": True,
        "uploads": erased.uploads,
        "partnersTold": [partners[one] for one in erased.told],
        "packagesHeld": [ids.readable("pkg", one) for one in erased.held],
    }


def _version(one: Version) -> dict[str, Any]:
    return {"recipeSetId": one.readable_id, "version": ids.readable("ver", one.id)}
