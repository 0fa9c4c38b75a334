"""Promise: everything that waits is written and told, together where it can be, alone where it must."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy as sa

from spectrum_orders.capture import seal
from spectrum_orders.domain.order import Form
from spectrum_orders.domain.payloads import Accepted, read_order
from spectrum_orders.errors import Conflict, Internal, SpectrumError, Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store.captures import Capture, Existing, Failed, Written
from spectrum_orders.store.schema import meta
from spectrum_orders.store.transaction import Transaction, now_us
from spectrum_orders.store.writer import Batch, Key, Replay, Work, Writer
from tests.durability.load import order
from tests.durability.opened import check_connection
from tests.durability.poison import POISON, poison
from tests.harness.place import Place
from tests.store.opening import opened

CLIENT = 42
UTC = ZoneInfo("UTC")


class Promised:
    """What came of one piece of work."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._outcome: tuple[Any, BaseException | None] = (None, None)
        self.times = 0

    def done(self, result: Any, error: BaseException | None) -> None:
        self._outcome = (result, error)
        self.times += 1
        self._told.set()

    @property
    def told(self) -> bool:
        return self._told.is_set()

    def result(self) -> Any:
        assert self._told.wait(60), "nobody told"
        result, error = self._outcome
        if error is not None:
            raise error
        return result


class Desk:
    """A writer over one runtime, and a place to hand work in."""

    def __init__(self, runtime: Runtime, *, most_waiting: int = 1000, most_together: int = 512) -> None:
        self.runtime = runtime
        self.writer = Writer(
            runtime.database,
            runtime.ledger,
            lambda *_: None,
            most_waiting=most_waiting,
            most_together=most_together,
            notify=lambda tell: tell(),
        )
        self.writer.start()

    def hand_in(self, *works: Work) -> list[Promised]:
        """Work that arrives together."""
        promised = [Promised() for _ in works]
        for work in works:
            self.writer.check_room(work)
        self.writer.submit([(work, one.done) for work, one in zip(works, promised, strict=True)])
        return promised

    def do(self, work: Work) -> Any:
        return self.hand_in(work)[0].result()

    def capture(self, *names: str, key: str | None = None) -> Batch:
        captures = [self._sealed(name) for name in names]
        kept = None if key is None else Key(CLIENT, key, b"digest", lambda _: (200, b"answer"))
        return Batch(captures, kept)

    def _sealed(self, name: str) -> Capture:
        found = read_order(msgspec.json.encode(order(name)), Form.ACKNOWLEDGEMENT, UTC)
        assert isinstance(found, Accepted)
        number = self.runtime.ledger.ids.take()
        keys = self.runtime.keys
        return seal(found.order, client_id=CLIENT, order_id=number, actor="test", keys=keys, now=now_us())

    def numbers(self) -> set[str]:
        with self.runtime.database.read() as connection:
            return set(connection.execute(sa.text("SELECT purchase_order_number FROM orders")).scalars())


@contextmanager
def desk(place: Place, **limits: int) -> Iterator[Desk]:
    with opened(place) as runtime:
        one = Desk(runtime, **limits)
        try:
            yield one
        finally:
            one.writer.stop(60)
        with runtime.database.read() as connection:
            check_connection(connection)


@contextmanager
def held_up(one: Desk) -> Iterator[None]:
    """The writer is busy with one transaction until the block ends."""
    busy, go_on = threading.Event(), threading.Event()

    def job(_: Transaction) -> None:
        busy.set()
        assert go_on.wait(60)

    [promised] = one.hand_in(job)
    assert busy.wait(60)
    try:
        yield
    finally:
        go_on.set()
        promised.result()


def put(key: str) -> Callable[[Transaction], str]:
    def job(tx: Transaction) -> str:
        tx.connection.execute(meta.insert().values(key=key, value="there"))
        tx.record("test.put", "test", {"key": key})
        return key

    return job


def test_what_gathers_while_the_writer_is_busy_shares_one_commit(database: Place) -> None:
    with desk(database) as one:
        with held_up(one):
            before = one.writer.commits
            promised = [p for number in range(50) for p in one.hand_in(one.capture(f"o-{number}"))]
            assert not any(p.told for p in promised)
            assert one.writer.waiting == 51
        outcomes = [p.result() for p in promised]
        assert all(isinstance(outcome, Written) for [outcome] in outcomes)
        assert one.writer.commits - before == 2, "the one that was held up, and one for all the others"
        assert len(one.numbers()) == 50


def test_a_group_is_no_larger_than_it_may_be(database: Place) -> None:
    with desk(database, most_together=10) as one:
        with held_up(one):
            before = one.writer.commits
            promised = [p for number in range(30) for p in one.hand_in(one.capture(f"o-{number}"))]
        for p in promised:
            p.result()
        assert one.writer.commits - before == 4


def test_a_stop_writes_and_tells_everything_that_waits_and_takes_nothing_more(database: Place) -> None:
    with desk(database, most_together=5) as one:
        with held_up(one):
            promised = [p for number in range(40) for p in one.hand_in(one.capture(f"o-{number}"))]
            stopping = threading.Thread(target=one.writer.stop, args=(60,))
            stopping.start()
        stopping.join()
        assert [p.times for p in promised] == [1] * 40
        assert len(one.numbers()) == 40
        with pytest.raises(Unavailable):
            one.writer.check_room(one.capture("late"))


def test_a_full_queue_refuses_and_counts_nothing_of_what_it_refused(database: Place) -> None:
    with desk(database, most_waiting=10) as one:
        with held_up(one):
            promised = [p for number in range(9) for p in one.hand_in(one.capture(f"o-{number}"))]
            with pytest.raises(Unavailable) as refused:
                one.writer.check_room(one.capture("too many"))
            assert refused.value.retry_after
            assert one.writer.waiting == 10
        for p in promised:
            p.result()
        assert one.do(put("after")) == "after"
        # A request that is larger than the limit is still taken when nothing else waits.
        outcomes = one.do(one.capture(*(f"large-{number}" for number in range(30))))
        assert len(outcomes) == 30


def test_a_job_that_comes_to_an_error_undoes_itself_and_nobody_else(database: Place) -> None:
    def refuse(tx: Transaction) -> None:
        put("refused")(tx)
        raise Conflict("no")

    def break_down(tx: Transaction) -> None:
        put("broken")(tx)
        raise ZeroDivisionError

    for bad, kind in ((refuse, Conflict), (break_down, Internal)):
        with desk(database) as one:
            with held_up(one):
                first, wrong, second, key = one.hand_in(
                    one.capture(f"before-{kind.__name__}"),
                    bad,
                    one.capture(f"after-{kind.__name__}"),
                    put(kind.__name__),
                )
            assert isinstance(first.result()[0], Written)
            assert isinstance(second.result()[0], Written)
            assert key.result() == kind.__name__
            with pytest.raises(kind):
                wrong.result()
            with one.runtime.database.read() as connection:
                keys = set(connection.execute(sa.select(meta.c.key)).scalars())
            assert kind.__name__ in keys
            assert not keys & {"refused", "broken"}
            assert one.numbers() >= {f"before-{kind.__name__}", f"after-{kind.__name__}"}


def test_a_poison_order_fails_alone_in_its_group_and_in_its_batch(database: Place) -> None:
    with desk(database) as one:
        with one.runtime.database.write() as connection:
            poison(connection)
        with held_up(one):
            good, alone, many, kept = one.hand_in(
                one.capture("good"),
                one.capture(POISON),
                one.capture("first", f"{POISON} 2", "last"),
                one.capture("kept", key="k"),
            )
        assert isinstance(good.result()[0], Written)
        with pytest.raises(Internal) as failed:
            alone.result()
        assert failed.value.retryable
        assert [type(outcome) for outcome in many.result()] == [Written, Failed, Written]
        assert isinstance(kept.result()[0], Written)
        assert one.numbers() == {"good", "first", "last", "kept"}
        assert isinstance(one.do(one.capture("kept", key="k")), Replay)


def test_members_of_a_poisoned_group_are_tried_no_further_once_the_store_takes_nothing(
    database: Place,
) -> None:
    def lose_the_store(_: Transaction) -> None:
        raise Unavailable("gone")

    with desk(database) as one:
        with one.runtime.database.write() as connection:
            poison(connection)
        with held_up(one):
            first, wrong, gone, many, late = one.hand_in(
                one.capture("first"),
                one.capture(POISON),
                lose_the_store,
                one.capture("second", "third"),
                put("late"),
            )
        assert isinstance(first.result()[0], Written)
        with pytest.raises(Internal):
            wrong.result()
        for promised in (gone, many, late):
            with pytest.raises(Unavailable, match="gone"):
                promised.result()
        assert one.numbers() == {"first"}
        assert one.do(put("late")) == "late"


def test_of_two_with_one_number_the_first_is_stored_wherever_they_meet(database: Place) -> None:
    with desk(database) as one:
        [first, again] = one.do(one.capture("same", "same"))
        assert isinstance(first, Written)
        assert isinstance(again, Existing)
        assert again.order_id == first.order_id
        with held_up(one):
            one_more, other = one.hand_in(one.capture("same", "other"), one.capture("other"))
        assert [type(outcome) for outcome in one_more.result()] == [Existing, Written]
        assert [type(outcome) for outcome in other.result()] == [Existing]
        assert one.numbers() == {"same", "other"}


def test_a_key_is_claimed_once_and_replayed_within_one_group_and_after(database: Place) -> None:
    with desk(database) as one:
        with held_up(one):
            promised = one.hand_in(*(one.capture("kept", key="k") for _ in range(5)))
        outcomes = [p.result() for p in promised]
        assert isinstance(outcomes[0][0], Written)
        assert all(isinstance(outcome, Replay) for outcome in outcomes[1:])
        assert {(o.remembered.status, o.remembered.answer) for o in outcomes[1:]} == {(200, b"answer")}


def test_an_answer_that_cannot_be_made_stores_neither_order_nor_key(database: Place) -> None:
    def render(_: object) -> tuple[int, bytes]:
        raise SpectrumError("no answer")

    with desk(database) as one:
        batch = one.capture("kept")
        with pytest.raises(SpectrumError, match="no answer"):
            one.do(Batch(batch.captures, Key(CLIENT, "k", b"digest", render)))
        assert one.numbers() == set()
        assert isinstance(one.do(one.capture("kept", key="k"))[0], Written)
