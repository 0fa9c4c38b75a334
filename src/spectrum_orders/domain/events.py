"""Facts that may leave the house: the closed catalogue of events and what each of them tells.

No event holds anything of a person; whoever is told and may know asks for the order.
"""

from __future__ import annotations

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """A kind of event. ``members`` are those of ``data`` beside the ones that every event of an order has:
    ``clientHandle``, ``purchaseOrderNumber`` and, where it is about some lines, ``lineItems``."""

    name: str
    when: str
    members: tuple[tuple[str, str], ...] = ()


_PACKAGE = ("packageId", "The package's id.")
_REASON = ("reason", "Why, in the words of whoever said so; empty once the order's people are erased.")
_ACTOR = ("by", "Who did it: the id of an API token, `cli` or `worker`.")

ACKNOWLEDGED = "order.acknowledged"
COMPLETED = "order.completed"
STATUS_CHANGED = "line.status_changed"
LINE_SHIPPED = "line.shipped"
HELD = "line.held"
RELEASED = "line.released"
CANCELLED = "line.cancelled"
ROUTED = "line.routed"
REJECTED = "line.rejected"
SHIPPED = "order.shipped"
ORDER_CANCELLED = "order.cancelled"
ARTWORK_READY = "artwork.ready"
ARTWORK_REJECTED = "artwork.rejected"
DELIVERED = "package.delivered"
ACCEPTED = "package.accepted"
COLLECTED = "package.collected"
BURIED = "delivery.buried"
ERASED = "person.erased"
TEST = "webhook.test"

CATALOGUE = (
    Kind(ACKNOWLEDGED, "An order was acknowledged and is safe."),
    Kind(COMPLETED, "The addresses of an order that was acknowledged without them have come."),
    Kind(
        ROUTED,
        "Lines were led to a factory, by the rules or by somebody.",
        (("partner", "The factory's handle."),),
    ),
    Kind(
        STATUS_CHANGED,
        "The workflow status of lines changed.",
        (("from", "The status before."), ("to", "The status now."), _ACTOR),
    ),
    Kind(
        LINE_SHIPPED,
        "Lines were shipped, or more was said about their shipment.",
        (
            ("shipmentTracking", "The tracking numbers."),
            ("serialNumbers", "The serial numbers."),
            _ACTOR,
        ),
    ),
    Kind(SHIPPED, "The last line of an order that was still to be shipped was shipped."),
    Kind(HELD, "Lines were put on hold; they do not leave.", (_REASON, _ACTOR)),
    Kind(RELEASED, "Lines that were on hold may leave again.", (_ACTOR,)),
    Kind(CANCELLED, "Lines were cancelled.", (_REASON, _ACTOR)),
    Kind(ORDER_CANCELLED, "The last line of an order that was not cancelled yet was cancelled."),
    Kind(
        REJECTED,
        "A factory will not make these lines.",
        (("partner", "The factory's handle."), _REASON, _ACTOR),
    ),
    Kind(ARTWORK_READY, "The print files of a package are made and may be printed.", (_PACKAGE,)),
    Kind(
        ARTWORK_REJECTED,
        "Print files of a package may not be printed; the order says why, in the `artwork` of its lines.",
        (_PACKAGE,),
    ),
    Kind(
        DELIVERED,
        "Every destination of a factory has a package, whole and checked.",
        (_PACKAGE, ("kind", "`package`, `completion`, `reprint`, `cancellation` or `erasure`.")),
    ),
    Kind(ACCEPTED, "A factory will make a package.", (_PACKAGE, _ACTOR)),
    Kind(COLLECTED, "A factory says that it has received a package.", (_PACKAGE, _ACTOR)),
    Kind(
        BURIED,
        "A delivery was given up, and somebody has to look after it.",
        (_PACKAGE, ("code", "What went wrong, as a code.")),
    ),
    Kind(ERASED, "The people of an order were erased."),
    Kind(TEST, "Somebody asked for it, to see whether events arrive.", (("message", "A greeting."),)),
)
"""Every kind, in the order of an order's life."""

KINDS = tuple(kind.name for kind in CATALOGUE)
