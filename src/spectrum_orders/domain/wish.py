"""What an owner says about an endpoint, read with every problem at once."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders.domain import destinations
from spectrum_orders.domain.checks import Text
from spectrum_orders.domain.destinations import HTTP, HTTPS
from spectrum_orders.domain.endpoint import ACTIVE, DISABLED
from spectrum_orders.domain.events import KINDS, TEST
from spectrum_orders.domain.reading import Reading, kind, token
from spectrum_orders.errors import Invalid, Problem

URL, TYPES, CONTACT, NOTE, STATE = "url", "types", "contact", "note", "state"
MEMBERS = (URL, TYPES, CONTACT, NOTE, STATE)

LONGEST_CONTACT = 254  # RFC 5321
LONGEST_NOTE = 255

SUBSCRIBED = tuple(name for name in KINDS if name != TEST)
"""The kinds that may be asked for: a test is sent to whoever asks for it, whatever else it wants."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NO_DATES = ZoneInfo("UTC")
_note = Text(most=LONGEST_NOTE)


class Wish(msgspec.Struct, frozen=True):
    """``None`` is what was not said. An empty ``contact`` or ``note`` takes away what was there, and no
    ``types`` are all."""

    url: str | None = None
    types: tuple[str, ...] | None = None
    contact: str | None = None
    note: str | None = None
    state: str | None = None
    warnings: tuple[Problem, ...] = ()


def read(value: object, *, new: bool) -> Wish:
    """The wish in a decoded JSON document; a ``new`` endpoint needs a URL. Raises Invalid."""
    reading = Reading(_NO_DATES)
    if not isinstance(value, dict):
        reading.problem("", "wrong-type", f"An object was wanted, {kind(value)} was sent.")
        value = {}
    for name in value:
        if name not in MEMBERS:
            reading.warn(f"/{token(name)}", "unknown-member", "The member is not known here.")
    wish = Wish(
        _read_url(value.get(URL), reading, needed=new),
        _read_types(value.get(TYPES), reading),
        _read_contact(value.get(CONTACT), reading),
        _read_note(value.get(NOTE), reading),
        _read_state(value.get(STATE), reading),
        reading.warnings,
    )
    if reading.problems:
        raise Invalid(
            "It cannot be taken as it was sent; each entry of errors names one thing to correct.",
            problems=reading.problems,
        )
    return wish


def read_url(value: object) -> str:
    """The address that a replay goes to. Raises Invalid."""
    reading = Reading(_NO_DATES)
    url = _read_url(value, reading, needed=True)
    if url is None:
        raise Invalid("The address cannot be taken; errors says why.", problems=reading.problems)
    return url


def _read_url(value: object, reading: Reading, *, needed: bool) -> str | None:
    at = f"/{URL}"
    if value is None or value == "":
        if needed or value == "":
            reading.problem(at, "missing", "url is required: where the events are to be sent.")
        return None
    if not isinstance(value, str):
        reading.problem(at, "wrong-type", f"A text was wanted, {kind(value)} was sent.")
        return None
    try:
        found = destinations.parse(value)
    except Invalid as error:
        for problem in error.problems:
            reading.problem(at, "malformed", problem.message)
        return None
    if found.scheme not in (HTTPS, HTTP):
        reading.problem(at, "malformed", "The URL does not begin with https://.")
        return None
    return str(found)


def _read_types(value: object, reading: Reading) -> tuple[str, ...] | None:
    at = f"/{TYPES}"
    if value is None:
        return None
    if not isinstance(value, list):
        reading.problem(at, "wrong-type", f"A list was wanted, {kind(value)} was sent.")
        return None
    if len(value) > len(KINDS):
        reading.problem(at, "too-many", f"There are {len(KINDS)} types of events; leave it out for all.")
        return None
    for place, one in enumerate(value):
        if one not in SUBSCRIBED:
            told = "There is no event of this type; GET /api/event-types lists them."
            reading.problem(f"{at}/{place}", "unknown-value", told)
    return tuple(name for name in SUBSCRIBED if name in value)


def _read_contact(value: object, reading: Reading) -> str | None:
    at = f"/{CONTACT}"
    if value is None or value == "":
        return None if value is None else ""
    if not isinstance(value, str):
        reading.problem(at, "wrong-type", f"A text was wanted, {kind(value)} was sent.")
    elif len(value) > LONGEST_CONTACT:
        reading.problem(at, "too-long", f"The address is longer than {LONGEST_CONTACT} characters.")
    elif not _ADDRESS.fullmatch(value):
        reading.problem(at, "malformed", "It is no e-mail address, such as orders@shop.example.")
    else:
        return value
    return None


def _read_note(value: object, reading: Reading) -> str | None:
    if value is None or value == "":
        return None if value is None else ""
    return _note.read(value, f"/{NOTE}", reading)


def _read_state(value: object, reading: Reading) -> str | None:
    if value is None or value in (ACTIVE, DISABLED):
        return value
    told = "The state is set to active or disabled; the others come about by themselves."
    reading.problem(f"/{STATE}", "unknown-value", told)
    return None
