"""What callers send to move an order that is stored: every problem at once, as with the order itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders.domain.checks import RecipeSetId, Text
from spectrum_orders.domain.fields import MOST_LINES, PURCHASE_ORDER_NUMBER
from spectrum_orders.domain.links import DEFAULT_HOURS, LONGEST_HOURS
from spectrum_orders.domain.members import note_unknown, refuse_unknown
from spectrum_orders.domain.reading import Reading, kind
from spectrum_orders.domain.workflow import STATUSES, status_of
from spectrum_orders.errors import Problem

MOST_ENTRIES = 10 * MOST_LINES
"""Entries of one request: a factory's client is known to repeat a line several times."""

MOST_TEXTS = 100
"""Tracking or serial numbers of one entry."""

_NUMBER, _SET, _TRACKING = PURCHASE_ORDER_NUMBER, RecipeSetId(), Text(255)
_REASON, _HANDLE = Text(1_000, lines=True), Text(64)

FROZEN, NEWEST = "frozen", "newest"
ARTWORK = (FROZEN, NEWEST)
"""Which artwork lines are re-routed with: what they were acknowledged with, or what their recipe sets are
now."""

LARGEST_NUMBER = 2**53
"""Of a line: what every reader of JSON holds exactly."""


class Wish(msgspec.Struct, frozen=True):
    """The status that the lines of a recipe set are to have."""

    recipe_set_id: str
    status: str


class Parcel(msgspec.Struct, frozen=True):
    """What is said of the shipment of a recipe set's lines."""

    recipe_set_id: str
    tracking: tuple[str, ...]
    serial_numbers: tuple[str, ...] = ()


class Statuses(msgspec.Struct, frozen=True):
    """A status update."""

    purchase_order_number: str
    wishes: tuple[Wish, ...]


class Notification(msgspec.Struct, frozen=True):
    """A ship notification."""

    purchase_order_number: str
    parcels: tuple[Parcel, ...]


class Request(msgspec.Struct, frozen=True):
    """Something that is to be done with an order, or with those of its lines that are named."""

    purchase_order_number: str
    numbers: tuple[int, ...] = ()
    recipe_sets: tuple[str, ...] = ()
    reason: str = ""
    partner: str = ""
    artwork: str = FROZEN


class Findings(msgspec.Struct, frozen=True):
    """Why a body was not read, or what its sender should know. ``number`` as far as it could be read."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    number: str | None


def read_statuses(value: object) -> tuple[Statuses | None, Findings]:
    """``purchaseOrderNumber`` and ``lineItems`` of ``recipeSetReadableId`` and ``workflowStatus``."""
    reading, body = _begin(value)
    number = _required(body, "purchaseOrderNumber", _NUMBER, "", reading)
    wishes: list[Wish] = []
    for at, entry in _entries(body, reading):
        name = _set_of(entry, at, reading)
        status = _status(entry, at, reading)
        note_unknown(entry, {*_SET_NAMES, "workflowStatus"}, at, reading)
        if name is not None and status is not None:
            wishes.append(Wish(name, status))
    note_unknown(body, {"purchaseOrderNumber", "lineItems"}, "", reading)
    findings = Findings(reading.problems, reading.warnings, number)
    return (None if findings.problems else Statuses(str(number), tuple(wishes))), findings


def read_notification(value: object) -> tuple[Notification | None, Findings]:
    """The same with ``shipmentTracking``, a text or a list of them, and perhaps ``serialNumbers``."""
    reading, body = _begin(value)
    number = _required(body, "purchaseOrderNumber", _NUMBER, "", reading)
    parcels: list[Parcel] = []
    for at, entry in _entries(body, reading):
        name = _set_of(entry, at, reading)
        tracking = _texts(entry, "shipmentTracking", at, reading)
        serials = _texts(entry, "serialNumbers", at, reading)
        if tracking is None and "shipmentTracking" not in entry:
            reading.problem(f"{at}/shipmentTracking", "missing", "shipmentTracking is required.")
        note_unknown(entry, {*_SET_NAMES, "shipmentTracking", "serialNumbers"}, at, reading)
        if name is not None:
            parcels.append(Parcel(name, tracking or (), serials or ()))
    note_unknown(body, {"purchaseOrderNumber", "lineItems"}, "", reading)
    findings = Findings(reading.problems, reading.warnings, number)
    return (None if findings.problems else Notification(str(number), tuple(parcels))), findings


def read_request(value: object, *, partner: bool = False) -> tuple[Request | None, Findings]:
    """``purchaseOrderNumber``, perhaps ``lineItems`` of ``id`` or ``recipeSetReadableId``, and a ``reason``.

    With ``partner`` that is required too, and ``artwork`` may be said. A member that is not known is a
    problem: of ``lines`` for ``lineItems`` every line would be moved. In an entry that names its line it is a
    warning.
    """
    reading, body = _begin(value)
    number = _required(body, "purchaseOrderNumber", _NUMBER, "", reading)
    numbers, sets = _named(body, reading)
    reason = _optional(body, "reason", _REASON, reading)
    handle = _required(body, "partner", _HANDLE, "", reading) if partner else ""
    artwork = _word(body, "artwork", ARTWORK, reading) if partner else None
    known = ("purchaseOrderNumber", "lineItems", "reason", *(("partner", "artwork") if partner else ()))
    refuse_unknown(body, known, "", reading)
    findings = Findings(reading.problems, reading.warnings, number)
    if findings.problems:
        return None, findings
    return Request(str(number), numbers, sets, reason or "", handle or "", artwork or FROZEN), findings


class LinkRequest(msgspec.Struct, frozen=True):
    """A link that somebody asks for, to last so many hours."""

    purchase_order_number: str
    hours: int


def read_link(value: object) -> tuple[LinkRequest | None, Findings]:
    """``purchaseOrderNumber`` and perhaps ``hours``."""
    reading, body = _begin(value)
    number = _required(body, "purchaseOrderNumber", _NUMBER, "", reading)
    hours = body.get("hours")
    if hours is None:
        hours = DEFAULT_HOURS
    elif type(hours) is not int or not 1 <= hours <= LONGEST_HOURS:
        reading.problem("/hours", "out-of-range", f"A whole number from 1 to {LONGEST_HOURS} was wanted.")
    refuse_unknown(body, ("purchaseOrderNumber", "hours"), "", reading)
    findings = Findings(reading.problems, reading.warnings, number)
    return (None if findings.problems else LinkRequest(str(number), hours)), findings


def read_refusal(value: object) -> tuple[Request | None, Findings]:
    """``reason``, which is required, and perhaps ``lineItems`` of ``id``: what a factory will not make."""
    reading, body = _begin(value)
    reason = _required(body, "reason", _REASON, "", reading)
    numbers, sets = _named(body, reading)
    refuse_unknown(body, ("lineItems", "reason"), "", reading)
    findings = Findings(reading.problems, reading.warnings, None)
    return (None if findings.problems else Request("", numbers, sets, str(reason))), findings


def _begin(value: object) -> tuple[Reading, Mapping[str, Any]]:
    reading = Reading(ZoneInfo("UTC"))
    if isinstance(value, dict):
        return reading, value
    reading.problem("", "wrong-type", f"An object was wanted, {kind(value)} was sent.")
    return reading, {}


_SET_NAMES = ("recipeSetReadableId", "recipeSetId")


def _set_of(entry: Mapping[str, Any], at: str, reading: Reading) -> str | None:
    """The recipe set, under either of its names: a client is known to send back the one for the other."""
    for name in _SET_NAMES:
        if entry.get(name) not in (None, ""):
            # Looked up, not stored: that the id is unusual was said when its order came.
            found = _SET.text.read(entry[name], f"{at}/{name}", reading)
            return None if found is None else str(found)
    reading.problem(f"{at}/recipeSetReadableId", "missing", "recipeSetReadableId is required.")
    return None


def _status(entry: Mapping[str, Any], at: str, reading: Reading) -> str | None:
    at = f"{at}/workflowStatus"
    sent = entry.get("workflowStatus")
    if sent in (None, ""):
        reading.problem(at, "missing", "workflowStatus is required.")
        return None
    if not isinstance(sent, str):
        reading.problem(at, "wrong-type", f"A text was wanted, {kind(sent)} was sent.")
        return None
    found = status_of(sent)
    if found is None:
        reading.problem(at, "unknown-value", f"Not one of: {', '.join(STATUSES)}.")
    return found


def _entries(body: Mapping[str, Any], reading: Reading) -> list[tuple[str, Mapping[str, Any]]]:
    sent = body.get("lineItems")
    if sent in (None, ""):
        reading.problem("/lineItems", "missing", "lineItems is required.")
        return []
    found = _objects(sent, reading)
    if found == [] and isinstance(sent, list):
        reading.problem("/lineItems", "too-few", "At least one line is needed.")
    return found


def _objects(sent: object, reading: Reading) -> list[tuple[str, Mapping[str, Any]]]:
    if not isinstance(sent, list):
        reading.problem("/lineItems", "wrong-type", f"A list was wanted, {kind(sent)} was sent.")
        return []
    if len(sent) > MOST_ENTRIES:
        reading.problem("/lineItems", "too-many", f"At most {MOST_ENTRIES} entries may be sent at once.")
        return []
    found: list[tuple[str, Mapping[str, Any]]] = []
    for place, entry in enumerate(sent):
        if isinstance(entry, dict):
            found.append((f"/lineItems/{place}", entry))
        else:
            at = f"/lineItems/{place}"
            reading.problem(at, "wrong-type", f"An object was wanted, {kind(entry)} was sent.")
    return found


def _named(body: Mapping[str, Any], reading: Reading) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The lines that are named; none at all means every line."""
    if body.get("lineItems") is None:
        return (), ()
    numbers: list[int] = []
    sets: list[str] = []
    for at, entry in _entries(body, reading):
        _note_others(entry, at, reading)
        if entry.get("id") is None:
            name = _set_of(entry, at, reading)
            sets += [] if name is None else [name]
        elif type(entry["id"]) is not int:
            reading.problem(f"{at}/id", "wrong-type", f"A number was wanted, {kind(entry['id'])} was sent.")
        elif not 0 < entry["id"] <= LARGEST_NUMBER:
            reading.problem(f"{at}/id", "out-of-range", "This is no line's id.")
        else:
            numbers.append(entry["id"])
    return tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys(sets))


def _note_others(entry: Mapping[str, Any], at: str, reading: Reading) -> None:
    """Members of an entry that are not known. A shop sends the lines back as it has read them: beside what
    names a line nothing can widen what is meant, but for a line's id in another case than ours, without which
    it would be every line of a recipe set. Where nothing names a line, one may have been meant to."""
    known = ("id", *_SET_NAMES)
    named = any(entry.get(name) not in (None, "") for name in known)
    if not named or any(name.lower() == "id" for name in entry.keys() - {"id"}):
        refuse_unknown(entry, known, at, reading)
    else:
        note_unknown(entry, known, at, reading)


def _texts(entry: Mapping[str, Any], name: str, at: str, reading: Reading) -> tuple[str, ...] | None:
    """One text or a list of them; empty ones are left out, because a client without a number sends them."""
    sent = entry.get(name)
    at = f"{at}/{name}"
    if sent is None:
        return None
    several = sent if isinstance(sent, list) else [sent]
    if len(several) > MOST_TEXTS:
        reading.problem(at, "too-many", f"At most {MOST_TEXTS} may be sent.")
        return None
    read = [
        _TRACKING.read(one, f"{at}/{place}" if isinstance(sent, list) else at, reading)
        for place, one in enumerate(several)
        if one not in (None, "")
    ]
    return tuple(dict.fromkeys(one for one in read if one is not None))


def _required(body: Mapping[str, Any], name: str, check: Text, at: str, reading: Reading) -> str | None:
    sent = body.get(name)
    if sent in (None, ""):
        reading.problem(f"{at}/{name}", "missing", f"{name} is required.")
        return None
    return check.read(sent, f"{at}/{name}", reading)


def _optional(body: Mapping[str, Any], name: str, check: Text, reading: Reading) -> str | None:
    sent = body.get(name)
    return None if sent in (None, "") else check.read(sent, f"/{name}", reading)


def _word(body: Mapping[str, Any], name: str, words: Sequence[str], reading: Reading) -> str | None:
    sent = body.get(name)
    if sent in (None, ""):
        return None
    if isinstance(sent, str) and sent.lower() in words:
        return sent.lower()
    reading.problem(f"/{name}", "unknown-value", f"Not one of: {', '.join(words)}.")
    return None
