"""``GET /api/webtoprint/{recipeSetReadableId}``: the print files of a recipe set as one flat ZIP."""

from __future__ import annotations

import msgspec

from spectrum_orders.artwork.zipping import MEDIA_TYPE, Zipped
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.package import naming
from spectrum_orders.ids import readable
from spectrum_orders.store.recipes import PrintFileRow
from spectrum_orders.web import archive
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look
from spectrum_orders.web.making import Made, Making, wait_of

_encode = msgspec.json.Encoder().encode


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
        made = await self._making.ensure(
            principal.seat, exchange.text(b"client"), exchange.parameter, seconds
        )
        runtime = self._making.runtime
        named = await look(lambda: archive.names_of(runtime, made, naming.Names()))
        if wants_status(exchange.headers.get(b"accept", b"*/*")):
            await exchange.respond(200, _encode(_status(made, named)))
            return
        zipped = Zipped(archive.members(runtime, made, named))
        name = _file_name(made)
        if exchange.method == "HEAD":
            await exchange.start(200, MEDIA_TYPE.encode(), archive.head(zipped, name))
            await exchange.send({"type": "http.response.body", "body": b""})
            return
        await self._making.note_opened(made, principal, "print files fetched")
        await archive.respond(exchange, zipped, name)


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
