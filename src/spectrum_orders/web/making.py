"""Waiting for print files: their making is started by whoever asks first, and shared by all who ask."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from spectrum_orders import ids, shelf
from spectrum_orders.capture import Intake
from spectrum_orders.crypto import OrderKey
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.order import LineContent, OrderContent
from spectrum_orders.errors import Ambiguous, BadRequest, Invalid, NotFound, Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders, pins, recipes
from spectrum_orders.store.pins import Meant
from spectrum_orders.store.recipes import READY, Artwork, PrintFileRow
from spectrum_orders.store.seats import Seat
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

DEFAULT_WAIT, LONGEST_WAIT = 20.0, 60.0
"""Seconds that a request waits for files. The documented client never asks twice, and most files are made
in a second."""

LOOK_SECONDS = 0.2
AGAIN_SECONDS = 5
"""What ``Retry-After`` says of files that are still being made."""

_content = msgspec.json.Decoder(OrderContent).decode


class Line(msgspec.Struct, frozen=True):
    """The line of an order that a version is asked for on behalf of."""

    number: int
    agreed: LineContent
    order: OrderContent


class Made(msgspec.Struct, frozen=True):
    """A version whose files are there; ``line`` is the newest order's, if there is an order."""

    client_id: int
    version: int
    readable_id: str
    artwork: Artwork
    files: tuple[PrintFileRow, ...]
    products: dict[str, int]
    line: Line | None
    key: OrderKey


class Making:
    """What the process's requests wait for."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.runtime: Runtime = intake.runtime
        self._watches: dict[tuple[int, int], asyncio.Task[Artwork]] = {}
        self._wanted_until: dict[tuple[int, int], float] = {}

    async def ensure(self, seat: Seat, client: str | None, readable_id: str, seconds: float) -> Made:
        """The files of a recipe set, as the newest order with it has it; made now if nobody has.

        A partner has those of lines that are routed to it, while they may leave. Raises NotFound, Ambiguous,
        Invalid with the findings when the artwork cannot be printed, and Unavailable with ``state: pending``
        when the files are not there in ``seconds``.
        """
        client_id, meant = await look(lambda: self._meant(seat, client, readable_id))
        return await self.ensure_version(client_id, readable_id, meant, seconds)

    async def ensure_version(self, client_id: int, readable_id: str, meant: Meant, seconds: float) -> Made:
        """The same of a version that is known."""
        meant, artwork = await look(lambda: self._find(client_id, readable_id, meant))
        if artwork is not None and artwork.state == READY:
            artwork = await look(lambda: self._artwork(client_id, meant.version))
        if artwork is None:
            artwork = await self._wait(client_id, meant.version, seconds)
        if artwork.state != READY:
            raise Invalid(
                "The artwork cannot be printed; each of findings says what was found and how to mend it. Put "
                "the recipe set again once it is mended.",
                extra={"state": artwork.state, "findings": msgspec.Raw(artwork.findings.encode())},
            )
        return await look(lambda: self._open(client_id, meant, artwork))

    async def note_opened(self, made: Made, principal: Principal, why: str) -> None:
        """Put in the journal that a person's artwork leaves, before it does."""
        await self.note_opened_by(made, principal.actor, why)

    async def note_opened_by(self, made: Made, actor: str, why: str) -> None:
        """The same for whoever comes without a token."""
        body = {"version": str(made.version), "why": why}
        await self._intake.run(lambda tx: tx.record("artwork.opened", actor, body, client_id=made.client_id))

    def _meant(self, seat: Seat, client: str | None, readable_id: str) -> tuple[int, Meant]:
        with self.runtime.database.read() as connection:
            found = pins.find_all(connection, seat, client, readable_id)
        if not found:
            raise NotFound("There is no recipe set with this id.")
        if len(found) > 1:
            handles = sorted(one.client_handle for one in found)
            raise Ambiguous(
                f"Several clients have a recipe set with this id: {', '.join(handles)}. Say which one with "
                "?client=.",
                extra={"clients": handles},
            )
        return found[0].client_id, found[0].meant

    def _find(self, client_id: int, readable_id: str, meant: Meant) -> tuple[Meant, Artwork | None]:
        with self.runtime.database.read() as connection:
            artwork = recipes.find_artwork(connection, client_id, meant.version)
            if artwork is not None and artwork.state != READY:
                # A line that is bound to what cannot be printed takes the mended one: see the maker.
                current = recipes.current_id(connection, client_id, readable_id)
                if current is not None and current != meant.version:
                    meant = msgspec.structs.replace(meant, version=current)
                    artwork = recipes.find_artwork(connection, client_id, current)
            if recipes.find_key(connection, client_id, meant.version) is None:
                raise NotFound("The artwork of this recipe set was erased.")
        return meant, artwork

    async def _wait(self, client_id: int, version: int, seconds: float) -> Artwork:
        wanted = await self._intake.run(lambda tx: pins.want(tx, client_id, version))
        if seconds > 0:
            watch = self._watch(client_id, version, seconds)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    # Shielded: others wait for the same.
                    return await asyncio.shield(watch)
        raise Unavailable(
            "The print files are not made yet; they are pending. Ask again.",
            retry_after=AGAIN_SECONDS,
            extra={
                "state": "pending",
                "since": iso(ids.made_at(wanted.id)),
                "waitsFor": "rendering" if wanted.begun else "a worker",
            },
        )

    def _watch(self, client_id: int, version: int, seconds: float) -> asyncio.Task[Artwork]:
        """One look at the store for all who wait for the same, not one for each."""
        mark = (client_id, version)
        until = asyncio.get_running_loop().time() + seconds
        self._wanted_until[mark] = max(until, self._wanted_until.get(mark, 0.0))
        watch = self._watches.get(mark)
        if watch is None:
            watch = self._watches[mark] = asyncio.create_task(self._look_out(mark))
            watch.add_done_callback(lambda done: self._over(mark, done))
        return watch

    def _over(self, mark: tuple[int, int], done: asyncio.Task[Artwork]) -> None:
        self._watches.pop(mark, None)
        self._wanted_until.pop(mark, None)
        if not done.cancelled():
            done.exception()  # taken note of, for the case that nobody waits for it any more

    async def _look_out(self, mark: tuple[int, int]) -> Artwork:
        loop = asyncio.get_running_loop()
        while loop.time() <= self._wanted_until[mark] + LOOK_SECONDS:
            found = await look(lambda: self._artwork(*mark))
            if found is not None:
                return found
            await asyncio.sleep(LOOK_SECONDS)
        raise TimeoutError

    def _artwork(self, client_id: int, version: int) -> Artwork | None:
        """What became of a version; nothing yet if its files are lost, which are made again."""
        with self.runtime.database.read() as connection:
            artwork, lost = shelf.find(connection, self.runtime.files, client_id, version)
        return None if lost else artwork

    def _open(self, client_id: int, meant: Meant, artwork: Artwork) -> Made:
        with self.runtime.database.read() as connection:
            found = recipes.find_version(connection, self.runtime.keys, client_id, meant.version)
            wrapped = recipes.find_key(connection, client_id, meant.version)
            files = recipes.find_print_files(connection, client_id, meant.version)
            order = None
            if meant.order_id is not None:
                order = orders.find_order_by_id(connection, client_id, meant.order_id)
        if found is None or wrapped is None:
            raise NotFound("The artwork of this recipe set was erased.")
        line = None
        if order is not None and meant.position is not None:
            content = _content(order.content)
            line = Line(order.lines[meant.position].number, content.line_items[meant.position], content)
        key = self.runtime.keys.open_order_key(client_id, meant.version, wrapped.wrapped, wrapped.version)
        return Made(
            client_id, meant.version, found.readable_id, artwork, tuple(files), found.products, line, key
        )


def wait_of(exchange: Exchange, default: float = DEFAULT_WAIT) -> float:
    """The query parameter ``wait``: seconds from 0 to 60. Raises BadRequest."""
    text = exchange.text(b"wait")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > LONGEST_WAIT:
        raise BadRequest(f"The query parameter wait is a whole number of seconds, 0 to {LONGEST_WAIT:.0f}.")
    return float(int(text))
