"""docs/routing.md says what routing does, word for word."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec

from spectrum_orders.domain.routing import (
    MOST_TRIED,
    WORDS,
    Country,
    Facts,
    Rule,
    Sku,
    decide,
    encode,
    explain,
)

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "routing.md").read_text()


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\w*\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_documented_line_is_decided_and_explained_as_it_says() -> None:
    rules = msgspec.json.decode(example("rules"), type=list[Rule])
    found = decide(rules, Facts(("MUG-9",), "at"))
    assert explain(found) == example("explanation").splitlines()
    assert json.loads(encode(found)) == json.loads(example("decision"))


def test_every_word_of_a_decision_is_documented() -> None:
    rows = dict.fromkeys(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", TEXT, re.MULTILINE))
    for word, sentence in WORDS.items():
        assert (word.value, sentence) in rows
    assert len([row for row in rows if row[1] in WORDS.values()]) == len(Sku) + len(Country)


def test_the_number_of_rules_that_a_decision_names_is_documented() -> None:
    assert f"names at most {MOST_TRIED} rules" in TEXT
