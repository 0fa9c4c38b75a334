"""How an endpoint is, and what becomes of it and of an event when an attempt has failed or succeeded.

Two timetables are kept apart. An **event** has the one of ``schedule``: ten attempts over about 75 hours, and
then it is buried. An **endpoint** that has taken nothing for five days is parked: from then on its events
wait, and it is tried once an hour with the oldest of them. So an event is buried only where the endpoint has
taken others meanwhile; where it has taken none, the fault is not the event's, and it waits.
"""

from __future__ import annotations

import msgspec

from spectrum_orders.domain import schedule
from spectrum_orders.domain.schedule import SECOND_US

ACTIVE, DRAINING, PARKED, DISABLED = "active", "draining", "parked", "disabled"
STATES = (ACTIVE, DRAINING, PARKED, DISABLED)

HOUR_US = 3600 * SECOND_US

PARKED_AFTER_US = 5 * 24 * HOUR_US
"""Failure for so long outlasts a weekend and a holiday: somebody has to be told."""

PROBE_US = HOUR_US
"""Between two attempts at a parked endpoint: who mends it is served within the hour, or says so himself."""

PAUSE_US, LONGEST_PAUSE_US = 5 * SECOND_US, 300 * SECOND_US
"""After a failure nobody tries an endpoint for 5 s, then twice as long each time, up to 5 minutes: its other
events keep their attempts, and one of them finds out that it is back."""

LONGEST_REST_US = HOUR_US
"""A ``Retry-After`` is a wish about the event that got it; the endpoint's other events rest no longer."""

IN_PLACE = 3
"""While what waited drains, an event that fails keeps its place for so many attempts. Then it is put off by
its timetable like any other: one that can never be taken must not hold up all that came after it."""

ROTATION_US = 24 * HOUR_US
"""So long the secret that was replaced signs beside the new one."""


class Health(msgspec.Struct, frozen=True):
    """``failing_since`` is the first failure since the last success, ``succeeded_at`` a recent success (to
    the minute), ``drains_to`` the last sequence number that waited when it came back. In microseconds."""

    state: str = ACTIVE
    failures: int = 0
    failing_since: int | None = None
    succeeded_at: int | None = None
    paused_until: int = 0
    last_error: str = ""
    drains_to: int = 0
    told_at: int | None = None

    def rests(self, now: int) -> bool:
        """Whether nobody need try it yet, as far as somebody can tell who may have read this a while ago: one
        that drains and fails not rests only for somebody's turn, which may be over."""
        return self.paused_until > now and not (self.state == DRAINING and not self.failures)


class Attempt(msgspec.Struct, frozen=True):
    """An attempt that failed. ``attempts`` counts those of the event's timetable, this one included;
    ``first_at`` is when the first of all was made. ``gone``: the receiver wants nothing any more (410)."""

    attempts: int
    first_at: int
    error: str
    gone: bool = False
    retry_after: float | None = None


class Verdict(msgspec.Struct, frozen=True):
    """The endpoint from now on, and when the event is due again (``None``: it is buried). ``counts``: the
    attempt is one of the event's ten. ``parks``: the endpoint has just been parked."""

    health: Health
    due_at: int | None
    counts: bool = True
    parks: bool = False


def fail(health: Health, attempt: Attempt, now: int, jitter: float) -> Verdict:
    """What becomes of both after a failure. ``jitter`` is a random number from 0 to below 1."""
    since = now if health.failing_since is None else health.failing_since
    ill = msgspec.structs.replace(
        health, failures=health.failures + 1, failing_since=since, last_error=attempt.error
    )
    if attempt.gone or health.state == DISABLED:
        return Verdict(msgspec.structs.replace(ill, state=DISABLED), now, counts=False)
    asked = 0 if attempt.retry_after is None else round(attempt.retry_after * SECOND_US)
    if health.state == PARKED or now - since >= PARKED_AFTER_US:
        until = now + max(PROBE_US, min(asked, LONGEST_REST_US))
        parked = msgspec.structs.replace(ill, state=PARKED, paused_until=until)
        return Verdict(parked, now, counts=False, parks=health.state != PARKED)
    pause = min(PAUSE_US << min(health.failures, 10), LONGEST_PAUSE_US)
    ill = msgspec.structs.replace(ill, paused_until=now + max(pause, min(asked, LONGEST_REST_US)))
    if health.state == DRAINING and attempt.attempts < IN_PLACE:
        return Verdict(ill, now)
    due = schedule.next_attempt(
        attempt.attempts, permanent=False, retry_after=attempt.retry_after, now_us=now, jitter=jitter
    )
    if due is None and not _taken_since(health, attempt.first_at):
        # Its own timetable has ended, and nothing else was taken either: it waits with the endpoint.
        last = schedule.WAITS[-1] * SECOND_US
        due = min(now + last, max(since + PARKED_AFTER_US, now + LONGEST_PAUSE_US))
    return Verdict(ill, due)


def _taken_since(health: Health, first_at: int) -> bool:
    return health.succeeded_at is not None and health.succeeded_at > first_at


MINUTE_US = 60 * SECOND_US


def succeed(health: Health, now: int, sequence: int, *, waits: bool) -> Health | None:
    """The endpoint after a success; ``None`` where nothing need be written.

    ``sequence`` is the number of the last event that it is owed; ``waits`` tells whether any is left of those
    that waited for it to come back.
    """
    if health.state == DISABLED:
        return None
    if health.state in (PARKED, DRAINING) and waits:
        to = sequence if health.state == PARKED else health.drains_to
        return Health(DRAINING, succeeded_at=now, drains_to=to)
    recent = health.succeeded_at is not None and now - health.succeeded_at < MINUTE_US
    if recent and not health.failures and health.state == ACTIVE:
        return None
    return Health(succeeded_at=now)
