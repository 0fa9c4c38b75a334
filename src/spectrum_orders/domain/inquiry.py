"""The search that factories poll with, read: every problem at once."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders.domain.checks import Instant
from spectrum_orders.domain.members import note_unknown
from spectrum_orders.domain.moves import Findings
from spectrum_orders.domain.reading import Reading, kind
from spectrum_orders.domain.workflow import STATUSES, status_of

LONGEST_US = 31 * 86_400 * 1_000_000
"""31 days, the documented window, and no more unless the caller says that it does not count."""

MOST = 1_000
"""Orders of one page."""

IGNORES = ("ignoreDateRestriction", "ignoreDateRetriction")
"""The second is how the vendor's documentation once wrote the first."""

_KNOWN = (
    "lastModificationStartDate",
    "lastModificationEndDate",
    "workflowStatuses",
    *IGNORES,
    "limit",
    "cursor",
)
_instant = Instant()


class Inquiry(msgspec.Struct, frozen=True):
    """Orders with a line in one of ``statuses``, modified from ``since`` to ``until``; instants in
    microseconds. Without a ``limit`` all of them."""

    statuses: tuple[str, ...]
    since: int
    until: int
    limit: int | None
    cursor: str | None


def read_inquiry(value: object, zone: ZoneInfo, now: int) -> tuple[Inquiry | None, Findings]:
    """The body of a search. Dates without an offset are read in ``zone``; without an end it is ``now``."""
    reading = Reading(zone)
    body: dict[str, Any] = value if isinstance(value, dict) else {}
    if not isinstance(value, dict):
        reading.problem("", "wrong-type", f"An object was wanted, {kind(value)} was sent.")
    note_unknown(body, _KNOWN, "", reading, hint=True)
    since = _date(body, "lastModificationStartDate", reading)
    if since is None and body.get("lastModificationStartDate") in (None, ""):
        reading.problem("/lastModificationStartDate", "missing", "lastModificationStartDate is required.")
    until = _date(body, "lastModificationEndDate", reading)
    end = now if until is None else until
    _check_window(body, since, end, reading)
    statuses = _statuses(body, reading)
    limit, cursor = _limit(body, reading), _cursor(body, reading)
    findings = Findings(reading.problems, reading.warnings, None)
    if findings.problems or since is None:
        return None, findings
    return Inquiry(statuses, since, end, limit, cursor), findings


def _date(body: dict[str, Any], name: str, reading: Reading) -> int | None:
    sent = body.get(name)
    return None if sent in (None, "") else _instant.read(sent, f"/{name}", reading)


def _check_window(body: dict[str, Any], since: int | None, until: int, reading: Reading) -> None:
    ignored = False
    for name in IGNORES:
        sent = body.get(name)
        if sent is not None and not isinstance(sent, bool):
            reading.problem(f"/{name}", "wrong-type", f"true or false was wanted, {kind(sent)} was sent.")
        ignored = ignored or sent is True
    if since is None or ignored:
        return
    if until - since > LONGEST_US:
        reading.problem(
            "/lastModificationStartDate",
            "out-of-range",
            "The window is at most 31 days; ask for less, or send ignoreDateRestriction: true.",
        )


def _statuses(body: dict[str, Any], reading: Reading) -> tuple[str, ...]:
    sent = body.get("workflowStatuses")
    if sent in (None, ""):
        reading.problem("/workflowStatuses", "missing", "workflowStatuses is required.")
        return ()
    if not isinstance(sent, list):
        reading.problem("/workflowStatuses", "wrong-type", f"A list was wanted, {kind(sent)} was sent.")
        return ()
    if not sent:
        reading.problem("/workflowStatuses", "too-few", "At least one status is needed.")
    found: list[str] = []
    for place, one in enumerate(sent[: 10 * len(STATUSES)]):
        status = status_of(one) if isinstance(one, str) else None
        if status is None:
            at = f"/workflowStatuses/{place}"
            reading.problem(at, "unknown-value", f"Not one of: {', '.join(STATUSES)}.")
        else:
            found.append(status)
    return tuple(dict.fromkeys(found))


def _limit(body: dict[str, Any], reading: Reading) -> int | None:
    sent = body.get("limit")
    if sent is None:
        return None
    if type(sent) is not int or not 1 <= sent <= MOST:
        reading.problem("/limit", "out-of-range", f"A whole number from 1 to {MOST} was wanted.")
        return None
    return sent


def _cursor(body: dict[str, Any], reading: Reading) -> str | None:
    sent = body.get("cursor")
    if sent is None or isinstance(sent, str):
        return sent or None
    reading.problem("/cursor", "wrong-type", f"A text was wanted, {kind(sent)} was sent.")
    return None
