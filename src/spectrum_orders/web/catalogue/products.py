"""``/api/products``: what can be made, put and read back."""

from __future__ import annotations

import hashlib

import msgspec

from spectrum_orders import cataloguing
from spectrum_orders.cataloguing import Put
from spectrum_orders.domain.catalogue.product import Product
from spectrum_orders.domain.instants import iso
from spectrum_orders.errors import NotFound
from spectrum_orders.ids import readable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import products
from spectrum_orders.store.products import ProductRow
from spectrum_orders.web import documents
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.catalogue import putting
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

_encode = msgspec.json.Encoder().encode


class Listed(msgspec.Struct, frozen=True, rename="camel"):
    """A product in the list: enough to choose one."""

    handle: str
    name: str
    areas: tuple[str, ...]
    version: str
    last_modification: str


class Products:
    """The endpoints of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def put(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``PUT /api/products/{handle}``."""
        dry_run = exchange.flag(b"dryRun")
        body = await documents.receive(exchange)
        handle = exchange.parameter
        put, first, digest = await look(lambda: self._put(principal, handle, body, dry_run))
        tag = () if digest is None else (putting.etag(digest),)
        await putting.answer(exchange, put, first=first, product=True, headers=tag)

    def _put(
        self, principal: Principal, handle: str, body: bytes, dry_run: bool
    ) -> tuple[Put, bool, str | None]:
        client = putting.client_of(self._runtime, principal)
        before = self._find(client.id, handle)
        put = cataloguing.put_product(self._runtime, client, handle, body, principal.actor, dry_run)
        after = None if put.version is None else self._find(client.id, handle)
        return put, before is None, None if after is None else after.digest.hex()

    async def read(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/products/{handle}``: the document, as it can be put again."""
        handle = exchange.parameter
        row = await look(lambda: self._find(principal.client_id, handle))
        if row is None:
            raise NotFound("There is no product with this handle.")
        await putting.respond_unless_known(
            exchange, row.document, row.digest.hex(), ((b"spectrum-version", _version(row).encode()),)
        )

    async def read_all(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/products``."""
        rows = await look(lambda: self._find_all(principal.client_id))
        body = _encode({"products": [_listed(row) for row in rows]})
        await putting.respond_unless_known(exchange, body, hashlib.sha256(body).hexdigest())

    def _find(self, client_id: int, handle: str) -> ProductRow | None:
        with self._runtime.database.read() as connection:
            return products.find_current(connection, client_id, handle)

    def _find_all(self, client_id: int) -> list[ProductRow]:
        with self._runtime.database.read() as connection:
            return products.list_current(connection, client_id)


def _version(row: ProductRow) -> str:
    return readable(putting.VERSION, row.id)


def _listed(row: ProductRow) -> Listed:
    product = msgspec.json.decode(row.document, type=Product)
    return Listed(
        product.handle,
        product.name,
        tuple(area.handle for area in product.areas),
        _version(row),
        iso(row.created_at),
    )
