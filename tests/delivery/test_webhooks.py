"""Promises 5 and 6: signed, tried again, parked and never dropped, drained in order."""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from spectrum_orders.delivery import announcing
from spectrum_orders.domain.endpoint import ACTIVE, DISABLED, DRAINING, PARKED
from spectrum_orders.domain.events import CANCELLED, HELD
from spectrum_orders.domain.schedule import ATTEMPTS
from spectrum_orders.domain.wish import Wish
from spectrum_orders.store import feed, listing, queue, webhooks
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.schema import outbox, webhook_attempts
from spectrum_orders.store.schema import webhooks as webhook_table
from spectrum_orders.store.webhooks import BURIED, PENDING, SENT
from spectrum_orders.webhooks import registering
from tests.delivery.telling import HOUR, Subscriber, subscribed
from tests.delivery.working import until, working
from tests.harness.mailbox import Mailbox
from tests.harness.place import SOURCE, Place, environment
from tests.harness.receiver import Handler, Receiver, answer
from tests.harness.told import LOOPBACK, sequences, taken, verified
from tests.store.opening import opened

SCRIPT = Path(__file__).with_name("dying.py")
SECONDS = 120
CONTACT = "orders@shop.example"


@pytest.fixture
def subscriber(database: Place) -> Iterator[Subscriber]:
    with subscribed(database) as one:
        yield one


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


def test_five_days_of_failure_park_it_tell_its_owner_once_and_what_waited_drains_in_order(
    database: Place, subscriber: Subscriber, receiver: Receiver
) -> None:
    with Mailbox() as mailbox:
        mailbox.refusals = 1
        receiver.otherwise = answer(503)
        endpoint, secret = subscriber.register(receiver.url, contact=CONTACT)
        subscriber.happen(2)
        passed = 0
        with working(database, 1, **LOOPBACK, SPECTRUM_SMTP_URL=mailbox.url):
            until(lambda: subscriber.owed() == 2, "two webhooks")
            while subscriber.state(endpoint) != PARKED:
                tried = subscriber.attempts(endpoint)
                passed += (step := max(0, subscriber.next_attempt(endpoint)))
                subscriber.pass_time(step)
                until(functools.partial(_tried, subscriber, endpoint, tried + 1), "an attempt")
            assert 119 * HOUR < passed < 121 * HOUR, "five days"
            assert subscriber.states(endpoint) == [PENDING] * 2, "nothing is buried while it fails"
            until(lambda: _told_later(subscriber), "that the mail server was not ready")
            assert not mailbox.messages
            subscriber.pass_time(HOUR // 60)
            until(lambda: bool(mailbox.messages), "a message")

            subscriber.happen(4)
            until(lambda: len(subscriber.states(endpoint)) == 6, "four more")
            for _ in range(3):
                tried = subscriber.attempts(endpoint)
                subscriber.pass_time(HOUR)
                until(functools.partial(_tried, subscriber, endpoint, tried + 1), "a probe")
            assert sequences(receiver)[-3:] == [1, 1, 1], "probed with the oldest, once an hour"
            assert subscriber.state(endpoint) == PARKED

            receiver.posted.clear()
            receiver.otherwise = answer(204)
            subscriber.pass_time(HOUR)
            until(lambda: subscriber.state(endpoint) == ACTIVE, "that it has drained")
        assert sequences(receiver) == [1, 2, 3, 4, 5, 6], "in order, nothing missing, nothing doubled"
        assert subscriber.states(endpoint) == [SENT] * 6
        for posted in receiver.posted:
            verified(posted, secret)
        (message,) = mailbox.messages
        assert message["To"] == CONTACT
        assert endpoint.readable_id in message["Subject"]
        assert "http-503" in message.get_content()


def _told_later(subscriber: Subscriber) -> bool:
    """A message was refused, and is to be tried again."""
    query = sa.select(outbox.c.attempts).where(outbox.c.kind == queue.TELL)
    with subscriber.runtime.database.read() as connection:
        return connection.execute(query).scalar() == 1


def _tried(subscriber: Subscriber, endpoint: Endpoint, count: int) -> bool:
    """So many attempts are settled: each in one transaction with what becomes of it."""
    return subscriber.attempts(endpoint) >= count


def test_an_event_that_alone_is_refused_is_buried_where_it_can_be_seen_and_replayed(
    database: Place, subscriber: Subscriber, receiver: Receiver
) -> None:
    endpoint, _ = subscriber.register(receiver.url)
    refusing = answer(400, b"no\x00" + b"x" * 5000)

    def picky(handler: Handler) -> None:
        (refusing if sequences(receiver)[-1] == 1 else answer(200))(handler)

    receiver.otherwise = picky
    subscriber.happen()
    with working(database, 1, **LOOPBACK):
        until(lambda: subscriber.attempts(endpoint) == 1, "an attempt")
        subscriber.happen()
        while subscriber.states(endpoint) != [BURIED, SENT]:
            tried = subscriber.attempts(endpoint)
            subscriber.pass_time(max(0, subscriber.next_attempt(endpoint)))
            until(functools.partial(_tried, subscriber, endpoint, tried + 1), "an attempt")
        assert subscriber.state(endpoint) == ACTIVE
        with subscriber.runtime.database.read() as connection:
            log = webhooks.attempts_of(connection, endpoint.id, [1])[1]
        assert [one.status for one in log] == [400] * ATTEMPTS
        assert {len(one.answer) for one in log} == {1024}
        assert "\0" not in log[0].answer

        with subscriber.runtime.ledger.write() as tx:
            assert webhooks.replay(tx, subscriber.endpoint(endpoint)) == (1, None)
            assert webhooks.replay(tx, subscriber.endpoint(endpoint)) == (0, None), "it is owed already"
        receiver.otherwise = answer(200)
        subscriber.pass_time(HOUR)
        until(lambda: subscriber.states(endpoint) == [SENT, SENT], "the replay")
    first = [posted for posted in receiver.posted if json.loads(posted.body)["sequence"] == 1]
    assert len({(posted.headers["webhook-id"], posted.body) for posted in first}) == 1


def test_two_secrets_sign_for_a_day(database: Place, subscriber: Subscriber, receiver: Receiver) -> None:
    endpoint, old = subscriber.register(receiver.url)
    with subscriber.runtime.ledger.write() as tx:
        _, new, _ = registering.rotate(tx, subscriber.runtime.keys, endpoint.owner_id, endpoint.id, "test")
    with working(database, 1, **LOOPBACK):
        subscriber.happen()
        until(lambda: len(receiver.posted) == 1, "a webhook")
        subscriber.pass_time(25 * HOUR)
        subscriber.happen()
        until(lambda: len(receiver.posted) == 2, "another")
    verified(receiver.posted[0], new, old)
    verified(receiver.posted[1], new)


def test_who_answers_gone_is_sent_nothing_until_it_says_that_it_is_back(
    database: Place, subscriber: Subscriber, receiver: Receiver
) -> None:
    endpoint, _ = subscriber.register(receiver.url)
    receiver.answers = [answer(410)]
    with working(database, 1, **LOOPBACK):
        subscriber.happen()
        until(lambda: subscriber.state(endpoint) == DISABLED, "that it is disabled")
        subscriber.happen()
        until(lambda: not _unlisted(subscriber), "the feed")
        assert subscriber.states(endpoint) == [PENDING], "what came later is in the feed alone"
        wish = Wish(state=ACTIVE)
        with subscriber.runtime.ledger.write() as tx:
            back = registering.change(tx, endpoint.owner_id, endpoint.id, wish, "test")
        assert back.health.state == DRAINING
        until(lambda: subscriber.states(endpoint) == [SENT], "what waited")
    assert sequences(receiver) == [1, 1]


def _unlisted(subscriber: Subscriber) -> bool:
    with subscriber.runtime.database.read() as connection:
        return listing.waits(connection)


def test_numbers_have_no_hole_however_many_write_and_list_at_once(
    database: Place, subscriber: Subscriber, receiver: Receiver
) -> None:
    endpoint, _ = subscriber.register(receiver.url)
    choosy, _ = subscriber.register(receiver.url + "/choosy", types=(CANCELLED,))
    writers, each = 4, 40

    def write() -> None:
        with opened(database) as runtime:
            mine = Subscriber(runtime, subscriber.owner_id, subscriber.order_id)
            for number in range(each):
                mine.happen(kind=CANCELLED if number % 4 == 0 else HELD)

    with working(database, 3, **LOOPBACK):
        threads = [threading.Thread(target=write) for _ in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: not _unlisted(subscriber) and subscriber.owed() == 0, "all of them")
    count = writers * each
    with subscriber.runtime.database.read() as connection:
        page = feed.read(connection, subscriber.owner_id, 0, 1000)
    assert [number for number, _ in page.entries] == list(range(1, count + 1))
    assert len({notice.event_id for _, notice in page.entries}) == count
    assert subscriber.states(endpoint) == [SENT] * count
    assert subscriber.states(choosy) == [SENT] * (count // 4)
    both: dict[str, list[int]] = {"/hook": [], "/hook/choosy": []}
    for posted, told in zip(receiver.posted, taken(receiver), strict=True):
        both[posted.path].append(told["sequence"])
    assert sorted(both["/hook"]) == list(range(1, count + 1))
    assert sorted(both["/hook/choosy"]) == list(range(1, count // 4 + 1))


@pytest.mark.parametrize("effect", [0, 1])
def test_a_worker_that_is_killed_repeats_under_the_same_id(
    database: Place, subscriber: Subscriber, receiver: Receiver, effect: int
) -> None:
    """Before the claim, and between the post and its settling."""
    endpoint, secret = subscriber.register(receiver.url)
    subscriber.happen()
    with subscriber.runtime.ledger.write() as tx:
        assert listing.list_some(tx)[0] == 1
    done = _work(database, effect)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    assert len(receiver.posted) == effect
    subscriber.pass_time(HOUR)
    done = _work(database, -1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(receiver.posted) == effect + 1
    for posted in receiver.posted:
        verified(posted, secret)
    assert len({(posted.headers["webhook-id"], posted.body) for posted in receiver.posted}) == 1
    assert subscriber.states(endpoint) == [SENT]


def _work(place: Place, effect: int) -> subprocess.CompletedProcess[str]:
    settings = {**environment({**place.settings, **LOOPBACK}), "PYTHONPATH": f"{SOURCE.parent}:{SOURCE}"}
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(effect)],
        env=settings, cwd=place.data_dir, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip


def test_a_worker_that_stops_leaves_a_parked_endpoint_to_whoever_comes_next(
    database: Place, subscriber: Subscriber, receiver: Receiver
) -> None:
    endpoint, _ = subscriber.register(receiver.url)
    over = threading.Event()

    def silent(handler: Handler) -> None:
        over.wait(SECONDS)
        answer(200)(handler)

    receiver.otherwise = answer(500)
    with working(database, 1, **LOOPBACK):
        subscriber.happen()
        until(lambda: subscriber.attempts(endpoint) == 1, "a failure")
        subscriber.pass_time(121 * HOUR)
        until(lambda: subscriber.state(endpoint) == PARKED, "that it is parked")
        receiver.otherwise = silent
        asked = len(receiver.posted)
        subscriber.pass_time(HOUR)
        until(lambda: len(receiver.posted) > asked, "a probe")
    try:
        assert subscriber.next_attempt(endpoint) <= 0
    finally:
        over.set()


def test_a_replay_elsewhere_does_not_wait_for_an_endpoint_that_is_parked(
    database: Place, subscriber: Subscriber, receiver: Receiver
) -> None:
    endpoint, secret = subscriber.register(receiver.url)
    with working(database, 1, **LOOPBACK):
        subscriber.happen()
        until(lambda: subscriber.states(endpoint) == [SENT], "a webhook")
        receiver.otherwise = answer(500)
        subscriber.happen()
        until(lambda: subscriber.attempts(endpoint) == 2, "a failure")
        until(lambda: subscriber.next_attempt(endpoint) > 0, "its end")
        subscriber.pass_time(121 * HOUR)
        until(lambda: subscriber.state(endpoint) == PARKED, "that it is parked")
        with Receiver() as other:
            with subscriber.runtime.ledger.write() as tx:
                webhooks.replay(tx, subscriber.endpoint(endpoint), sequence=1, url=other.url)
            until(lambda: subscriber.states(endpoint) == [SENT, PENDING], "the replay")
            (posted,) = other.posted
            assert verified(posted, secret)["sequence"] == 1
    assert subscriber.state(endpoint) == PARKED


def test_what_was_sent_is_forgotten_after_its_days_and_stays_in_the_feed(
    database: Place, subscriber: Subscriber, receiver: Receiver
) -> None:
    endpoint, _ = subscriber.register(receiver.url)
    removed, _ = subscriber.register(receiver.url + "/removed")
    both = (endpoint.id, removed.id)

    def left() -> tuple[list[tuple[int, str]], ...]:
        with subscriber.runtime.database.read() as connection:
            some = [webhooks.list_some(connection, number) for number in both]
        return tuple([(one.sequence, one.state) for one, _ in found] for found in some)

    with working(database, 1, **LOOPBACK):
        subscriber.happen(3)
        until(lambda: left() == ([(1, SENT), (2, SENT), (3, SENT)],) * 2, "three webhooks to each")
    log, owed = webhook_attempts, webhook_table
    with subscriber.runtime.ledger.write() as tx:
        registering.remove(tx, removed.owner_id, removed.id, "test")
        given_up = sa.update(owed).where(owed.c.sequence == 2).values(state=BURIED)
        tx.connection.execute(given_up)
        for table, columns in ((log, ("at",)), (owed, ("settled_at", "created_at"))):
            for days, mine in ((31, table.c.sequence < 3), (29, table.c.sequence == 3)):
                span = round(days * 24 * HOUR)
                earlier = {name: table.columns[name] - span for name in columns}
                tx.connection.execute(sa.update(table).where(mine).values(earlier))
    with working(database, 1, **LOOPBACK, SPECTRUM_WEBHOOK_LOG_DAYS="30"):
        # What was given up is to be seen until somebody replays it, unless nobody can any more.
        until(lambda: left() == ([(2, BURIED), (3, SENT)], [(3, SENT)]), "that the rest is forgotten")
    with subscriber.runtime.database.read() as connection:
        assert connection.execute(sa.select(sa.func.distinct(log.c.sequence))).scalars().all() == [3]
        assert len(feed.read(connection, subscriber.owner_id, 0, 1000).entries) == 3


def test_what_was_sent_again_keeps_nothing_behind_it(
    database: Place, subscriber: Subscriber, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = subscriber.register(receiver.url)
    with working(database, 1, **LOOPBACK):
        subscriber.happen(6)
        until(lambda: subscriber.states(endpoint) == [SENT] * 6, "six webhooks")
    owed = webhook_table.c
    again, old = owed.sequence.in_((1, 2)), owed.sequence.in_((3, 4, 5))
    long_ago = {name: owed[name] - 91 * 24 * HOUR for name in ("created_at", "settled_at")}
    with subscriber.runtime.ledger.write() as tx:
        tx.connection.execute(sa.update(webhook_table).where(old).values(long_ago))
        tx.connection.execute(sa.update(webhook_table).where(again).values(created_at=long_ago["created_at"]))
    # As many at once as were sent again.
    monkeypatch.setattr(announcing, "SWEPT_TOGETHER", 2)
    sweeping = announcing.Announcer(subscriber.runtime)
    for left in ([1, 2, 5, 6], [1, 2, 6], [1, 2, 6]):
        sweeping.sweep()
        with subscriber.runtime.database.read() as connection:
            found = webhooks.list_some(connection, endpoint.id)
        assert [one.sequence for one, _ in found] == left
