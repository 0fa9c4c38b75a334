"""Parameters of the list of exceptions."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.exceptions import KINDS, Audience, visible_to
from spectrum_orders.web.exceptions import DEFAULT, MOST

SEEN = tuple(kind for kind in KINDS if kind in {*visible_to(Audience.SHOP), *visible_to(Audience.PARTNER)})
"""What anybody but the operator sees."""

PARAMETERS: dict[str, dict[str, Any]] = {
    "exceptionKind": {
        "name": "kind",
        "in": "query",
        "description": "Only exceptions of this kind. A partner sees `late`, `due-soon`, `stuck`, "
        "`uncollected` and what is about its own webhooks and erasures.",
        "schema": {"enum": list(visible_to(Audience.SHOP))},
    },
    "exceptionPartner": {
        "name": "partner",
        "in": "query",
        "description": "Only those of this partner's lines and packages.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    },
    "exceptionLimit": {
        "name": "limit",
        "in": "query",
        "description": "The most that are answered.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT},
    },
    "exceptionCursor": {
        "name": "cursor",
        "in": "query",
        "description": "Where to go on: `next` of the page before.",
        "schema": {"type": "string"},
    },
}
