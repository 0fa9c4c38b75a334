"""``GET /api/webtoprint/{recipeSetReadableId}``: the print files of a recipe set as one flat ZIP."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from typing import Any

import msgspec

from spectrum_orders.artwork import places
from spectrum_orders.artwork.zipping import MEDIA_TYPE, Member, Zipped
from spectrum_orders.domain.catalogue.product import Product
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.package import naming
from spectrum_orders.errors import Internal
from spectrum_orders.ids import readable
from spectrum_orders.store import products
from spectrum_orders.store.recipes import PrintFileRow
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look
from spectrum_orders.web.making import Made, Making, wait_of

_encode = msgspec.json.Encoder().encode
_PRODUCT = msgspec.json.Decoder(Product).decode


class File(msgspec.Struct, frozen=True, rename="camel"):
    """A print file of the archive."""

    name: str
    product: str
    area: str
    media_type: str
    bytes: int
    sha256: str


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """How the print files of a recipe set stand. Those that do not are told by an error."""

    recipe_set_readable_id: str
    state: str
    version: str
    made_at: str
    files: tuple[File, ...]
    findings: msgspec.Raw


class WebToPrint:
    """The endpoint of one process."""

    def __init__(self, making: Making) -> None:
        self._making = making

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request. A 200 is the ZIP, whole; ``Accept: application/json`` alone asks for words."""
        asks = exchange.method == "HEAD" or wants_status(exchange.headers.get(b"accept", b"*/*"))
        # Who asks how things stand is not kept waiting for them to change.
        seconds = wait_of(exchange, 0.0) if asks else wait_of(exchange)
        made = await self._making.ensure(principal.client_id, exchange.parameter, seconds)
        names = await look(lambda: self._names(made))
        if wants_status(exchange.headers.get(b"accept", b"*/*")):
            await exchange.respond(200, _encode(_status(made, names)))
            return
        archive = Zipped(self._member(made, row, name) for row, name in names)
        headers = (
            (b"content-length", b"%d" % archive.size),
            (b"content-disposition", f'attachment; filename="{_file_name(made)}"'.encode()),
        )
        if exchange.method == "HEAD":
            await exchange.start(200, MEDIA_TYPE.encode(), headers)
            await exchange.send({"type": "http.response.body", "body": b""})
            return
        await self._making.note_opened(made, principal, "print files fetched by its client")
        await _send(exchange, archive, headers)

    def _names(self, made: Made) -> list[tuple[PrintFileRow, str]]:
        """Each print file with its name in the archive: the same as in a package, where there is an order."""
        templates: dict[str, str] = {}
        with self._making.runtime.database.read() as connection:
            for handle, number in made.products.items():
                row = products.find_version(connection, made.client_id, number)
                if row is not None:
                    templates[handle] = _PRODUCT(row.document).file_name
        if not made.files:
            raise Internal("A recipe set is said to be made and has not a single print file.")
        known = _facts(made)
        names = naming.Names()
        return [
            (
                row,
                names.print_file(
                    templates.get(row.product, "{recipeSetId}"),
                    row.area,
                    row.suffix,
                    product=row.product,
                    **known,
                ),
            )
            for row in made.files
        ]

    def _member(self, made: Made, row: PrintFileRow, name: str) -> Member:
        place = places.file_name(made.client_id, made.version, str(row.place))
        read = functools.partial(self._making.runtime.files.read, place, made.key)
        return Member(name, row.size, row.digest, row.crc32, row.media_type, read)


def wants_status(accept: bytes) -> bool:
    """Whether ``Accept`` names JSON, and neither a ZIP type nor everything."""
    named = {part.partition(b";")[0].strip().lower() for part in accept.split(b",")}
    return b"application/json" in named and not named & {
        b"*/*",
        b"application/*",
        b"application/zip",
        b"application/x-zip-compressed",
        b"application/octet-stream",
    }


async def _send(exchange: Exchange, archive: Zipped, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    """The archive, piece by piece, each opened in a thread; at no time is more than a piece in memory.

    The first print file's first piece is opened before the head is sent: what is missing or broken at
    once is an error that can be read, and what breaks later ends the connection before the end.
    """
    pieces = archive.chunks()
    piece = b"".join([await _next(pieces), await _next(pieces)])
    await exchange.start(200, MEDIA_TYPE.encode(), headers)
    while piece:
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
        piece = await _next(pieces)
    await exchange.send({"type": "http.response.body", "body": b""})


async def _next(pieces: Iterator[bytes]) -> bytes:
    piece: bytes = await asyncio.to_thread(next, pieces, b"")
    return piece


def _facts(made: Made) -> dict[str, Any]:
    if made.line is None:
        return {"recipeSetId": made.readable_id}
    agreed = made.line.agreed
    return {
        "recipeSetId": agreed.recipe_set_id,
        "sku": agreed.sku_quantities[0].sku,
        "line": made.line.number,
        "quantity": sum(pair.quantity for pair in agreed.sku_quantities),
        "purchaseOrderNumber": made.line.order.purchase_order_number,
    }


def _file_name(made: Made) -> str:
    return naming.portable(made.readable_id, 64) + ".zip"


def _status(made: Made, names: list[tuple[PrintFileRow, str]]) -> Status:
    return Status(
        made.readable_id,
        made.artwork.state,
        readable("ver", made.version),
        iso(made.artwork.made_at),
        tuple(
            File(name, row.product, row.area, row.media_type, row.size, row.digest.hex())
            for row, name in names
        ),
        msgspec.Raw(made.artwork.findings.encode()),
    )
