"""Which partner makes a line, and why: ordered rules, of which the first that matches decides.

A line is one piece of work, so it goes to one partner as a whole, also when it names several SKUs: a
rule matches as soon as one of them matches. Where another of its SKUs alone would have gone to
another partner, the decision says so (``ambiguous``).

A country is a person's. It decides here and goes no further: no decision, no explanation and no
``repr`` holds it, neither the order's nor the rule's, because a rule that matched names both.
"""

from spectrum_orders.domain.routing.decision import MOST_TRIED, Decision, Tried, decide, decode, encode
from spectrum_orders.domain.routing.rule import Country, Facts, Rule, Sku, faults, needs_country
from spectrum_orders.domain.routing.simulation import Difference, Simulation, simulate
from spectrum_orders.domain.routing.words import WORDS, explain

__all__ = [
    "MOST_TRIED",
    "WORDS",
    "Country",
    "Decision",
    "Difference",
    "Facts",
    "Rule",
    "Simulation",
    "Sku",
    "Tried",
    "decide",
    "decode",
    "encode",
    "explain",
    "faults",
    "needs_country",
    "simulate",
]
