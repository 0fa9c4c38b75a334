"""The one way in: whatever brings an order, it becomes durable here.

``Intake.capture`` seals and digests each order, has the writer store it, and returns when it is
on disk. Nothing else in the house stores an order.
"""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

import msgspec

from spectrum_orders.crypto import KeyRing, OrderKey, blind_indexes
from spectrum_orders.domain import compare, receipts
from spectrum_orders.domain.order import Form, Order, canonical, urgency
from spectrum_orders.errors import Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store.captures import (
    Capture,
    Completion,
    Existing,
    LineRow,
    Outcome,
    Written,
)
from spectrum_orders.store.sealed import SealedField, WrappedKey
from spectrum_orders.store.transaction import Transaction, now_us
from spectrum_orders.store.writer import Batch, Done, Key, Replay, Work, Writer

ADDRESSES = ("/customerAddress", "/shippingAddress")

CHUNK = 100
"""Orders sealed before the event loop serves others: about 3 ms of work."""

LONGEST_WAIT = 60.0
"""Seconds after which whoever waits for the writer is told to come again: the database is stalled. It may
still write what it was given, and the repeat then finds it there."""

LOOK_SECONDS = 1.0

LAST_WAIT = 2.0
"""Seconds that a stop waits for the writer, when the requests have already had the time of the setting."""

_T = TypeVar("_T")


class Comparison(msgspec.Struct, frozen=True):
    """How a repeated order differs from the stored one: JSON Pointers, never values.

    ``incomparable`` are values of people that were there, were erased, and are sent again: nobody can say
    whether they are the same. Such an order is not called identical."""

    identical: bool
    differences: tuple[str, ...]
    incomparable: tuple[str, ...] = ()


def seal(order: Order, *, client_id: int, order_id: int, actor: str, keys: KeyRing, now: int) -> Capture:
    """An order made ready for the store: personal values sealed, both digests taken."""
    content = order.content
    text = canonical(content)
    personal = order.personal
    key: WrappedKey | None = None
    people: tuple[SealedField, ...] = ()
    index: tuple[bytes, ...] = ()
    commitments: dict[str, bytes] = {}
    if personal:
        own = keys.new_order_key(client_id, order_id)
        key = WrappedKey(own.version, own.wrapped)
        people = _seal_fields(own, personal)
        commitments = {field.field: field.commitment for field in people}
        index = blind_indexes(keys, client_id, personal)
    return Capture(
        client_id,
        order_id,
        actor,
        content.purchase_order_number,
        order.form.value,
        order.order_instant,
        text.decode(),
        receipts.content_digest(text),
        receipts.personal_digest(commitments),
        ADDRESSES[0] in personal and ADDRESSES[1] in personal,
        now,
        tuple(
            LineRow(line.recipe_set_id, tuple((pair.sku, pair.quantity) for pair in line.sku_quantities))
            for line in content.line_items
        ),
        key,
        people,
        index,
        urgency(content.priority),
        order if order.form is Form.FULL else None,
    )


def _seal_fields(key: OrderKey, personal: dict[str, str]) -> tuple[SealedField, ...]:
    return tuple(
        SealedField(field, key.seal(field, text), key.commit(field, text)) for field, text in personal.items()
    )


def compare_stored(keys: KeyRing, client_id: int, existing: Existing, order: Order) -> Comparison:
    """What of ``order`` is not as it was stored. Personal values are compared without opening
    them, by their salted commitments."""
    key = _existing_key(keys, client_id, existing)
    stored, sent = existing.commitments, order.personal
    erased = tuple(sorted(stored.keys() & sent.keys())) if key is None else ()
    personal = sorted(
        pointer
        for pointer in stored.keys() | sent.keys()
        if pointer not in stored
        or pointer not in sent
        or (key is not None and key.commit(pointer, sent[pointer]) != stored[pointer])
    )
    differences = (*compare.differences(existing.content, order.content), *personal)
    return Comparison(not differences and not erased, differences, erased)


def _existing_key(keys: KeyRing, client_id: int, existing: Existing) -> OrderKey | None:
    wrapped = existing.key
    if wrapped is None:
        return None
    return keys.open_order_key(client_id, existing.order_id, wrapped.wrapped, wrapped.version)


def completion(
    keys: KeyRing, client_id: int, order: Order, existing: Existing, actor: str
) -> Completion | None:
    """What a full order adds to one that was acknowledged without addresses, or ``None``.

    Its lines must be the same, with their gift messages, and so must an address that is there
    already: what silently stayed the old one would be printed or shipped wrong. Anything else that
    differs stays as it was acknowledged, and the answer says so.
    """
    if order.form is not Form.FULL or existing.addressed_by is not None or existing.erased_at is not None:
        return None
    if not compare.same_lines(existing.content, order.content):
        return None
    key = _existing_key(keys, client_id, existing)
    stored = existing.commitments
    added: dict[str, str] = {}
    kept = [pointer for pointer in stored if pointer not in order.personal]
    for pointer, text in order.personal.items():
        if pointer not in stored:
            added[pointer] = text
        elif key is None or key.commit(pointer, text) != stored[pointer]:
            if pointer in ADDRESSES or pointer.startswith("/lineItems/"):
                return None
            kept.append(pointer)
    new_key: WrappedKey | None = None
    if key is None:
        key = keys.new_order_key(client_id, existing.order_id)
        new_key = WrappedKey(key.version, key.wrapped)
    people = _seal_fields(key, added)
    commitments = stored | {field.field: field.commitment for field in people}
    return Completion(
        order_id=existing.order_id,
        actor=actor,
        content_digest=receipts.content_digest(existing.content),
        personal_digest=receipts.personal_digest(commitments),
        new_key=new_key,
        people=people,
        index=blind_indexes(keys, client_id, added),
        kept=(*compare.differences(existing.content, order.content), *sorted(kept)),
    )


class Foreseen(msgspec.Struct, frozen=True, gc=False):
    """What a dry run must remember of an order that it would have stored; a quarter of the order's memory."""

    content: bytes
    personal: bytes

    @classmethod
    def of(cls, order: Order) -> Self:
        """What to remember of this order."""
        return cls(canonical(order.content), _pack(order.personal))


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, str]).decode


def compare_foreseen(first: Foreseen, existing: Existing | None, order: Order) -> Comparison:
    """As ``compare_stored``, with what would be stored had ``first`` been captured before ``order``.

    ``existing`` is what ``first`` would complete, if anything.
    """
    content = first.content if existing is None else existing.content
    said = _unpack(first.personal)
    stored = said.keys() | (existing.commitments.keys() if existing is not None else set())
    personal = sorted(
        pointer
        for pointer in stored | order.personal.keys()
        # What ``first`` says of a person is taken for what is stored. Of a contact that a completion
        # would keep as it was that is not so, and a dry run may then name one pointer too many or too few.
        if pointer not in order.personal
        or pointer not in stored
        or (pointer in said and said[pointer] != order.personal[pointer])
    )
    differences = (*compare.differences(content, order.content), *personal)
    return Comparison(not differences, differences)


def foresee(keys: KeyRing, client_id: int, order: Order, existing: Existing | None) -> Outcome:
    """What capturing ``order`` would come to, if nothing else happened first. Stores nothing."""
    if existing is None:
        return Written(0, 0, 0)
    added = completion(keys, client_id, order, existing, "")
    return existing if added is None else Written(existing.order_id, 0, 0, completed=True, kept=added.kept)


class Intake:
    """The capture of one process, tied to its event loop. Start it, stop it, once."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._loop = asyncio.get_running_loop()
        settings = runtime.settings
        self.writer = Writer(
            runtime.database,
            runtime.ledger,
            self._complete,
            most_waiting=settings.max_waiting,
            most_together=settings.batch_orders,
            notify=self._notify,
        )
        self._take_id = runtime.ledger.ids.take
        self._gathered: list[tuple[Work, Done]] = []
        self._waiting: collections.deque[tuple[float, asyncio.Future[Any]]] = collections.deque()
        self.writer.start()

    def stop(self) -> None:
        """Write what waits, then end the writer. Blocks, for ``LAST_WAIT`` at most."""
        self.writer.stop(LAST_WAIT)

    async def capture(
        self, orders: Sequence[Order], *, client_id: int, actor: str, key: Key | None = None
    ) -> Sequence[Outcome] | Replay:
        """Store ``orders`` of one client, together; durable when this returns.

        Of two with one purchase order number the first is stored. With an idempotency key a
        repeat gives ``Replay``. Raises Unavailable (send the same again: nothing doubles) or Internal.
        """
        now = now_us()
        keys = self.runtime.keys
        take = self._take_id
        captures: list[Capture] = []
        for start in range(0, len(orders), CHUNK):
            if start:
                await asyncio.sleep(0)
            captures += [
                seal(order, client_id=client_id, order_id=take(), actor=actor, keys=keys, now=now)
                for order in orders[start : start + CHUNK]
            ]
        return await self._submit(Batch(captures, key))  # type: ignore[no-any-return]  # as the writer promises

    async def run(self, job: Callable[[Transaction], _T]) -> _T:
        """Run a small write in the next group's transaction; durable when this returns."""
        return await self._submit(job)  # type: ignore[no-any-return]  # the job's own result

    async def _submit(self, work: Work) -> Any:
        future: asyncio.Future[Any] = self._loop.create_future()

        def done(result: Any, error: BaseException | None) -> None:
            if future.done():  # the request was cancelled; what it sent is stored all the same
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self.writer.check_room(work)
        if not self._gathered:
            # Whatever this turn of the event loop still brings goes to the writer as one group:
            # woken by the first request, it would commit that one alone while the others gather.
            self._loop.call_soon(self._hand_over)
        self._gathered.append((work, done))
        if not self._waiting:
            self._loop.call_later(LOOK_SECONDS, self._look_at_waiting)
        self._waiting.append((self._loop.time() + LONGEST_WAIT, future))
        return await future

    def _look_at_waiting(self) -> None:
        """Let go of those who have waited for too long. One look for all of them costs less than a
        timer for each, which would be set and cancelled with every order."""
        now = self._loop.time()
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= now):
            _give_up(self._waiting.popleft()[1])
        if self._waiting:
            self._loop.call_later(LOOK_SECONDS, self._look_at_waiting)

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        self.writer.submit(gathered)

    def _notify(self, tell: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(tell)

    def _complete(self, capture: Capture, existing: Existing) -> Completion | None:
        if capture.full is None:
            return None
        return completion(self.runtime.keys, capture.client_id, capture.full, existing, capture.actor)


def _give_up(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(
            Unavailable(
                "The order store does not answer. Send the same again: nothing doubles.", retry_after=5
            )
        )
