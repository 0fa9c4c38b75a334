"""Makes the print files of a recipe set version, once, whoever asks."""

from __future__ import annotations

import asyncio
import zlib

import msgspec
import structlog

from spectrum_orders import shelf
from spectrum_orders.artwork import tasks
from spectrum_orders.artwork.places import SHEET, asset_name, file_name, needs
from spectrum_orders.artwork.pool import Pool
from spectrum_orders.crypto import OrderKey
from spectrum_orders.domain.catalogue.findings import KINDS, Finding
from spectrum_orders.domain.catalogue.judgement import Found
from spectrum_orders.domain.catalogue.product import Area, Level, Product
from spectrum_orders.domain.catalogue.recipe import Filling, RecipeSet
from spectrum_orders.domain.catalogue.work import MadeArea, PrintFile, PrintJob
from spectrum_orders.errors import Internal, NotFound, SpectrumError, Unavailable
from spectrum_orders.files import ARTWORK, version_folder
from spectrum_orders.runtime import Runtime, need_files
from spectrum_orders.store import assets, products, recipes, remakes
from spectrum_orders.store.recipes import FAILED, READY, REJECTED, Artwork, PrintFileRow, Version
from spectrum_orders.store.sealed import WrappedKey
from spectrum_orders.store.transaction import now_us

_log = structlog.get_logger()

TRIES = 2
"""A renderer that died once may have been killed for another's sake; twice is the recipe's own fault."""


class AssetMissing(Internal):
    """An upload is gone from the disk. Nobody had it erased and nobody can make it: it is tried again.

    Never Unavailable, which is left to the lease: this has to be counted, seen and given up.
    """

    code = "asset-missing"


class NotMadeAgain(Internal):
    """Files are lost, and what was made in their place may not be printed."""

    code = "not-made-again"


class Piece(msgspec.Struct, frozen=True):
    """One print file to be made, and where it belongs."""

    place: int
    product: Product
    area: Area
    filling: Filling
    job: PrintJob


class Studio:
    """Makes versions in the pool's processes and keeps the results sealed under the version's key."""

    def __init__(self, runtime: Runtime, pool: Pool) -> None:
        self._runtime = runtime
        self._pool = pool
        self._making: dict[tuple[int, int], asyncio.Task[Artwork]] = {}

    async def ensure(self, client_id: int, version: int) -> Artwork:
        """What became of the version; made now if nobody has, and once more if its files are lost.

        Raises NotFound when it was erased, AssetMissing, NotMadeAgain, and FilesAway.
        """
        there, lost = await asyncio.to_thread(self._find, client_id, version)
        if there is not None and not lost:
            return there
        mark = (client_id, version)
        task = self._making.get(mark)
        if task is None:
            task = self._making[mark] = asyncio.create_task(self._make(client_id, version, again=lost))
            task.add_done_callback(lambda _: self._making.pop(mark, None))
        return await asyncio.shield(task)

    def _find(self, client_id: int, version: int) -> tuple[Artwork | None, bool]:
        with self._runtime.database.read() as connection:
            files = self._runtime.files
            there, lost = shelf.find(connection, files, client_id, version)
            if there is None:
                need_files(files, connection, ARTWORK)
            return there, lost

    async def _make(self, client_id: int, version: int, *, again: bool) -> Artwork:
        if again:
            _log.warning("print files lost, to be made again", client=client_id, version=version)
        found, key = await asyncio.to_thread(self._load, client_id, version)
        pieces = await asyncio.to_thread(self._pieces, found)
        results = await asyncio.gather(*(self._render(piece) for piece in pieces))
        findings = tuple(
            Found(piece.product.handle, piece.area.handle, _findings(result))
            for piece, result in zip(pieces, results, strict=True)
        )
        made = [
            (piece, result)
            for piece, result in zip(pieces, results, strict=True)
            if isinstance(result, PrintFile)
        ]
        state = READY
        if len(made) < len(pieces) or not pieces:
            state = FAILED
        elif any(_forbids(result, again) for _, result in made):
            state = REJECTED
        if again and state != READY:
            # What is known stays: it was ready once, and packages name it that have long been sent.
            raise NotMadeAgain("Print files are lost, and what was made in their place may not be printed.")
        rows: list[PrintFileRow] = []
        sheet = b""
        if state != FAILED:
            sheet = await self._sheet(found, made)
            if again:
                # Without its sheet a version is lost: no package meets new files with the rows of the old,
                # which another renderer made, not even after a crash.
                await asyncio.to_thread(self._runtime.files.delete, file_name(client_id, version, SHEET))
            rows = await asyncio.to_thread(self._keep, found, key, made)
            if not again:
                await asyncio.to_thread(self._keep_sheet, found, key, sheet)
        renderer = made[0][1].renderer if made else ""
        artwork = Artwork(state, msgspec.json.encode(findings).decode(), renderer, now_us())
        try:
            await asyncio.to_thread(self._note, client_id, version, artwork, rows, again)
            if again:
                await asyncio.to_thread(self._keep_sheet, found, key, sheet)
                await asyncio.to_thread(self._load, client_id, version)
        except NotFound:
            # Under a key that nobody has any more; whoever erased the version may have been here already.
            await asyncio.to_thread(self._runtime.files.delete_folder, version_folder(client_id, version))
            raise
        return artwork

    def _load(self, client_id: int, version: int) -> tuple[Version, OrderKey]:
        with self._runtime.database.read() as connection:
            found = recipes.find_version(connection, self._runtime.keys, client_id, version)
            wrapped = recipes.find_key(connection, client_id, version)
        if found is None or wrapped is None:
            raise NotFound("The artwork of this line was erased.")
        return found, self._open(client_id, version, wrapped)

    def _open(self, client_id: int, number: int, wrapped: WrappedKey) -> OrderKey:
        return self._runtime.keys.open_order_key(client_id, number, wrapped.wrapped, wrapped.version)

    def _pieces(self, version: Version) -> list[Piece]:
        recipe_set = msgspec.json.decode(version.document, type=RecipeSet)
        with self._runtime.database.read() as connection:
            wanted = {
                handle: products.find_version(connection, version.client_id, number)
                for handle, number in version.products.items()
            }
            uploaded = assets.find(
                connection, version.client_id, [bytes.fromhex(one) for one in version.assets]
            )
        own = {
            handle: msgspec.json.decode(row.document, type=Product)
            for handle, row in wanted.items()
            if row is not None
        }
        data: dict[str, bytes] = {}
        for digest, asset in uploaded.items():
            key = self._open(asset.client_id, asset.id, asset.key)
            name = asset_name(asset.client_id, asset.id)
            try:
                data[digest.hex()] = self._runtime.files.whole(name, key)
            except NotFound:
                raise AssetMissing("An uploaded file is missing; restore it from its backup.") from None
        pieces: list[Piece] = []
        for recipe in recipe_set.recipes:
            product = own[recipe.product]
            for filling in recipe.fillings:
                area = product.area(filling.area)
                if area is None:
                    continue
                needed = {name: data[name] for name in needs(area, filling) if name in data}
                job = PrintJob(area, filling, needed, product.preflight)
                pieces.append(Piece(len(pieces), product, area, filling, job))
        return pieces

    async def _render(self, piece: Piece) -> PrintFile | SpectrumError:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._pool.run(tasks.make, piece.job)
            except Unavailable as error:
                if attempt == TRIES:
                    return error
            except SpectrumError as error:
                return error
            except Exception as error:  # noqa: BLE001  a renderer's own fault is this file's, not the worker's
                _log.error("renderer failed", cause=type(error).__name__, area=piece.area.handle)
                return Unavailable("The file could not be made: the renderer failed.")
        raise AssertionError("unreachable")

    async def _sheet(self, version: Version, made: list[tuple[Piece, PrintFile]]) -> bytes:
        with self._runtime.database.read() as connection:
            client = recipes.client_handle(connection, version.client_id)
        pictures = [MadeArea(piece.product, piece.area, piece.filling, file) for piece, file in made]
        return await self._pool.run(tasks.sheet, client, version.readable_id, pictures)

    def _keep(
        self, version: Version, key: OrderKey, made: list[tuple[Piece, PrintFile]]
    ) -> list[PrintFileRow]:
        files = self._runtime.files
        rows: list[PrintFileRow] = []
        for piece, result in made:
            name = file_name(version.client_id, version.id, str(piece.place))
            stored = files.write(name, key, [result.data])
            rows.append(
                PrintFileRow(
                    piece.place,
                    piece.product.handle,
                    piece.area.handle,
                    result.suffix,
                    result.media_type,
                    stored.size,
                    stored.sha256,
                    zlib.crc32(result.data),
                )
            )
        return rows

    def _keep_sheet(self, version: Version, key: OrderKey, sheet: bytes) -> None:
        self._runtime.files.write(file_name(version.client_id, version.id, SHEET), key, [sheet])

    def _note(
        self, client_id: int, version: int, artwork: Artwork, rows: list[PrintFileRow], again: bool
    ) -> None:
        with self._runtime.ledger.write() as tx:
            if again:
                tx.record("artwork.lost", "worker", {"version": str(version)}, client_id=client_id)
                rows = remakes.carried(tx, client_id, version, rows)
            recipes.note_artwork(tx, client_id, version, artwork, rows)


def _forbids(result: PrintFile, again: bool) -> bool:
    """Whether it may not be printed. Of a file that is made again only what is wrong in it counts: the recipe
    was accepted, paid and printed, perhaps before anybody looked for what is found in it today."""
    return any(
        finding.level is Level.REJECT
        and not (again and (kind := KINDS.get(finding.code)) is not None and kind.of_recipe)
        for finding in result.findings
    )


def _findings(result: PrintFile | SpectrumError) -> tuple[Finding, ...]:
    if isinstance(result, PrintFile):
        return result.findings
    return (
        Finding(
            code=result.code,
            level=Level.REJECT,
            found=result.message,
            wanted="A recipe that can be made.",
            mend="Correct the recipe set and send it again; the order then takes the new one.",
        ),
    )
