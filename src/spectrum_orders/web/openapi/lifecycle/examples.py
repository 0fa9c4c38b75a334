"""Examples of the routes about orders after their capture."""

from __future__ import annotations

from typing import Any

from spectrum_orders.lifecycle.orders import UnknownLines
from spectrum_orders.web import problems
from spectrum_orders.web.openapi.examples import REQUEST_ID, STORED

NUMBER = "42015953"
STATUS: dict[str, Any] = {
    "purchaseOrderNumber": NUMBER,
    "lineItems": [{"recipeSetReadableId": "ABCD1234", "workflowStatus": "in-progress"}],
}
SHIPMENT: dict[str, Any] = {
    "purchaseOrderNumber": NUMBER,
    "lineItems": [{"recipeSetReadableId": "ABCD1234", "shipmentTracking": ["1Z999AA10123456784"]}],
}
STATUS_MOVED = {
    "purchaseOrderNumber": NUMBER,
    "status": "OK",
    "details": "Updated workflow status for recipeSetReadableId(s): ABCD1234.",
}
SHIPPED = {
    "purchaseOrderNumber": NUMBER,
    "status": "OK",
    "details": "Updated tracking number for recipeSetReadableId(s): ABCD1234.",
}
CHANGE: dict[str, Any] = {"purchaseOrderNumber": NUMBER, "reason": "The customer has changed her mind."}
CHANGED: dict[str, Any] = {
    "clientHandle": "acme",
    "purchaseOrderNumber": NUMBER,
    "lineItems": [
        {
            "id": 1,
            "recipeSetReadableId": "ABCD1234",
            "workflowStatus": "cancelled",
            "onHold": False,
            "artworkVersion": "ver_03f9bd2c20600",
        }
    ],
    "packages": [{"packageId": "pkg_03f9bd2c20801", "kind": "cancellation", "follows": "pkg_03f9bd2c20701"}],
}
REROUTING: dict[str, Any] = {**CHANGE, "partner": "south", "reason": "The press in the north is down."}
REFUSAL: dict[str, Any] = {"reason": "We are out of this shoe until Monday."}
LINK_REQUEST: dict[str, Any] = {"purchaseOrderNumber": NUMBER, "hours": 48}
LINK: dict[str, Any] = {
    "clientHandle": "acme",
    "purchaseOrderNumber": NUMBER,
    "path": "/files/AAAAAAAAAAEAA-…",
    "expiresAt": "2022-02-02T18:15:06.000000+00:00",
}
PACKAGE: dict[str, Any] = {
    "packageId": "pkg_03f9bd2c20701",
    "kind": "package",
    "state": "delivered",
    "createdAt": "2022-01-31T18:15:06.204388+00:00",
    "acceptedAt": None,
    "collectedAt": "2022-01-31T19:02:44.118201+00:00",
}
PACKAGES: dict[str, Any] = {
    "packages": [
        {
            **PACKAGE,
            "clientHandle": "acme",
            "purchaseOrderNumber": NUMBER,
            "lineItems": [{"id": 1, "recipeSetReadableId": "ABCD1234"}],
        }
    ],
    "next": None,
}
SEARCH: dict[str, Any] = {
    "lastModificationStartDate": "2022-01-30T00:00:00Z",
    "workflowStatuses": ["not-started", "in-progress"],
    "ignoreDateRestriction": True,
}
FOUND: list[Any] = [STORED]
_WITHOUT_PEOPLE = {
    name: value
    for name, value in STORED.items()
    if name not in ("emailAddress", "customerAddress", "shippingAddress")
}
LISTED: dict[str, Any] = {"orders": [_WITHOUT_PEOPLE], "next": None}


def unknown(path: str) -> dict[str, Any]:
    """The answer to an update that names a line which is not there."""
    error = UnknownLines(["MUEMVK2U"])
    members = problems.members(error, f"{path}#{REQUEST_ID}")
    return {**members, "purchaseOrderNumber": NUMBER, "status": "Error", "details": error.message}
