"""``/schemas/…``: the JSON Schemas of products and recipe sets, for editors and for other programs."""

from __future__ import annotations

import functools

import msgspec

from spectrum_orders.domain.catalogue.schema import product_schema, recipe_set_schema
from spectrum_orders.web.exchange import Exchange

MEDIA_TYPE = b"application/schema+json"

_encode = msgspec.json.Encoder().encode


class Schemas:
    """The endpoints of one process. Each schema is made at the first request for it and kept."""

    async def product(self, exchange: Exchange) -> None:
        """Answer ``GET /schemas/product.json``."""
        await exchange.respond(200, self._product, MEDIA_TYPE)

    async def recipe_set(self, exchange: Exchange) -> None:
        """Answer ``GET /schemas/recipe-set.json``."""
        await exchange.respond(200, self._recipe_set, MEDIA_TYPE)

    @functools.cached_property
    def _product(self) -> bytes:
        return _encode(product_schema())

    @functools.cached_property
    def _recipe_set(self) -> bytes:
        return _encode(recipe_set_schema())
