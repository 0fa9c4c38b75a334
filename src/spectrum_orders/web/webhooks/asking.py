"""What a request about events says: whose they are, and which endpoint is meant."""

from __future__ import annotations

import msgspec

from spectrum_orders import ids
from spectrum_orders.errors import Forbidden
from spectrum_orders.store.endpoints import PREFIX
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange

_LARGEST = 1 << 62
_decode = msgspec.json.Decoder().decode


def reader(principal: Principal) -> int:
    """Whose feed the caller reads: its client's, or its partner's."""
    return principal.client_id if principal.partner_id is None else principal.partner_id


def owner(principal: Principal) -> int:
    """Whose endpoints the caller manages. Raises Forbidden for a partner's token that is limited to one
    client: what is sent to an endpoint is about every client's orders."""
    if principal.partner_id is not None and principal.client_id:
        raise Forbidden(
            "This partner's token is limited to one client, and a webhook tells of the orders of all. Use a "
            "token without that limit."
        )
    return reader(principal)


def journalled(principal: Principal) -> int | None:
    """The client under which what the caller does stands in the journal."""
    return principal.client_id or None


def number(exchange: Exchange) -> int | None:
    """The endpoint that the path names; ``None`` when it is no id."""
    return ids.parse_readable(PREFIX, exchange.parameter)
