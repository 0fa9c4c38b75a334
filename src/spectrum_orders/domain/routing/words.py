"""A decision in words that may be shown to anybody: no person is in them."""

from __future__ import annotations

from spectrum_orders.domain.routing.decision import Decision
from spectrum_orders.domain.routing.rule import YES, Country, Sku

WORDS: dict[Sku | Country, str] = {
    Sku.ANY: "it asks for no SKU",
    Sku.MATCHED: "a SKU of the line matched",
    Sku.CASE: "a SKU of the line would match if upper and lower case did not count",
    Sku.SPACE: "a SKU of the line would match without the white space around one of the two",
    Sku.FORM: "a SKU of the line looks the same but is written with other characters",
    Sku.OTHER: "no SKU of the line matched",
    Country.ANY: "it asks for no country",
    Country.MATCHED: "the country matched",
    Country.UNKNOWN: "it asks for a country and no address has come yet",
    Country.NAME: "the country did not match, and the address has no two-letter code there",
    Country.OTHER: "it asks for another country",
}
"""Each word of a decision as half a sentence."""


HELD = (Sku.MATCHED, Country.MATCHED)
"""The words for a condition that was asked for and holds."""


def explain(decision: Decision) -> list[str]:
    """The decision in sentences, without a person in them."""
    if decision.by is not None:
        return [f"The line was led to {decision.partner} by {decision.by}, whatever the rules say."]
    said = [f"{handle} will not make this line; its rules were not tried." for handle in decision.refused]
    for one in decision.tried:
        what = f"Rule {one.rule} (rank {one.rank}, partner {one.partner}"
        what += ")" if one.pattern is None else f", SKU {one.pattern})"
        if one.matched:
            said.append(f"{what} matched: {WORDS[one.sku]}, and {WORDS[one.country]}.")
        else:
            held = [WORDS[word] for word in (one.sku, one.country) if word in HELD]
            why = " and ".join(WORDS[word] for word in (one.sku, one.country) if word not in YES)
            near = "nearly matched" if one.near else "did not match"
            said.append(f"{what} {near}: {', but '.join([*held, why])}.")
    if decision.unnamed:
        said.append(f"{decision.unnamed} more rules were tried and did not match.")
    if decision.partner is None:
        any_rule = decision.tried or decision.unnamed or decision.refused
        why = "No rule matched" if any_rule else "There is no rule"
        said.append(f"{why}, so no partner makes this line.")
    else:
        said.append(f"The line goes to {decision.partner}.")
    if decision.ambiguous:
        said.append(
            "Another SKU of the line alone would go to another partner or to none; a line is not parted, "
            "and the first rule that matches any of its SKUs decides."
        )
    return said
