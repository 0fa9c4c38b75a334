"""Addresses: which members they have, which must be there, and how they are kept."""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.checks import Check, Email, Text, blank, given
from spectrum_orders.domain.personal import ADDRESS_FIELDS
from spectrum_orders.domain.reading import Reading, kind, token

REQUIRED = ("firstName", "lastName", "address1", "city", "state", "postalCode", "country")
"""``state`` only in the countries of ``COUNTRIES_WITH_STATES``."""

COUNTRIES_WITH_STATES: dict[str, tuple[str, ...]] = {
    "AR": ("ARG", "Argentina"),
    "AU": ("AUS", "Australia"),
    "BR": ("BRA", "Brazil", "Brasil"),
    "CA": ("CAN", "Canada"),
    "CN": ("CHN", "China", "People's Republic of China"),
    "IN": ("IND", "India"),
    "JP": ("JPN", "Japan"),
    "MX": ("MEX", "Mexico", "México"),
    "MY": ("MYS", "Malaysia"),
    "US": ("USA", "United States", "United States of America"),
}
"""ISO 3166 code -> other ways to write the country.

Parcels to these countries are sorted by state or province, so an address without one is refused.
Everywhere else ``state`` may be empty: a country missing here costs a look at the label, while a
country wrongly standing here would cost a paid order.
"""

_ALIAS = "province"
_CHECKS: dict[str, Check] = {name: Email() if name == "email" else Text() for name in ADDRESS_FIELDS}
_KNOWN = frozenset((*ADDRESS_FIELDS, _ALIAS))
_encode = msgspec.json.Encoder(order="sorted").encode


def _plain(country: str) -> str:
    return country.replace(".", "").strip().casefold()


_STATES_NEEDED = frozenset(
    _plain(way) for code, ways in COUNTRIES_WITH_STATES.items() for way in (code, *ways)
)


def needs_state(country: str) -> bool:
    """A parcel to this country, given as a code or a name in any case, needs a state."""
    return _plain(country) in _STATES_NEEDED


class Address(msgspec.Struct, frozen=True):
    """An address, kept as canonical JSON: sorted members, compact, only those that hold something.

    ``province`` is read where ``state`` is missing. An address in which nothing was filled in
    counts as not sent. Unknown members are named in warnings and not kept.
    """

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        if not isinstance(value, dict):
            reading.problem(
                at, "wrong-type", f"An object with an address was wanted, {kind(value)} was sent."
            )
            return None
        for name in value:
            if name not in _KNOWN:
                reading.warn(
                    f"{at}/{token(name)}", "unknown-member", "The member is not known; it was not stored."
                )
        kept: dict[str, str] = {}
        tried = set()
        for name, check in _CHECKS.items():
            source, member = name, value.get(name)
            if name == "state" and _ALIAS in value:
                source, member = _state(value, at, reading)
            if member is None:
                continue
            below = f"{at}/{source}"
            if given(member, below, reading) is None:
                continue
            tried.add(name)
            text = check.read(member, below, reading)
            if text is not None:
                kept[name] = text
        if not tried:
            return None
        for name in REQUIRED:
            if name not in tried and (name != "state" or needs_state(kept.get("country", ""))):
                missing(f"{at}/{name}", reading)
        return _encode(kept).decode()


def _state(value: dict[str, object], at: str, reading: Reading) -> tuple[str, object]:
    """Which of ``state`` and ``province`` to read, and what stands there."""
    state, province = value.get("state"), value[_ALIAS]
    if state is None or state == "" or (isinstance(state, str) and blank(state)):
        return _ALIAS, province
    if province is not None and province not in ("", state):
        reading.warn(f"{at}/{_ALIAS}", "differing-state", "It differs from state, which was taken.")
    return "state", state


def missing(at: str, reading: Reading) -> None:
    """Note that a required member of an address is not there."""
    reading.problem(at, "missing", "The address is not complete: this member is required.")
