"""One signed message, posted once."""

from __future__ import annotations

import time

import msgspec

from spectrum_orders import ids
from spectrum_orders.domain import notice as notices
from spectrum_orders.domain.notice import Notice
from spectrum_orders.outbound import Outbound, OutboundError
from spectrum_orders.store.transaction import now_us
from spectrum_orders.store.webhooks import ANSWER_BYTES, Attempt
from spectrum_orders.webhooks import signature

SECONDS = 20.0
"""For everything, as promised: name, connection, request and answer."""

GONE = 410

MOST_READ = 64 * 1024
"""Of a longer answer the connection ends with it."""


class Message(msgspec.Struct, frozen=True):
    """What is posted: the same ``name`` and bytes in every attempt."""

    name: str
    body: bytes


class Outcome(msgspec.Struct, frozen=True):
    """What came of it. ``retry_after`` are the seconds that the receiver asked for."""

    attempt: Attempt
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return 200 <= self.attempt.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.attempt.status == GONE

    @property
    def error(self) -> str:
        """Why it was not taken, as a code: ``http-503``, ``timeout``; empty when it was."""
        if self.taken:
            return ""
        return self.attempt.error or f"http-{self.attempt.status}"


def message(notice: Notice, *, sequence: int, feed_sequence: int) -> Message:
    """A notice for an endpoint, under its number there and in the feed."""
    body = notices.encode(notice, sequence=sequence, feedSequence=feed_sequence)
    return Message(ids.readable("evt", notice.event_id), body)


async def post(outbound: Outbound, url: str, keys: tuple[bytes, ...], what: Message) -> Outcome:
    """Post a message and tell what came of it; raises nothing that the network does."""
    at, began = now_us(), time.perf_counter()
    timestamp = int(time.time())
    headers = [
        ("content-type", "application/json"),
        *signature.headers(keys, what.name, timestamp, (what.body,)),
    ]
    try:
        answer = await outbound.send(
            "POST", url, headers=headers, body=what.body, seconds=SECONDS, most=MOST_READ
        )
    except OutboundError as error:
        return Outcome(Attempt(at, 0, _since(began), url, "", error.code))
    text = answer.body[:ANSWER_BYTES].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    attempt = Attempt(at, answer.status, _since(began), url, text, "")
    return Outcome(attempt, None if 200 <= answer.status < 300 else answer.retry_after(time.time()))


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
