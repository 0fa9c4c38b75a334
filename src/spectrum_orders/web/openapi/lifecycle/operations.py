"""The description of every route about orders after their capture."""

from __future__ import annotations

from spectrum_orders.errors import (
    Ambiguous,
    BadRequest,
    Conflict,
    Invalid,
    NotFound,
    NotJson,
    RequestTimeout,
    SealBroken,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from spectrum_orders.web.openapi.lifecycle import examples
from spectrum_orders.web.openapi.operation import CSV, JSON, NDJSON, ZIP, Answer, Body, Example, Operation

FINDING, MOVING, PACKAGES = "Finding orders", "Moving orders", "Packages"

_SENT = (NotJson, BadRequest, RequestTimeout, TooLarge, UnsupportedMediaType, Invalid, Unavailable)
_MOVED = (*_SENT, NotFound, Ambiguous, Conflict)


def _moving(id: str, path: str, summary: str, description: str, request: Body, moved: object) -> Operation:
    """The two routes that factories' clients know word for word."""
    return Operation(
        id=id,
        tag=MOVING,
        summary=summary,
        description=description,
        parameters=("client",),
        request=(request,),
        answers=(
            Answer(
                200, "Every line was updated.", (Body(JSON, "Moved", (Example("moved", "Updated", moved),)),)
            ),
        ),
        errors=_MOVED,
        error_body=Body(
            JSON, "NotMoved", (Example("unknown", "A line is not there", examples.unknown(path)),)
        ),
    )


def _status(method: str) -> Operation:
    return _moving(
        f"{method}Status",
        "/api/order/status",
        "Say how far lines are",
        "All or nothing: with one unknown line no line changes. Whatever comes again is a 200 and changes "
        "nothing, and a line that is `delivered` or `cancelled` does not move back because of a status that "
        "comes late; the history tells. A recipe set that several lines have moves all of them. "
        "`cancelled` is "
        "a cancellation, with all that follows from it: see `POST /api/order/cancel`.\n\n"
        "An unknown line is a 404, or a 409 by the setting `SPECTRUM_UNKNOWN_LINE_STATUS`.",
        Body(JSON, "StatusUpdate", (Example("status", "One line", examples.STATUS),)),
        examples.STATUS_MOVED,
    )


def _change(
    id: str, summary: str, description: str, *, example: object = None, schema: str = "Change"
) -> Operation:
    sent = examples.CHANGE if example is None else example
    return Operation(
        id=id,
        tag=MOVING,
        summary=summary,
        description=description,
        parameters=("client", "dryRun"),
        request=(Body(JSON, schema, (Example("change", "All lines of an order", sent),)),),
        answers=(
            Answer(
                200,
                "It is so now, or was already.",
                (Body(JSON, "Changed", (Example("changed", "Of a cancellation", examples.CHANGED),)),),
            ),
        ),
        errors=_MOVED,
    )


def _said(id: str, summary: str, description: str, *, request: tuple[Body, ...] = ()) -> Operation:
    return Operation(
        id=id,
        tag=PACKAGES,
        summary=summary,
        description=description,
        parameters=("packageId",),
        request=request,
        answers=(
            Answer(
                200,
                "It is noted, or was already.",
                (Body(JSON, "PackageState", (Example("package", "The package", examples.PACKAGE),)),),
            ),
        ),
        errors=(*(_SENT if request else (Unavailable,)), NotFound, Conflict),
    )


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/api/orders/search"): Operation(
        id="searchOrders",
        tag=FINDING,
        summary="Ask for orders that changed",
        description="A bare array of whole orders that have a line in one of the statuses and were "
        "modified in "
        "the window, the longest unmodified first. A shop is told of its own orders, a factory of the lines "
        "that are routed to it and of the people that it may see; each opening of people is recorded in the "
        "journal. That a line becomes visible to a factory counts as a modification, so who polls by date "
        "misses nothing; let each window begin a minute before the last one ended.\n\n"
        "Without `limit` everything comes at once, streamed. With it a page comes, and the header `Link` "
        "leads "
        "to the next one. Members that are not known are named in `Spectrum-Warnings`.",
        parameters=("searchCursor",),
        request=(Body(JSON, "Search", (Example("search", "What is new", examples.SEARCH),)),),
        answers=(
            Answer(
                200,
                "The orders.",
                (
                    Body(
                        JSON,
                        {"type": "array", "items": {"$ref": "#/components/schemas/StoredOrder"}},
                        (Example("found", "One order", examples.FOUND),),
                    ),
                ),
                headers=("Link", "Spectrum-Warnings"),
            ),
        ),
        errors=(*_SENT, SealBroken),
    ),
    ("GET", "/api/orders"): Operation(
        id="listOrders",
        tag=FINDING,
        summary="Look for orders",
        description="The newest first, without their people: who may see these reads the order. Filters "
        "narrow each other; a parameter that is not known is a 400. With `format=csv` or "
        "`format=ndjson` the answer is everything, as one file; of CSV each row is a line of an order.",
        parameters=(
            "client",
            "partner",
            "status",
            "prefix",
            "recipeSet",
            "sku",
            "acknowledgedFrom",
            "acknowledgedTo",
            "modifiedFrom",
            "modifiedTo",
            "source",
            "problem",
            "format",
            "listLimit",
            "listCursor",
        ),
        answers=(
            Answer(
                200,
                "The orders.",
                (
                    Body(JSON, "OrderList", (Example("listed", "One order", examples.LISTED),)),
                    Body(NDJSON, {"type": "string"}),
                    Body(CSV, {"type": "string"}),
                ),
            ),
        ),
        errors=(BadRequest, Unavailable),
    ),
    ("PUT", "/api/order/status"): _status("put"),
    ("POST", "/api/order/status"): _status("post"),
    ("POST", "/api/order/ship-notification"): _moving(
        "notifyShipment",
        "/api/order/ship-notification",
        "Say that lines were shipped",
        "All or nothing. Tracking numbers come as a text or as a list of them; several parcels of one line "
        "stand side by side, and what is said again changes nothing. An order is shipped when its last "
        "line is. "
        "An unknown line is a 409. A line that was cancelled is noted as shipped all the same, with a "
        "warning, and is an exception until somebody says that it is settled.",
        Body(JSON, "ShipNotification", (Example("shipment", "One line", examples.SHIPMENT),)),
        examples.SHIPPED,
    ),
    ("POST", "/api/order/hold"): _change(
        "holdOrder",
        "Hold lines back",
        "They do not leave before they are released; their files may be made meanwhile. The other lines of "
        "their package wait with them. 409 when the package has left already.",
    ),
    ("POST", "/api/order/release"): _change(
        "releaseOrder", "Release lines", "What was held back may leave again, at once."
    ),
    ("POST", "/api/order/cancel"): _change(
        "cancelOrder",
        "Cancel lines",
        "What has not left never will. Of what has, the factory gets a cancellation, a ticket that names the "
        "package and the lines. A shop may cancel for as long as its client's setting allows, 24 hours after "
        "the acknowledgement unless set otherwise; afterwards it is a 409 that says since when.",
    ),
    ("POST", "/api/order/redeliver"): _change(
        "redeliverOrder",
        "Send packages again",
        "The packages that these lines are in are sent once more, to every destination and under the same "
        "names: "
        "one that has them already is found to have them, and nothing doubles. Lines that were cancelled or "
        "led elsewhere since are not in them any more.",
    ),
    ("POST", "/api/order/reprint"): _change(
        "reprintOrder",
        "Have lines printed again",
        "New packages, marked as repeating the earlier ones, with the files that the lines are bound to, "
        "byte for byte, for the factory that has them now. 409 when a line was never delivered to it, or its "
        "artwork was erased.",
    ),
    ("POST", "/api/order/reroute"): _change(
        "rerouteOrder",
        "Lead lines to another factory",
        "What the earlier factory has is followed by a cancellation. Only a factory that a rule of this "
        "client "
        "names may be chosen.\n\n"
        "With `artwork: newest` the lines are bound to their recipe sets as they are now, also where the "
        "factory stays the same: of lines that a factory rejected or set to `revision`, which start again as "
        "`not-started`, or whose package has not left. Of any other it is a 409. The order says in `renewed` "
        "when, by whom and from which version.",
        example=examples.REROUTING,
        schema="Rerouting",
    ),
    ("POST", "/api/order/settle"): _change(
        "settleOrder",
        "Settle what was shipped although it was cancelled",
        "Lines that were shipped after they had been cancelled are an exception until their shop, or the "
        "operator, says that it is settled: the parcel comes back, or somebody pays. They stay cancelled. Of "
        "other lines nothing changes.",
    ),
    ("POST", "/api/order/links"): Operation(
        id="makeLink",
        tag=PACKAGES,
        summary="Make a link to the print files of an order",
        description="For somebody without a token. Whoever has the link gets the print files of the order's "
        "lines, of a factory's own lines when a factory made it, until it ends: 24 hours, or a week at most. "
        "No ticket and no address is ever in them, and no line that is cancelled or on hold.",
        parameters=("client",),
        request=(Body(JSON, "LinkRequest", (Example("link", "For two days", examples.LINK_REQUEST),)),),
        answers=(
            Answer(200, "The link.", (Body(JSON, "Link", (Example("link", "A link", examples.LINK),)),)),
        ),
        errors=(*_SENT, NotFound, Ambiguous),
    ),
    ("GET", "/files/{link}"): Operation(
        id="openLink",
        tag=PACKAGES,
        summary="Open a link to print files",
        description="The print files as one flat ZIP. The link is all that is needed, so keep it to "
        "yourself.",
        parameters=("link",),
        answers=(Answer(200, "The ZIP.", (Body(ZIP, {"type": "string"}),)),),
        errors=(NotFound, Conflict, Invalid, SealBroken, Unavailable),
    ),
    ("GET", "/api/packages"): Operation(
        id="listPackages",
        tag=PACKAGES,
        summary="List what a factory was sent",
        description="For partners, with tokens of their own: the newest first. Packages that are still being "
        "made are not among them.",
        parameters=("packageState", "packageLimit", "listCursor"),
        answers=(
            Answer(
                200,
                "The packages.",
                (Body(JSON, "PackageList", (Example("packages", "One package", examples.PACKAGES),)),),
            ),
        ),
        errors=(BadRequest, Unavailable),
    ),
    ("POST", "/api/packages/{packageId}/accepted"): _said(
        "acceptPackage", "Take a package on", "The factory will make what is in it."
    ),
    ("POST", "/api/packages/{packageId}/received"): _said(
        "receivePackage",
        "Say that a package was received",
        "The same is said by a file beside the package, named like it with `.received` at its end. A package "
        "that nobody says to have received is an exception once the partner's `--collect-hours` have passed.",
    ),
    ("POST", "/api/packages/{packageId}/rejected"): _said(
        "rejectPackage",
        "Turn a package down",
        "The factory will not make it, or those of its lines that are named. They go to the next factory "
        "that a "
        "rule names, or become an exception.",
        request=(Body(JSON, "Refusal", (Example("refusal", "All lines", examples.REFUSAL),)),),
    ),
}
"""(method, path) -> what is said about it."""
