"""The decision for one line: the first rule that matches, and why those before it did not."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from spectrum_orders.domain.routing.rule import (
    YES,
    Country,
    Facts,
    Rule,
    Sku,
    judge_country,
    judge_sku,
    loosened,
    matches,
)

MOST_TRIED = 20
"""Rules that one decision names. A near miss is named before one that is far off, because somebody
looks for it; the rest is counted. With hundreds of rules each line would store all of them otherwise."""


class Tried(msgspec.Struct, frozen=True):
    """A rule that was looked at. ``rule`` is its id in digits, ``pattern`` that of its SKU."""

    rule: str
    rank: int
    partner: str
    pattern: str | None
    sku: Sku
    country: Country

    @property
    def matched(self) -> bool:
        """Both of its conditions hold."""
        return self.sku in YES and self.country in YES

    @property
    def near(self) -> bool:
        """It did not match, by little: a condition holds that was asked for, or a SKU nearly does."""
        if self.matched or (self.country is Country.OTHER and self.sku is not Sku.MATCHED):
            return False
        return self.sku is not Sku.OTHER


class Decision(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """``partner`` makes the line, because of ``rule`` (its id in digits); both ``None``: no rule matched.

    ``tried`` are the rules up to the one that decided, in their order, as far as they are named;
    ``unnamed`` counts the others. ``ambiguous``: one SKU of the line alone would go elsewhere.
    ``refused`` are factories that will not make the line, so that their rules were not tried. ``by`` is who
    chose the factory without any rule, and then nothing was tried.
    """

    partner: str | None
    rule: str | None
    tried: tuple[Tried, ...]
    unnamed: int = 0
    ambiguous: bool = False
    refused: tuple[str, ...] = ()
    by: str | None = None


def decide(rules: Iterable[Rule], facts: Facts) -> Decision:
    """The first rule that matches, in the order of rank and id, and why those before it did not."""
    ordered = in_order(rules)
    skus = tuple(dict.fromkeys(facts.skus))
    loose = tuple(map(loosened, skus))
    tried: list[Tried] = []
    for rule in ordered:
        sku, country = judge_sku(rule.sku, skus, loose), judge_country(rule.country, facts.country)
        tried.append(Tried(str(rule.id), rule.rank, rule.partner, rule.sku, sku, country))
        if tried[-1].matched:
            named = _named(tried)
            ambiguous = len(skus) > 1 and any(
                _partner_of(ordered, sku, facts.country) != rule.partner for sku in skus
            )
            return Decision(rule.partner, str(rule.id), named, len(tried) - len(named), ambiguous)
    named = _named(tried)
    return Decision(None, None, named, len(tried) - len(named))


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Rules as they are tried."""
    return sorted(rules, key=lambda rule: (rule.rank, rule.id))


_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(Decision).decode


def encode(decision: Decision) -> str:
    """The decision as JSON, to be stored."""
    return _encode(decision).decode()


def decode(text: str | bytes) -> Decision:
    """A decision that was stored."""
    return _decode(text)


def _named(tried: list[Tried]) -> tuple[Tried, ...]:
    """The match and near misses before all others, and of these the first; in the order of trying."""
    if len(tried) <= MOST_TRIED:
        return tuple(tried)
    worth = sorted(range(len(tried)), key=lambda at: (not tried[at].matched, not tried[at].near, at))
    return tuple(tried[at] for at in sorted(worth[:MOST_TRIED]))


def _partner_of(ordered: list[Rule], sku: str, country: str | None) -> str | None:
    alone = Facts((sku,), country)
    return next((rule.partner for rule in ordered if matches(rule, alone)), None)
