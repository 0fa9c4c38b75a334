"""What is really asked and answered about people."""

from __future__ import annotations

from typing import Any

from spectrum_orders.errors import Invalid
from spectrum_orders.lifecycle.exporting import FORMAT
from spectrum_orders.web import problems

BY_ORDER = {"purchaseOrderNumber": "42015953"}
BY_EMAIL = {"emailAddress": "ana@example.com"}
BY_NAME = {"name": "Ana Lopez", "postalCode": "78701"}

EXPORT: dict[str, Any] = {
    "format": FORMAT,
    "clientHandle": "acme",
    "exportedAt": "2022-02-02T09:00:00.000000+00:00",
    "orders": [
        {
            "purchaseOrderNumber": "42015953",
            "acknowledgedAt": "2022-01-31T18:15:06.104388+00:00",
            "lastModification": "2022-01-31T18:15:06.104388+00:00",
            "erasedAt": None,
            "agreed": {
                "purchaseOrderNumber": "42015953",
                "orderDate": "2022-01-31",
                "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "MUG", "quantity": 1}]}],
            },
            "personal": {"/emailAddress": "ana@example.com"},
            "lines": [{"id": 1, "position": 0, "recipeSetId": "ABCD1234", "workflowStatus": "not-started"}],
            "artwork": [],
            "receipts": [],
            "history": [],
            "shipments": [],
            "openings": [
                {
                    "at": "2022-02-02T09:00:00.000000+00:00",
                    "by": "tok_03f9bd2c20600",
                    "why": "exported for the person",
                    "fields": ["/emailAddress"],
                }
            ],
            "packages": [],
            "erasures": [],
        }
    ],
    "next": None,
}

ERASED: dict[str, Any] = {
    "dryRun": False,
    "orders": [
        {
            "purchaseOrderNumber": "42015953",
            "erased": True,
            "erasedAt": "2022-02-02T09:00:00.000000+00:00",
            "fields": ["/emailAddress", "/shippingAddress"],
            "artwork": [{"recipeSetId": "ABCD1234", "version": "ver_03f9bd2c20600"}],
            "artworkKept": [],
            "uploads": 1,
            "receiptsKept": 1,
            "partnersTold": ["press"],
            "packagesHeld": [],
        }
    ],
    "more": False,
}

ERASURE: dict[str, Any] = {
    "id": "ers_03f9bd2c20600",
    "partner": "press",
    "purchaseOrderNumber": "42015953",
    "packageIds": ["pkg_03f9bd2c20601"],
    "state": "told",
    "erasedAt": "2022-02-02T09:00:00.000000+00:00",
    "confirmBy": "2022-03-04T09:00:00.000000+00:00",
    "toldAt": "2022-02-02T09:00:01.000000+00:00",
    "confirmedAt": None,
    "confirmedBy": None,
}
LISTED = {"erasures": [{"clientHandle": "acme", **ERASURE}], "next": None}
CONFIRMED = {
    **ERASURE,
    "state": "confirmed",
    "confirmedAt": "2022-02-03T10:00:00.000000+00:00",
    "confirmedBy": "tok_03f9bd2c20602",
}


def unclear(path: str) -> dict[str, Any]:
    """422: nobody knows who is meant."""
    error = Invalid(
        "Say who is meant in one of three ways, as texts in one object: purchaseOrderNumber, emailAddress, "
        "or name together with postalCode."
    )
    return problems.members(error, f"{path}#req_5f0c2d9b1e0000002a")
