"""A request's body as a JSON document."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.domain.envelope import unmarked
from spectrum_orders.domain.syntax import NO_JSON, not_json
from spectrum_orders.errors import UnsupportedMediaType
from spectrum_orders.web.exchange import JSON, Exchange

_decode = msgspec.json.Decoder().decode


async def receive(exchange: Exchange) -> bytes:
    """The body, which is said to be JSON. Raises UnsupportedMediaType and what reading raises."""
    if exchange.media_type() != JSON:
        raise UnsupportedMediaType(
            "Send the document as JSON, with the header Content-Type: application/json (curl: -H "
            "'Content-Type: application/json')."
        )
    return await exchange.body()


async def read(exchange: Exchange) -> Any:
    """What the body says. Raises NotJson, too."""
    body = await receive(exchange)
    try:
        return _decode(unmarked(body))
    except NO_JSON as error:
        raise not_json(body, error) from None
