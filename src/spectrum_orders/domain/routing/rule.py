"""What a rule asks of a line, and how near a line came to it."""

from __future__ import annotations

import enum
import fnmatch
import functools
import re
import unicodedata
from collections.abc import Callable, Iterable

import msgspec

from spectrum_orders.domain.address import COUNTRIES_WITH_STATES

ANY = "*"

LONGEST_PATTERN = 255
"""Characters, as in a SKU."""


class Rule(msgspec.Struct, frozen=True):
    """Lines that match go to ``partner`` (its handle). Tried in the order of ``rank``, then of ``id``.

    ``sku`` is a pattern, in which ``*`` stands for any characters and ``?`` for one; case counts.
    ``country`` is one country or several with commas between them, without regard to case. ``None``
    and ``*`` ask nothing.
    """

    id: int
    rank: int
    sku: str | None
    country: str | None
    partner: str


class Facts(msgspec.Struct, frozen=True):
    """What rules look at: a line's SKUs, and the shipping address's country, ``None`` before it came.

    ``repr`` holds no country, because that is a person's.
    """

    skus: tuple[str, ...]
    country: str | None = None

    def __repr__(self) -> str:
        return f"Facts({self.skus!r})"


class Sku(enum.Enum):
    """What became of a rule's pattern."""

    ANY = "any"
    MATCHED = "matched"
    CASE = "differing-case"
    SPACE = "surrounding-space"
    FORM = "differing-form"
    OTHER = "other"


class Country(enum.Enum):
    """What became of a rule's countries."""

    ANY = "any"
    MATCHED = "matched"
    UNKNOWN = "no-address-yet"
    NAME = "not-a-code"
    OTHER = "other"


YES = (Sku.ANY, Sku.MATCHED, Country.ANY, Country.MATCHED)
"""The words for a condition that holds."""


def faults(sku: str | None, country: str | None) -> tuple[str, ...]:
    """What is wrong with the conditions of a rule that somebody wants to add, in sentences."""
    found = []
    if sku is not None:
        if not sku.strip():
            found.append("The SKU pattern is empty; leave it out, or send *, to ask for no SKU.")
        elif sku != sku.strip():
            found.append("The SKU pattern has white space around it, which no SKU has.")
        if len(sku) > LONGEST_PATTERN:
            found.append(f"The SKU pattern has more than {LONGEST_PATTERN} characters.")
    if country is not None and not all(
        one == ANY or re.fullmatch("[a-z]{2}", one) for one in _listed(country) or ("",)
    ):
        found.append("A country is a two-letter ISO 3166 code such as DE, several with commas between, or *.")
    return tuple(found)


def needs_country(rules: Iterable[Rule]) -> bool:
    """Whether any rule asks for a country, so that an address has to be opened."""
    return any(rule.country is not None and ANY not in _listed(rule.country) for rule in rules)


def matches(rule: Rule, facts: Facts) -> bool:
    """Whether both conditions hold: one of the SKUs matches, and the country does."""
    if not asks_nothing(rule.sku) and not any(map(globbed(rule.sku or ""), facts.skus)):
        return False
    return judge_country(rule.country, facts.country) in YES


def asks_nothing(pattern: str | None) -> bool:
    """A pattern that every line matches."""
    return pattern is None or pattern == ANY


def judge_sku(pattern: str | None, skus: tuple[str, ...], loose: tuple[str, ...]) -> Sku:
    """What becomes of a pattern. ``loose`` are the SKUs after ``loosened``, made once for all rules."""
    if pattern is None or asks_nothing(pattern):
        return Sku.ANY
    if any(map(globbed(pattern), skus)):
        return Sku.MATCHED
    nearly = globbed(loosened(pattern))
    near = [sku.strip() for sku, one in zip(skus, loose, strict=True) if nearly(one)]
    if not near:
        return Sku.OTHER
    if any(map(globbed(pattern.strip()), near)):
        return Sku.SPACE
    folded = globbed(pattern.strip().casefold())
    return Sku.CASE if any(folded(sku.casefold()) for sku in near) else Sku.FORM


def judge_country(wanted: str | None, country: str | None) -> Country:
    """What becomes of a rule's countries."""
    if wanted is None:
        return Country.ANY
    listed = _listed(wanted)
    if ANY in listed:
        return Country.ANY
    if country is None or not country.strip():
        return Country.UNKNOWN
    code = _code(country)
    if code in listed:
        return Country.MATCHED
    return Country.OTHER if re.fullmatch("[a-z]{2}", code) else Country.NAME


@functools.lru_cache(maxsize=4_096)
def _listed(wanted: str) -> frozenset[str]:
    return frozenset(_code(one) for one in wanted.split(",") if one.strip())


_CODES = {"uk": "gb"} | {
    way.replace(".", "").casefold(): code.casefold()
    for code, ways in COUNTRIES_WITH_STATES.items()
    for way in ways
}
# UK is no country code, but ISO 3166 keeps it free of every other meaning because it is written so often.


def _code(country: str) -> str:
    """The lower-case code of a country, or what was written, when no code of it is known here."""
    plain = country.replace(".", "").strip().casefold()
    return _CODES.get(plain, plain)


def loosened(text: str) -> str:
    """A text without what the eye overlooks: case, white space around it, other forms of a character."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


@functools.lru_cache(maxsize=8_192)
def globbed(pattern: str) -> Callable[[str], object]:
    """Tells whether a whole text matches a pattern of ``*`` and ``?``."""
    # A bracket is a bracket: SKUs hold them. What fnmatch makes of stars does not backtrack.
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]"))).match
