"""What an owner wants to be sent again, read with every problem at once."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders.domain import instants, wish
from spectrum_orders.domain.reading import Reading, kind, token
from spectrum_orders.errors import Invalid

SEQUENCE, SINCE, UNTIL, BURIED, AFTER, URL = "sequence", "since", "until", "buried", "after", "url"
MEMBERS = (SEQUENCE, SINCE, UNTIL, BURIED, AFTER, URL)

_LARGEST = 1 << 62
_UTC = ZoneInfo("UTC")


class Replay(msgspec.Struct, frozen=True):
    """One ``sequence`` number, what happened in a window, or (with neither) all that was buried; those with a
    number ``after`` this one. ``url`` is where to, empty for the endpoint's own. Instants in microseconds."""

    sequence: int | None = None
    since: int | None = None
    until: int | None = None
    after: int = 0
    url: str = ""


def read(value: object) -> Replay:
    """The wish in a decoded JSON document. Raises Invalid."""
    reading = Reading(_UTC)
    if not isinstance(value, dict):
        reading.problem("", "wrong-type", f"An object was wanted, {kind(value)} was sent.")
        value = {}
    for name in value:
        if name not in MEMBERS:
            # Not a warning, as elsewhere: a misspelt limit would send more than was meant.
            reading.problem(f"/{token(name)}", "unknown-value", "The member is not known here.")
    said = {name: sent for name, sent in value.items() if sent is not None}
    url = ""
    if URL in said:
        try:
            url = wish.read_url(said[URL])
        except Invalid as error:
            for problem in error.problems:
                reading.problem(problem.pointer, "malformed", problem.message)
    found = Replay(
        _number(said.get(SEQUENCE), SEQUENCE, 1, reading),
        _instant(said.get(SINCE), SINCE, reading),
        _instant(said.get(UNTIL), UNTIL, reading),
        _number(said.get(AFTER), AFTER, 0, reading) or 0,
        url,
    )
    window = SINCE in said or UNTIL in said
    if BURIED in said and said[BURIED] is not True:
        reading.problem(f"/{BURIED}", "unknown-value", "It is true, or not sent.")
    if (SEQUENCE in said) + window + (BURIED in said) != 1:
        reading.problem(
            "", "contradiction", "Send one of these: sequence; since, until or both; or buried: true."
        )
    if reading.problems:
        raise Invalid(
            "It cannot be taken as it was sent; each entry of errors names one thing to correct.",
            problems=reading.problems,
        )
    return found


def _number(value: object, name: str, least: int, reading: Reading) -> int | None:
    if value is None:
        return None
    if type(value) is not int:
        reading.problem(f"/{name}", "wrong-type", f"A whole number was wanted, {kind(value)} was sent.")
        return None
    if not least <= value <= _LARGEST:
        reading.problem(f"/{name}", "out-of-range", f"The number is not in the range {least} to 2^62.")
        return None
    return value


def _instant(value: object, name: str, reading: Reading) -> int | None:
    if value is None:
        return None
    if not isinstance(value, str):
        reading.problem(f"/{name}", "wrong-type", f"A text was wanted, {kind(value)} was sent.")
        return None
    found = instants.parse(value, _UTC)
    if found is None:
        reading.problem(f"/{name}", "not-a-date", "It is no ISO 8601 date or date-time.")
        return None
    return found[0]
