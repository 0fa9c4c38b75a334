"""``POST /api/order/acknowledgement`` and its relatives: orders in, receipts out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from spectrum_orders import capture
from spectrum_orders.capture import Comparison, Foreseen, Intake
from spectrum_orders.domain.order import Form
from spectrum_orders.domain.payloads import Accepted, Many, Rejected, open_envelope, read_order
from spectrum_orders.errors import (
    BadRequest,
    NotJson,
    SpectrumError,
    TooLarge,
    Unavailable,
)
from spectrum_orders.store import captures as stored
from spectrum_orders.store.captures import Existing, Failed, Outcome, Written
from spectrum_orders.store.writer import Key, Replay
from spectrum_orders.web import answers, foresight, unknown
from spectrum_orders.web.allowance import KEPT_BYTES, Allowance
from spectrum_orders.web.answers import Answer
from spectrum_orders.web.auth import Authenticator, Principal, need_scope
from spectrum_orders.web.exchange import JSON, PROBLEM, Exchange, unsupported
from spectrum_orders.web.foresight import ForeseenLine, Taken
from spectrum_orders.web.idempotency import HEADER, Claim, Keys, replay
from spectrum_orders.web.lookup import look
from spectrum_orders.web.metrics.tally import STREAM, Tally
from spectrum_orders.web.ndjson import MEDIA_TYPES, stream
from spectrum_orders.web.results import Results

CHUNK = 100
"""Orders that are read and sealed before the event loop serves others: about 3 ms of work."""

AHEAD = 8
"""Chunks of one request that may be on their way to the disk while the next is read."""

WHOLE_WEIGHT = 4
"""What an order weighs in a request that is stored and answered as a whole, beside one that is not."""

Item = Accepted | Answer
"""An order that can be stored, or the answer that it already has."""


class Context(msgspec.Struct, frozen=True):
    """What the answers to one request's orders have in common."""

    principal: Principal
    instance: str
    dry_run: bool
    foreseen: dict[str, Foreseen] = {}
    """Of a dry run: what would be stored by now, by purchase order number."""
    lines: dict[str, tuple[ForeseenLine, ...]] = {}
    """Of a dry run: what would become of each line, until it is told."""


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
            raise unsupported(media_type)
        body = await exchange.body()
        many = open_envelope(body, self._most)
        keyed = HEADER in exchange.headers and not context.dry_run
        if many is not None and len(many.orders) > CHUNK:
            await exchange.take_turn(len(many.orders) * (WHOLE_WEIGHT if keyed else 1))
        claim = self._keys.claim(exchange, principal.client_id, body) if keyed else None
        if claim is None:
            if many is not None:
                with Results() as results:
                    await self._answer_many(many, context, results)
                    warnings = many.warnings
                    del body, many  # the next large request may come while this one's answer is being read
                    await results.send(exchange, warnings)
                return
            answer = await self._answer_one(body, context)
        else:
            body = b"" if many else body  # that of many lives on in its orders
            answer, replayed = await self._keys.answer(
                claim, lambda: self._answer_kept(body, many, context, claim)
            )
            if replayed:
                exchange.extra_headers.append((b"idempotency-replayed", b"true"))
        await exchange.respond(answer.status, answer.body, JSON if answer.status < 300 else PROBLEM)

    async def _answer_one(self, body: bytes, context: Context) -> Answer:
        [item] = await self._known([self._read(body, context)], context)
        if isinstance(item, Answer):
            return item
        [outcome] = await (
            self._foresee([item], context) if context.dry_run else self._store([item], context)
        )
        return self._render(item, outcome, context)

    async def _answer_many(self, many: Many, context: Context, results: Results) -> None:
        # A dry run compares each order with those before it, so its chunks go one after the other.
        ahead = 1 if context.dry_run else AHEAD
        writing: list[asyncio.Task[list[Answer]]] = []
        for start in range(0, len(many.orders), CHUNK):
            if len(writing) >= ahead:
                results.add(await writing.pop(0))
            chunk = many.orders[start : start + CHUNK]
            writing.append(asyncio.create_task(self._answer_each(chunk, context)))
            await asyncio.sleep(0)
        for task in writing:
            results.add(await task)
        if results.statuses == {Unavailable.status}:
            raise Unavailable(
                "The order store cannot take orders now. Send the same again: nothing doubles.", retry_after=2
            )

    async def _answer_each(self, raws: Sequence[bytes | msgspec.Raw], context: Context) -> list[Answer]:
        """An answer for each order, each standing alone; whatever is a 200 is on disk."""
        items: Sequence[Item] = [self._read_within(raw, context) for raw in raws]
        outcomes: Sequence[Outcome | Comparison]
        try:
            items = await self._known(items, context)
            accepted = [item for item in items if isinstance(item, Accepted)]
            if not accepted:
                return self._merge(items, [], context)
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
        items: Sequence[Item]
        if many is None:
            items = await self._known([self._read(body, context)], context)
            if isinstance(items[0], Answer):  # nothing to store; an honest retry must not be blocked
                return items[0]
        else:
            items = await self._read_all(many.orders, context)
            many.orders.clear()  # and with them the body, which is of no more use

        rendered: tuple[Sequence[Outcome], Answer] | None = None

        def whole(outcomes: Sequence[Outcome]) -> tuple[Answer, bool]:
            """The answer, and whether it holds a fault of ours."""
            allowance = None if many is None else Allowance(KEPT_BYTES)
            merged = self._merge(items, outcomes, context, allowance)
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
        return found if isinstance(found, Accepted) else self._reject(found, context)

    def _reject(self, found: Rejected, context: Context) -> Answer:
        if not context.dry_run:
            self._tally.note_rejected(self._form)
        return answers.rejected(found, context.instance)

    async def _known(self, items: Sequence[Item], context: Context) -> Sequence[Item]:
        """The same; of a client that will not have recipe sets that are not known here, without those."""
        accepted = [item for item in items if isinstance(item, Accepted)]
        if not accepted or not context.principal.rejects_unknown:
            return items
        left = iter(await unknown.refuse(self._intake.runtime, context.principal.client_id, accepted))
        judged = [item if isinstance(item, Answer) else next(left) for item in items]
        return [self._reject(item, context) if isinstance(item, Rejected) else item for item in judged]

    def _read_within(self, raw: bytes | msgspec.Raw, context: Context) -> Item:
        """As ``_read``, but what is not JSON is that one order's answer, not the request's."""
        try:
            return self._read(raw, context)
        except NotJson as error:
            if not context.dry_run:
                self._tally.note_rejected(self._form)
            return answers.failed(error, context.instance)

    async def _read_all(self, raws: Sequence[msgspec.Raw], context: Context) -> Sequence[Item]:
        allowance = Allowance(KEPT_BYTES)
        items: list[Item] = []
        for raw in raws:
            items.append(allowance.item(self._read_within(raw, context)))
            if len(items) % CHUNK == 0:
                await asyncio.sleep(0)
        return await self._known(items, context)

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
                    foreseen[number] = Foreseen.of(item.order)
                else:  # a stream has no end, and they are all kept in memory
                    outcome = Failed(
                        TooLarge(f"A dry run foresees at most {self._most} orders of one request.")
                    )
            outcomes.append(outcome)
        taken = [
            Taken(item.order, outcome.order_id if outcome.completed else None)
            for item, outcome in zip(accepted, outcomes, strict=True)
            if isinstance(outcome, Written)
        ]
        if taken:
            context.lines.update(await foresight.of_orders(self._intake.runtime, client_id, taken))
        return outcomes

    def _merge(
        self,
        items: Sequence[Item],
        outcomes: Sequence[Outcome | Comparison],
        context: Context,
        allowance: Allowance | None = None,
    ) -> list[Answer]:
        left = iter(outcomes)
        merged = (
            item if isinstance(item, Answer) else self._render_alone(item, next(left), context)
            for item in items
        )
        return list(merged) if allowance is None else [allowance.answer(answer) for answer in merged]

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
            foreseen: tuple[ForeseenLine, ...] = ()
            if context.dry_run:
                foreseen = context.lines.pop(item.order.content.purchase_order_number, ())
            return answers.acknowledged(
                item.order, outcome, item.warnings, dry_run=context.dry_run, foreseen=foreseen
            )
        if isinstance(outcome, Comparison):
            return answers.already_submitted(item.order, None, outcome, item.warnings, context.instance)
        comparison = capture.compare_stored(
            self._intake.runtime.keys, context.principal.client_id, outcome, item.order
        )
        return answers.already_submitted(item.order, outcome, comparison, item.warnings, context.instance)
