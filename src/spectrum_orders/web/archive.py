"""Print files as one flat ZIP: what a press opens, and nothing beside it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from typing import Any

import msgspec

from spectrum_orders.artwork import places
from spectrum_orders.artwork.zipping import MEDIA_TYPE, Member, Zipped
from spectrum_orders.domain.catalogue.product import Product
from spectrum_orders.domain.package import naming
from spectrum_orders.errors import Internal
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import products
from spectrum_orders.store.recipes import PrintFileRow
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.making import Made

_PRODUCT = msgspec.json.Decoder(Product).decode

Named = list[tuple[PrintFileRow, str]]
"""Print files with their names in an archive."""


def names_of(runtime: Runtime, made: Made, names: naming.Names) -> Named:
    """Each print file with its name in the archive: the same as in a package, where there is an order."""
    templates: dict[str, str] = {}
    with runtime.database.read() as connection:
        for handle, number in made.products.items():
            row = products.find_version(connection, made.client_id, number)
            if row is not None:
                templates[handle] = _PRODUCT(row.document).file_name
    if not made.files:
        raise Internal("A recipe set is said to be made and has not a single print file.")
    known = _facts(made)
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


def members(runtime: Runtime, made: Made, named: Named) -> Iterator[Member]:
    """The print files, to be read when they are sent."""
    for row, name in named:
        place = places.file_name(made.client_id, made.version, str(row.place))
        read = functools.partial(runtime.files.read, place, made.key)
        yield Member(name, row.size, row.digest, row.crc32, row.media_type, read)


async def respond(exchange: Exchange, archive: Zipped, file_name: str) -> None:
    """Send the archive, piece by piece, each opened in a thread; never more than a piece is in memory.

    The first print file's first piece is opened before the head is sent: what is missing or broken at
    once is an error that can be read, and what breaks later ends the connection before the end.
    """
    headers = head(archive, file_name)
    pieces = archive.chunks()
    piece = b"".join([await _next(pieces), await _next(pieces)])
    await exchange.start(200, MEDIA_TYPE.encode(), headers)
    while piece:
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
        piece = await _next(pieces)
    await exchange.send({"type": "http.response.body", "body": b""})


def head(archive: Zipped, file_name: str) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of an archive."""
    return (
        (b"content-length", b"%d" % archive.size),
        (b"content-disposition", f'attachment; filename="{file_name}"'.encode()),
    )


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
