"""``POST /api/order/acknowledgement`` and its relatives: orders in, receipts out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from spectrum_orders import capture
from spectrum_orders.capture import Comparison, Intake
from spectrum_orders.domain.order import Form, Order
from spectrum_orders.domain.payloads import Accepted, Many, Rejected, open_envelope, read_order
from spectrum_orders.errors import (
    BadRequest,
    NotJson,
    Problem,
    SpectrumError,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from spectrum_orders.store import captures as stored
from spectrum_orders.store.captures import Existing, Failed, Outcome, Written
from spectrum_orders.store.writer import Key, Replay
from spectrum_orders.web import answers
from spectrum_orders.web.answers import Answer
from spectrum_orders.web.auth import Authenticator, Principal, need_scope
from spectrum_orders.web.exchange import JSON, PROBLEM, Exchange
from spectrum_orders.web.idempotency import HEADER, Claim, Keys, replay
from spectrum_orders.web.lookup import look
from spectrum_orders.web.metrics.tally import STREAM, Tally
from spectrum_orders.web.ndjson import MEDIA_TYPES, stream

CHUNK = 100
"""Orders that are read and sealed before the event loop serves others: about 3 ms of work."""

AHEAD = 8
"""Chunks of one request that may be on their way to the disk while the next is read."""

Item = Accepted | Answer
"""An order that can be stored, or the answer that it already has."""


class Context(msgspec.Struct, frozen=True):
    """What the answers to one request's orders have in common."""

    principal: Principal
    instance: str
    dry_run: bool
    foreseen: dict[str, Order] = {}
    """Of a dry run: what would be stored by now, by purchase order number."""


class Acknowledgement:
    """The endpoint of one process, in the form of one route."""

    def __init__(
        self, intake: Intake, authenticator: Authenticator, keys: Keys, form: Form, tally: Tally
    ) -> None:
        self._intake = intake
        self._authenticator = authenticator
        self._keys = keys
        self._form = form
        self._tally = tally
        self._most = intake.runtime.settings.max_bulk_orders
        self._deepest = intake.runtime.settings.max_json_depth
        self._longest_line = intake.runtime.settings.max_ndjson_line_bytes

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request."""
        need_scope(principal, "acknowledge")
        context = Context(
            principal,
            f"{exchange.path}#{exchange.request_id}",
            exchange.flag(b"dryRun") if exchange.query else False,
        )
        media_type = exchange.media_type()
        if media_type in MEDIA_TYPES:
            if HEADER in exchange.headers:
                raise BadRequest("A stream takes no Idempotency-Key: its orders are answered one by one.")
            exchange.route += STREAM
            await stream(
                exchange,
                lambda raws: self._answer_lines(raws, context, exchange.headers),
                longest_line=self._longest_line,
            )
            return
        if media_type != JSON:
            raise _unsupported(media_type)
        body = await exchange.body()
        many = open_envelope(body, self._most)
        claim = None
        if HEADER in exchange.headers and not context.dry_run:
            claim = self._keys.claim(exchange, principal.client_id, body)
        if claim is None:
            answer = await (
                self._answer_one(body, context) if many is None else self._answer_many(many, context)
            )
        else:
            answer, replayed = await self._keys.answer(
                claim, lambda: self._answer_kept(body, many, context, claim)
            )
            if replayed:
                exchange.extra_headers.append((b"idempotency-replayed", b"true"))
        await exchange.respond(answer.status, answer.body, JSON if answer.status < 300 else PROBLEM)

    async def _answer_one(self, body: bytes, context: Context) -> Answer:
        item = self._read(body, context)
        if isinstance(item, Answer):
            return item
        [outcome] = await (
            self._foresee([item], context) if context.dry_run else self._store([item], context)
        )
        return self._render(item, outcome, context)

    async def _answer_many(self, many: Many, context: Context) -> Answer:
        if context.dry_run:
            items = await self._read_all(many.orders, context)
            outcomes = await self._foresee([item for item in items if isinstance(item, Accepted)], context)
            return answers.bulk(self._merge(items, outcomes, context), many.warnings)
        answered: list[Answer] = []
        writing: list[asyncio.Task[list[Answer]]] = []
        for start in range(0, len(many.orders), CHUNK):
            if len(writing) >= AHEAD:
                answered += await writing.pop(0)
            writing.append(
                asyncio.create_task(self._answer_each(many.orders[start : start + CHUNK], context))
            )
            await asyncio.sleep(0)
        for task in writing:
            answered += await task
        if answered and all(answer.status == Unavailable.status for answer in answered):
            raise Unavailable(
                "The order store cannot take orders now. Send the same again: nothing doubles.", retry_after=2
            )
        return answers.bulk(answered, many.warnings)

    async def _answer_each(self, raws: Sequence[bytes | msgspec.Raw], context: Context) -> list[Answer]:
        """An answer for each order, each standing alone; whatever is a 200 is on disk."""
        items = [self._read_within(raw, context) for raw in raws]
        accepted = [item for item in items if isinstance(item, Accepted)]
        if not accepted:
            return self._merge(items, [], context)
        outcomes: Sequence[Outcome | Comparison]
        try:
            outcomes = await (self._foresee if context.dry_run else self._store)(accepted, context)
        except SpectrumError as error:
            failure = answers.failed(error, context.instance)
            return [item if isinstance(item, Answer) else failure for item in items]
        return self._merge(items, outcomes, context)

    async def _answer_lines(
        self, lines: Sequence[bytes], context: Context, headers: Mapping[bytes, bytes]
    ) -> list[Answer]:
        """As ``_answer_each``, for a caller who must still be allowed: a stream may outlive its token."""
        self._tally.note_lines(len(lines))
        try:
            need_scope(await self._authenticator.authenticate(headers), "acknowledge")
        except Unavailable as error:
            # The store will be back, and the stream goes on: these orders alone were not taken.
            self._tally.note_failed(self._form, len(lines))
            return [answers.failed(error, context.instance)] * len(lines)
        return await self._answer_each(lines, context)

    async def _answer_kept(self, body: bytes, many: Many | None, context: Context, claim: Claim) -> Answer:
        """The answer under an idempotency key, kept by the transaction that stores the orders.

        One transaction for the whole request, however many orders: its answer is one as well.
        """
        items: list[Item]
        if many is None:
            items = [self._read(body, context)]
            if isinstance(items[0], Answer):  # nothing to store; an honest retry must not be blocked
                return items[0]
        else:
            items = await self._read_all(many.orders, context)

        rendered: tuple[Sequence[Outcome], Answer] | None = None

        def whole(outcomes: Sequence[Outcome]) -> tuple[Answer, bool]:
            """The answer, and whether it holds a fault of ours."""
            merged = self._merge(items, outcomes, context)
            faulty = any(answer.status >= 500 for answer in merged)
            return merged[0] if many is None else answers.bulk(merged, many.warnings), faulty

        def keep(outcomes: Sequence[Outcome]) -> tuple[int, bytes] | None:
            nonlocal rendered
            answer, faulty = whole(outcomes)
            rendered = (outcomes, answer)
            return None if faulty else (answer.status, answer.body)

        accepted = [item for item in items if isinstance(item, Accepted)]
        outcomes = await self._capture(accepted, context, Key(claim.client_id, claim.key, claim.digest, keep))
        if isinstance(outcomes, Replay):
            return replay(claim, outcomes.remembered)
        # Rendered for outcomes that were undone, it would speak of what is not so.
        if rendered is not None and rendered[0] is outcomes:
            return rendered[1]
        return whole(outcomes)[0]

    def _read(self, raw: bytes | msgspec.Raw, context: Context) -> Item:
        found = read_order(raw, self._form, context.principal.zone, self._deepest)
        if isinstance(found, Accepted) and context.principal.rejects_unknown:
            found = _refuse_unknown(found)
        if isinstance(found, Accepted):
            return found
        if not context.dry_run:
            self._tally.note_rejected(self._form)
        return answers.rejected(found, context.instance)

    def _read_within(self, raw: bytes | msgspec.Raw, context: Context) -> Item:
        """As ``_read``, but what is not JSON is that one order's answer, not the request's."""
        try:
            return self._read(raw, context)
        except NotJson as error:
            if not context.dry_run:
                self._tally.note_rejected(self._form)
            return answers.failed(error, context.instance)

    async def _read_all(self, raws: Sequence[msgspec.Raw], context: Context) -> list[Item]:
        items: list[Item] = []
        for raw in raws:
            items.append(self._read_within(raw, context))
            if len(items) % CHUNK == 0:
                await asyncio.sleep(0)
        return items

    async def _store(self, accepted: Sequence[Accepted], context: Context) -> Sequence[Outcome]:
        outcomes = await self._capture(accepted, context)
        assert not isinstance(outcomes, Replay)  # without a key there is nothing to replay
        return outcomes

    async def _capture(
        self, accepted: Sequence[Accepted], context: Context, key: Key | None = None
    ) -> Sequence[Outcome] | Replay:
        principal = context.principal
        try:
            outcomes = await self._intake.capture(
                [item.order for item in accepted],
                client_id=principal.client_id,
                actor=principal.actor,
                key=key,
            )
        except SpectrumError:
            self._tally.note_failed(self._form, len(accepted))
            raise
        if not isinstance(outcomes, Replay):
            self._tally.note_outcomes(self._form, outcomes)
        return outcomes

    async def _foresee(self, accepted: Sequence[Accepted], context: Context) -> list[Outcome | Comparison]:
        """What storing these would come to, after what the same request would have stored already."""
        client_id = context.principal.client_id
        numbers = [item.order.content.purchase_order_number for item in accepted]

        def find() -> dict[str, Existing]:
            with self._intake.runtime.database.read() as connection:
                return stored.find_existing(connection, client_id, numbers)

        existing = await look(find)
        keys = self._intake.runtime.keys
        foreseen = context.foreseen
        outcomes: list[Outcome | Comparison] = []
        for item, number in zip(accepted, numbers, strict=True):
            stored_before, first = existing.get(number), foreseen.get(number)
            if first is not None:
                outcomes.append(capture.compare_foreseen(first, stored_before, item.order))
                continue
            outcome: Outcome
            try:
                outcome = capture.foresee(keys, client_id, item.order, stored_before)
            except SpectrumError as error:
                outcome = Failed(error)
            if isinstance(outcome, Written):
                if len(foreseen) < self._most:
                    foreseen[number] = item.order
                else:  # a stream has no end, and they are all kept in memory
                    outcome = Failed(
                        TooLarge(f"A dry run foresees at most {self._most} orders of one request.")
                    )
            outcomes.append(outcome)
        return outcomes

    def _merge(
        self, items: Sequence[Item], outcomes: Sequence[Outcome | Comparison], context: Context
    ) -> list[Answer]:
        left = iter(outcomes)
        return [
            item if isinstance(item, Answer) else self._render_alone(item, next(left), context)
            for item in items
        ]

    def _render_alone(self, item: Accepted, outcome: Outcome | Comparison, context: Context) -> Answer:
        """As ``_render``, but a stored seal that does not open spoils that one order's answer alone."""
        try:
            return self._render(item, outcome, context)
        except SpectrumError as error:
            return answers.failed(error, context.instance)

    def _render(self, item: Accepted, outcome: Outcome | Comparison, context: Context) -> Answer:
        if isinstance(outcome, Failed):
            return answers.failed(outcome.error, context.instance)
        if isinstance(outcome, Written):
            return answers.acknowledged(item.order, outcome, item.warnings, dry_run=context.dry_run)
        if isinstance(outcome, Comparison):
            return answers.already_submitted(item.order, None, outcome, item.warnings, context.instance)
        comparison = capture.compare_stored(
            self._intake.runtime.keys, context.principal.client_id, outcome, item.order
        )
        return answers.already_submitted(item.order, outcome, comparison, item.warnings, context.instance)


def _unsupported(sent: bytes) -> UnsupportedMediaType:
    shown = "".join(char for char in sent.decode("latin-1")[:100] if char.isascii() and char.isprintable())
    return UnsupportedMediaType(
        f"The body was sent as {shown or 'nothing'}. Send it as JSON, with the header "
        "Content-Type: application/json (curl: -H 'Content-Type: application/json'), "
        "or as application/x-ndjson for a stream of orders."
    )


def _refuse_unknown(found: Accepted) -> Rejected:
    """What a client's setting makes of recipe sets that are not known here: no recipe set is, yet."""
    content = found.order.content
    return Rejected(
        content.purchase_order_number,
        tuple(line.recipe_set_id for line in content.line_items),
        tuple(
            Problem(
                f"/lineItems/{position}/recipeSetId",
                "unknown-recipe-set",
                "The recipe set is not known here, and this client's setting is to reject such orders.",
            )
            for position in range(len(content.line_items))
        ),
        found.warnings,
    )
