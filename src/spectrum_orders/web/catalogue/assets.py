"""``/api/assets``: pictures, fonts, profiles and finished files, by the SHA-256 of their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from spectrum_orders import cataloguing
from spectrum_orders.domain.instants import iso
from spectrum_orders.errors import NotFound
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import assets
from spectrum_orders.store.assets import Asset
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.catalogue import putting
from spectrum_orders.web.catalogue.uploads import Uploads
from spectrum_orders.web.exchange import JSON, Exchange
from spectrum_orders.web.lookup import look

# Facts are stored in the order of their names; so the first answer is the same bytes as all later ones.
_encode = msgspec.json.Encoder(order="deterministic").encode
_DIGEST = re.compile(r"[0-9a-fA-F]{64}").fullmatch


class Shown(msgspec.Struct, frozen=True, rename="camel"):
    """What is told about an asset; its bytes are not given out again. ``facts`` depend on its kind."""

    sha256: str
    media_type: str
    bytes: int
    kind: str
    facts: dict[str, Any]
    created_at: str


class Assets:
    """The endpoints of one process."""

    def __init__(self, runtime: Runtime, uploads: Uploads) -> None:
        self._runtime = runtime
        self._uploads = uploads

    async def add(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/assets``: 201 when the bytes are new, 200 when they were there."""
        began = now_us()

        def store(pieces: Iterator[bytes]) -> Asset:
            client = putting.client_of(self._runtime, principal)
            return cataloguing.store_asset(
                self._runtime, client, pieces, principal.actor, self._uploads.judge
            )

        asset = await self._uploads.store(exchange, store)
        where = (b"location", f"/api/assets/{asset.digest.hex()}".encode())
        await exchange.respond(
            201 if asset.created_at >= began else 200, _encode(_shown(asset)), JSON, (where,)
        )

    async def read(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/assets/{sha256}``: what is known about it, not its bytes."""
        digest = exchange.parameter
        asset = None
        if _DIGEST(digest):
            asset = await look(lambda: self._find(principal.client_id, bytes.fromhex(digest)))
        if asset is None:
            raise NotFound("Nothing with this SHA-256 was uploaded.")
        await putting.respond_unless_known(exchange, _encode(_shown(asset)), digest.lower())

    def _find(self, client_id: int, digest: bytes) -> Asset | None:
        with self._runtime.database.read() as connection:
            return assets.find(connection, client_id, [digest]).get(digest)


def _shown(asset: Asset) -> Shown:
    return Shown(
        asset.digest.hex(),
        asset.media_type,
        asset.size,
        asset.kind,
        asset.facts,
        iso(asset.created_at),
    )
