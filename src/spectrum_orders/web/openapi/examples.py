"""What is really sent and answered: the documented requests with their answers."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.routing import Country, Decision, Sku, Tried
from spectrum_orders.errors import AlreadySubmitted, Invalid, Problem, SpectrumError
from spectrum_orders.web import lines, problems
from spectrum_orders.web.answers import PROCESSED, TAKEN
from spectrum_orders.web.openapi.operation import Example

REQUEST_ID = "req_5f0c2d9b1e0000002a"
RECEIPT_ID = "rcp_03f9bd2c20600"

LINE: dict[str, Any] = {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "SHOE-9", "quantity": 2}]}
ORDER: dict[str, Any] = {
    "purchaseOrderNumber": "42015953",
    "orderDate": "2022-01-31T13:15:05.2151663-05:00",
    "lineItems": [LINE],
}
GIFT: dict[str, Any] = {
    **ORDER,
    "priority": "higher",
    "customerServiceContact": "Desk, +1 555 0100",
    "lineItems": [
        {
            **LINE,
            "giftMessage": "Dear Ana,\nhappy birthday!",
            "shipmentVendor": "UPS",
            "estimatedDeliveryDate": "2022-02-05",
        }
    ],
}
OLDEST: dict[str, Any] = {
    **ORDER,
    "lineItems": [{"recipeSetId": "ABCD1234", "sku": "SHOE-9", "quantity": "2"}],
}
ADDRESS = {
    "firstName": "Ana",
    "lastName": "Lee",
    "address1": "1 Main Street",
    "city": "Austin",
    "state": "TX",
    "postalCode": "78701",
    "country": "US",
}
FULL: dict[str, Any] = {
    **ORDER,
    "accountNumber": "A-17",
    "emailAddress": "ana@shop.example",
    "customerAddress": ADDRESS,
    "shippingAddress": ADDRESS,
}
SECOND: dict[str, Any] = {**ORDER, "purchaseOrderNumber": "42015954"}

ACKNOWLEDGED: dict[str, Any] = {
    "purchaseOrderNumber": "42015953",
    "statuses": [{"recipeSetId": "ABCD1234", "success": True, "message": PROCESSED}],
    "allSuccessful": True,
    "receiptId": RECEIPT_ID,
}
WARNED: dict[str, Any] = {
    **ACKNOWLEDGED,
    "warnings": [
        {
            "pointer": "/orderColour",
            "code": "unknown-member",
            "message": "The member is not known; it was not stored.",
        }
    ],
}
UNROUTED = lines.routing(Decision(None, None, ()))
_RULE = Tried("60141382001573888", 10, "north", "SHOE-*", Sku.MATCHED, Country.ANY)
ROUTED = lines.routing(Decision(_RULE.partner, _RULE.rule, (_RULE,)))
MADE: dict[str, Any] = {
    "state": "ready",
    "version": "ver_03f9bd2c20500",
    "madeAt": "2022-01-31T18:15:06.904112+00:00",
}
_DRY: dict[str, Any] = {
    **{name: value for name, value in ACKNOWLEDGED.items() if name != "receiptId"},
    "dryRun": True,
}
FORESEEN: dict[str, Any] = {
    **_DRY,
    "foreseen": [
        {
            "recipeSetId": "ABCD1234",
            "routing": UNROUTED,
            "artwork": {"state": "awaiting-artwork"},
            "files": [],
        }
    ],
}
FORESEEN_WHOLE: dict[str, Any] = {
    **_DRY,
    "foreseen": [
        {
            "recipeSetId": "ABCD1234",
            "routing": ROUTED,
            "artwork": MADE,
            "files": [{"product": "shoe", "area": "upper", "mediaType": "image/tiff"}],
        }
    ],
}

ONE = (
    Example("order", "The documented order", ORDER),
    Example("gift", "With a gift message", GIFT),
    Example("oldest", "The oldest form: one SKU on the line itself", OLDEST),
)
MANY = (Example("array", "Two orders", [ORDER, SECOND]),)
LINES = Example("stream", "Two orders, one a line", "{…first order…}\n{…second order…}\n")

STORED: dict[str, Any] = {
    "clientHandle": "acme",
    "purchaseOrderNumber": "42015953",
    "userId": "A-17",
    "orderDate": "2022-01-31T13:15:05.2151663-05:00",
    "acknowledgedAt": "2022-01-31T18:15:06.104388+00:00",
    "lastModification": "2022-01-31T18:15:06.104388+00:00",
    "source": "api",
    "receiptId": RECEIPT_ID,
    "accountNumber": "A-17",
    "emailAddress": "ana@shop.example",
    "customerAddress": ADDRESS,
    "shippingAddress": ADDRESS,
    "lineItems": [
        {
            "id": 1,
            "recipeSetId": "ABCD1234",
            "recipeSetReadableId": "ABCD1234",
            "skuQuantities": [{"quantity": 2, "sku": "SHOE-9"}],
            "workflowStatus": "not-started",
            "routing": ROUTED,
            "artwork": MADE,
            "delivery": {
                "state": "delivered",
                "packageId": "pkg_03f9bd2c20701",
                "collectedAt": "2022-01-31T19:02:44.118201+00:00",
                "destinations": [
                    {"state": "sent", "attempts": 1, "settledAt": "2022-01-31T18:15:07.640012+00:00"}
                ],
            },
        }
    ],
    "progress": {
        "acknowledged": 1,
        "routed": 1,
        "rendered": 1,
        "delivered": 1,
        "collected": 1,
        "shipped": 0,
        "cancelled": 0,
    },
}
RECEIPT: dict[str, Any] = {
    "acknowledgedAt": "2022-01-31T18:15:06.104388+00:00",
    "clientHandle": "acme",
    "contentDigest": "sha256:78f6a3cc09e9a80ed896c21a7c11903e27e2c987ba0dcb1dc82d6f0435915f05",
    "environment": "production",
    "format": "spectrum-receipt/1",
    "kind": "acknowledgement",
    "personalDigest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "purchaseOrderNumber": "42015953",
    "receiptId": RECEIPT_ID,
    "algorithm": "Ed25519",
    "keyId": "24f6ed6acbfe1009",
    "publicKey": "Kay64UG8yvCyLhqU000LxzYeUm0L/hLIl5S8kyKWbdc=",
    "signature": "P8QWcdp7wPAKXBeIjFmXlJS79Pn2vNRVoap/W5o/yjfKRxTyEok8XZ7ERkMBtDJSIMqx1bTWWCqbe7Ze89AADw==",
    "content": {
        "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"quantity": 2, "sku": "SHOE-9"}]}],
        "orderDate": "2022-01-31T13:15:05.2151663-05:00",
        "purchaseOrderNumber": "42015953",
    },
    "commitments": {},
}
RECEIPT_KEY = {
    "keyId": "24f6ed6acbfe1009",
    "algorithm": "Ed25519",
    "publicKey": "Kay64UG8yvCyLhqU000LxzYeUm0L/hLIl5S8kyKWbdc=",
    "pem": "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAKay64UG8yvCyLhqU000LxzYeUm0L/hLIl5S8kyKWbdc=\n"
    "-----END PUBLIC KEY-----\n",
    "environment": "production",
}


def error(kind: type[SpectrumError], path: str, message: str | None = None) -> dict[str, Any]:
    """An error as it is answered on ``path``."""
    raised = kind(message or f"{kind.title}.")
    return problems.members(raised, f"{path}#{REQUEST_ID}")


def problem(raised: SpectrumError, path: str) -> dict[str, Any]:
    """This very error as it is answered on ``path``."""
    return problems.members(raised, f"{path}#{REQUEST_ID}")


def taken(path: str) -> dict[str, Any]:
    """The answer to an order whose number is taken."""
    extra = {
        "lastModification": "2019-08-06T07:30:38.445934+00:00",
        "purchaseOrderNumber": "42015953",
        "identical": False,
        "differences": ["/lineItems/0/skuQuantities/0/quantity"],
        "receiptId": RECEIPT_ID,
    }
    return problems.members(AlreadySubmitted(TAKEN, extra=extra), f"{path}#{REQUEST_ID}")


def invalid(path: str) -> dict[str, Any]:
    """The answer to an order with two problems."""
    found = (
        Problem("/orderDate", "missing", "orderDate is required."),
        Problem(
            "/lineItems/0/skuQuantities/0/quantity",
            "out-of-range",
            "The number is not in the range 1 to 1000000.",
        ),
    )
    extra = {
        "purchaseOrderNumber": "42015953",
        "statuses": [{"recipeSetId": "ABCD1234", "success": False, "message": found[1].message}],
        "allSuccessful": False,
    }
    failure = Invalid("The order was not stored: 2 problems were found.", problems=found, extra=extra)
    members = problems.members(failure, f"{path}#{REQUEST_ID}")
    members["errors"] = [
        {"pointer": problem.pointer, "code": problem.code, "message": problem.message} for problem in found
    ]
    return members


def bulk(path: str) -> dict[str, Any]:
    """The answer to two orders, the second of which was known already."""
    second = {**taken(path), "purchaseOrderNumber": "42015954", "identical": True, "differences": []}
    return {
        "results": [
            {"index": 0, "httpStatus": 200, **ACKNOWLEDGED},
            {"index": 1, "httpStatus": 409, **second},
        ],
        "counts": {"acknowledged": 1, "duplicates": 1, "rejected": 0},
        "allSuccessful": False,
    }


ALL_TAKEN: dict[str, Any] = {
    "results": [
        {"index": 0, "httpStatus": 200, **ACKNOWLEDGED},
        {
            "index": 1,
            "httpStatus": 200,
            **ACKNOWLEDGED,
            "purchaseOrderNumber": "42015954",
            "receiptId": "rcp_03f9bd2c20601",
        },
    ],
    "counts": {"acknowledged": 2, "duplicates": 0, "rejected": 0},
    "allSuccessful": True,
}
RESULT_LINES = (
    '{"index":0,"httpStatus":200,"purchaseOrderNumber":"42015953",…}\n'
    '{"index":1,"httpStatus":409,"purchaseOrderNumber":"42015954",…}\n'
    '{"counts":{"acknowledged":1,"duplicates":1,"rejected":0},"allSuccessful":false}\n'
)
