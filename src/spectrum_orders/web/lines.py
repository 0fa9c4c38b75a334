"""Where a line stands between its acknowledgement and the factory, as a client reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from spectrum_orders import ids
from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.catalogue import judgement
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.routing import Decision
from spectrum_orders.store.orders import StoredLine
from spectrum_orders.store.packages import Package
from spectrum_orders.store.progress import Line
from spectrum_orders.store.recipes import ERASED, UNPRINTABLE, Artwork
from spectrum_orders.store.renewals import Renewed
from spectrum_orders.store.shipments import Shipped

AWAITING, PENDING = "awaiting-artwork", "pending"
"""Of a recipe set that is not known here, and of one whose files nobody has made yet."""

ARTWORK_STATES = (AWAITING, PENDING, "ready", "rejected", "failed", "erased")

UNPLANNED = "unplanned"
"""Nobody has made a package of the line yet, or no rule leads it anywhere."""

DELIVERY_STATES = (UNPLANNED, "making", "waiting", "rejected", "ready", "delivered", "cancelled")
WAY_STATES = ("pending", "sending", "sent", "buried", "withdrawn")


def artwork(version: int | None, made: Artwork | None, renewed: Renewed | None = None) -> dict[str, Any]:
    """The member ``artwork``; ``renewed`` when it is another than the order was acknowledged with. It names
    the token of whoever wished that, and so is for its shop alone."""
    if version is None:
        return {"state": AWAITING}
    shown: dict[str, Any] = {
        "state": PENDING if made is None else made.state,
        "version": ids.readable("ver", version),
    }
    if made is not None and made.state != ERASED:
        shown["madeAt"] = iso(made.made_at)
    if renewed is not None:
        before = {"before": renewed.before} if renewed.before else {}
        shown["renewed"] = {"at": iso(renewed.at), "by": renewed.actor, **before}
    if made is not None and made.state in UNPRINTABLE:
        findings = made.against
        shown["findings"] = msgspec.to_builtins(findings[: judgement.MOST])
        if more := len(findings[judgement.MOST :]):
            shown["moreFindings"] = more
    return shown


def routing(decision: Decision | None) -> dict[str, Any]:
    """The member ``routing``; ``None`` when nobody has decided yet."""
    if decision is None:
        return {"decided": False, "partner": None, "rule": None, "why": []}
    return {
        "decided": True,
        "partner": decision.partner,
        "rule": decision.rule,
        "why": rules.explain(decision),
    }


def own_routing(partner: str) -> dict[str, Any]:
    """The member ``routing`` as the factory reads it."""
    return {"decided": True, "partner": partner, "rule": None, "why": []}


def tracking(line: Line, sent: Sequence[str] | None) -> list[str]:
    """Every tracking number that was reported; where there is none, what came with the order."""
    reported = dict.fromkeys(number for one in line.shipments for number in one.tracking)
    return list(reported) or list(sent or ())


def shipment(one: Shipped) -> dict[str, Any]:
    """A parcel."""
    return {"at": iso(one.at), "tracking": one.tracking, "serialNumbers": one.serial_numbers}


def follow_up(package: Package) -> dict[str, Any]:
    """A package that repeats an earlier one, or takes it back."""
    return {
        "packageId": ids.readable("pkg", package.id),
        "kind": package.kind,
        "follows": ids.readable("pkg", package.completes),
        "state": package.state,
    }


def delivery(line: Line) -> dict[str, Any]:
    """The member ``delivery``. What a destination is called is between the operator and the partner."""
    package = line.package
    if package is None:
        return {"state": UNPLANNED}
    shown: dict[str, Any] = {"state": package.state, "packageId": ids.readable("pkg", package.id)}
    if package.reason:
        shown["reason"] = package.reason
    for name, at in (("acceptedAt", package.accepted_at), ("collectedAt", package.collected_at)):
        if at is not None:
            shown[name] = iso(at)
    shown["destinations"] = [
        {
            "state": way.state,
            "attempts": way.attempts,
            "settledAt": None if way.settled_at is None else iso(way.settled_at),
        }
        for way in line.deliveries
    ]
    return shown


def ship_by(line: StoredLine) -> str | None:
    """The member ``shipBy``; ``None`` when nobody has set a deadline."""
    return None if line.ship_by is None else iso(line.ship_by)


def completion(package: Package) -> dict[str, Any]:
    """A ticket that followed a package because addresses came after it had left."""
    return {
        "packageId": ids.readable("pkg", package.id),
        "completes": ids.readable("pkg", package.completes),
        "state": package.state,
    }
