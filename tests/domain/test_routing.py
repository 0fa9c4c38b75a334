"""The first rule that matches decides, and the decision can be explained to anybody."""

from __future__ import annotations

import json
import time

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spectrum_orders.domain.routing import (
    MOST_TRIED,
    WORDS,
    Country,
    Decision,
    Facts,
    Rule,
    Sku,
    decide,
    decode,
    encode,
    explain,
    faults,
    needs_country,
    simulate,
)


def rule(
    sku: str | None = None, country: str | None = None, *, partner: str = "acme", id: int = 1, rank: int = 0
) -> Rule:
    return Rule(id=id, rank=rank or id * 10, sku=sku, country=country, partner=partner)


def verdict(one: Rule, *skus: str, country: str | None = None) -> tuple[Sku, Country, bool]:
    """What became of one rule, and whether it was a near miss."""
    (tried,) = decide([one], Facts(skus or ("MUG-9",), country)).tried
    return tried.sku, tried.country, tried.near


def test_the_first_rule_that_matches_decides_and_the_rest_is_not_tried() -> None:
    rules = [
        rule("SHIRT-*", id=1, partner="first"),
        rule("MUG-*", id=2, partner="second"),
        rule("*", id=3, partner="third"),
    ]
    found = decide(rules, Facts(("MUG-9",)))
    assert (found.partner, found.rule) == ("second", "2")
    assert [one.rule for one in found.tried] == ["1", "2"]


def test_rules_are_tried_by_rank_and_of_one_rank_by_age() -> None:
    rules = [
        rule(id=3, rank=10, partner="later"),
        rule(id=9, rank=5, partner="first"),
        rule(id=2, rank=10, partner="b"),
    ]
    assert decide(rules, Facts(("A",))).partner == "first"
    assert decide([rules[0], rules[2]], Facts(("A",))).partner == "b"


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("MUG-*", ["MUG-", "MUG-9", "MUG-9-RED"], ["SMUG-9", "MUG", "XMUG-9"]),
        ("MUG-?", ["MUG-9", "MUG-?"], ["MUG-", "MUG-10"]),
        ("*-RED", ["-RED", "A-RED"], ["A-REDDISH"]),
        ("A*B*C", ["ABC", "AxxBxxC", "ABBCC"], ["AC", "ABCD"]),
        ("[AB]-1", ["[AB]-1"], ["A-1", "B-1"]),
        ("A.C", ["A.C"], ["ABC"]),
        ("A\\*", ["A\\", "A\\B"], ["A*"]),
        ("MÜG", ["MÜG"], ["MUG"]),
        ("a\nb", ["a\nb"], ["a", "ab"]),
    ],
)
def test_a_star_stands_for_anything_a_question_mark_for_one_and_nothing_else_is_special(
    pattern: str, matching: list[str], other: list[str]
) -> None:
    for sku in matching:
        assert verdict(rule(pattern), sku)[0] is Sku.MATCHED, sku
    for sku in other:
        assert verdict(rule(pattern), sku)[0] is Sku.OTHER, sku


@pytest.mark.parametrize(
    ("pattern", "sku", "word"),
    [
        ("mug-*", "MUG-9", Sku.CASE),
        ("MUG-9 ", "MUG-9", Sku.SPACE),
        ("MUG-9", " MUG-9", Sku.SPACE),
        (" mug-9", "MUG-9", Sku.CASE),
        ("MU\u0308G-9", "MÜG-9", Sku.FORM),
        ("MUG-9", "ＭＵＧ-９", Sku.FORM),  # full width
        ("CUP-*", "MUG-9", Sku.OTHER),
    ],
)
def test_a_near_miss_of_a_sku_is_told_from_a_miss(pattern: str, sku: str, word: Sku) -> None:
    assert verdict(rule(pattern), sku) == (word, Country.ANY, word is not Sku.OTHER)


@pytest.mark.parametrize(
    ("wanted", "country", "word"),
    [
        (None, None, Country.ANY),
        ("*", None, Country.ANY),
        ("DE, *", "FR", Country.ANY),
        ("DE", "DE", Country.MATCHED),
        ("de", " De ", Country.MATCHED),
        ("AT,DE , CH", "ch", Country.MATCHED),
        ("US", "U.S.A.", Country.MATCHED),
        ("us", "United States of America", Country.MATCHED),
        ("GB", "UK", Country.MATCHED),
        ("Canada", "CA", Country.MATCHED),
        ("DE", "FR", Country.OTHER),
        ("DE", None, Country.UNKNOWN),
        ("DE", "  ", Country.UNKNOWN),
        ("DE", "Germany", Country.NAME),
        ("", "DE", Country.OTHER),
    ],
)
def test_countries_are_compared_by_code_without_regard_to_case(
    wanted: str | None, country: str | None, word: Country
) -> None:
    assert verdict(rule(country=wanted), country=country)[1] is word


@pytest.mark.parametrize(
    ("sku", "country", "sent", "near"),
    [
        ("MUG-9", "DE", "FR", True),  # only the country keeps it
        ("mug-9", "DE", "FR", False),
        ("mug-9", "DE", "DE", True),
        ("mug-9", "DE", None, True),
        (None, "DE", None, True),  # the address may still come
        (None, "DE", "Germany", True),
        (None, "DE", "FR", False),
        ("CUP", "DE", "DE", False),
    ],
)
def test_a_near_miss_is_what_somebody_would_look_for(
    sku: str | None, country: str, sent: str | None, near: bool
) -> None:
    assert verdict(rule(sku, country), country=sent)[2] is near


def test_a_line_of_several_skus_goes_by_the_first_rule_that_matches_any_and_says_when_they_disagree() -> None:
    rules = [rule("MUG-*", id=1, partner="mugs"), rule("CAP-*", id=2, partner="caps")]
    apart = [("MUG-9", "CAP-1"), ("CAP-1", "MUG-9"), ("MUG-9", "SOCK-1")]
    for skus in apart:
        found = decide(rules, Facts(skus))
        assert (found.partner, found.ambiguous) == ("mugs", True)
        assert "first rule that matches any of its SKUs" in explain(found)[-1]
    together: list[tuple[str, ...]] = [("MUG-9",), ("MUG-9", "MUG-10"), ("MUG-9", "MUG-9")]
    for one in together:
        assert decide(rules, Facts(one)).ambiguous is False
    same = [rule("MUG-*", id=1), rule("CAP-*", id=2)]
    assert decide(same, Facts(("MUG-9", "CAP-1"))).ambiguous is False


def test_without_a_rule_that_matches_there_is_no_partner() -> None:
    for rules, why in (([], "There is no rule"), ([rule("CAP-*")], "No rule matched")):
        found = decide(rules, Facts(("MUG-9",)))
        assert (found.partner, found.rule, found.ambiguous) == (None, None, False)
        assert explain(found)[-1] == f"{why}, so no partner makes this line."


def test_no_country_is_in_a_decision_its_explanation_or_a_print() -> None:
    rules = [rule("MUG-*", "XQ", id=1), rule(None, "ZW,XQ", id=2), rule(None, "*", id=3)]
    for country in ("XQ", "zw", "QJ", "Qjland"):
        facts = Facts(("MUG-9",), country)
        found = decide(rules, facts)
        said = json.dumps([encode(found), explain(found), repr(found), repr(facts)])
        for name in ("XQ", "ZW", "QJ", "xq", "zw", "Qjland"):
            assert name not in said


def test_a_decision_names_few_rules_near_misses_first_and_counts_the_rest() -> None:
    rules = [rule(f"X{number}", id=number) for number in range(1, 201)]
    rules[150] = rule("mug-9", id=151)
    rules.append(rule("MUG-9", id=500))
    found = decide(rules, Facts(("MUG-9",)))
    named = [one.rule for one in found.tried]
    assert len(named) == MOST_TRIED
    assert named[-2:] == ["151", "500"]
    assert named[:3] == ["1", "2", "3"]
    assert found.unnamed == 201 - MOST_TRIED
    assert "181 more rules were tried and did not match." in explain(found)
    assert len(encode(found)) < 3_000


def test_a_hundred_rules_full_of_stars_are_decided_in_a_moment() -> None:
    hostile = "*a" * 100 + "b"
    rules = [rule(hostile + str(number), id=number) for number in range(1, 101)]
    skus = tuple("a" * 250 + str(number) for number in range(50))
    started = time.perf_counter()
    assert decide(rules, Facts(skus)).partner is None
    assert time.perf_counter() - started < 5  # backtracking would take longer than the universe


def test_an_address_has_to_be_opened_only_when_a_rule_asks_for_a_country() -> None:
    assert not needs_country([])
    assert not needs_country([rule("MUG-*"), rule(country="*")])
    assert needs_country([rule("MUG-*"), rule(country="DE")])


@pytest.mark.parametrize(
    ("sku", "country", "count"),
    [
        (None, None, 0),
        ("*", "*", 0),
        ("MUG-[1]?", "de, AT", 0),
        ("", None, 1),
        (" MUG", None, 1),
        ("x" * 256, None, 1),
        (None, "Germany", 1),
        (None, "", 1),
        (None, "DE;AT", 1),
        ("MUG ", "Germany", 2),
    ],
)
def test_conditions_that_can_never_hold_are_said_to_be_wrong(
    sku: str | None, country: str | None, count: int
) -> None:
    assert len(faults(sku, country)) == count


def test_a_draft_is_compared_with_what_holds_now() -> None:
    now = [rule("MUG-*", id=1, partner="old")]
    draft = [rule("MUG-1*", id=2, rank=1, partner="new"), rule("MUG-*", id=1, partner="old")]
    lines = [(f"PO-{number}", Facts((f"MUG-{number}",))) for number in range(1, 21)] + [
        ("PO-X", Facts(("CAP",)))
    ]
    found = simulate(now, draft, iter(lines), most=3)
    assert found.lines == 21
    assert found.moves == {("old", "new"): 11}
    assert [one.subject for one in found.differences] == ["PO-1", "PO-10", "PO-11"]
    assert explain(found.differences[0].draft)[-1] == "The line goes to new."
    assert simulate(now, now, lines).moves == {}
    assert simulate(now, [], lines).moves == {("old", None): 20}


def test_every_word_of_a_decision_has_its_half_sentence() -> None:
    assert set(WORDS) == {*Sku, *Country}


# Short alphabets, so that patterns and SKUs meet often.
_skus = st.text("Aa* -", min_size=1, max_size=3)
_countries = st.sampled_from((None, "DE", "fr", "Germany", "*", "DE,FR", ""))
_rules = st.lists(
    st.builds(
        Rule,
        id=st.integers(1, 1_000),
        rank=st.integers(0, 5),
        sku=st.none() | st.text("Aa*?-", min_size=1, max_size=3),
        country=_countries,
        partner=st.sampled_from("pqr"),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)
_facts = st.builds(
    Facts,
    skus=st.lists(_skus, min_size=1, max_size=3).map(tuple),
    country=st.sampled_from((None, "DE", "de", "FR", "France")),
)


def same(one: Decision, other: Decision) -> bool:
    """The same but for ``ambiguous``, which also looks at the rules behind the one that decided."""
    return msgspec.structs.replace(one, ambiguous=False) == msgspec.structs.replace(other, ambiguous=False)


@given(_rules, _facts, st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_the_same_rules_in_any_order_decide_the_same(
    rules: list[Rule], facts: Facts, shuffler: object
) -> None:
    shuffled = sorted(rules, key=lambda _: shuffler.random())  # type: ignore[attr-defined]  # a Random of Hypothesis
    assert decide(rules, facts) == decide(shuffled, facts) == decide(rules, facts)


@given(_rules, _facts)
@settings(max_examples=300)
def test_the_rule_that_decides_is_the_first_that_would_decide_alone(rules: list[Rule], facts: Facts) -> None:
    found = decide(rules, facts)
    ordered = sorted(rules, key=lambda one: (one.rank, one.id))
    alone = [one for one in ordered if decide([one], facts).partner is not None]
    assert found.rule == (str(alone[0].id) if alone else None)
    assert found.partner == (alone[0].partner if alone else None)
    assert all(one.matched == (one.rule == found.rule) for one in found.tried)


@given(_rules, _facts, st.data())
@settings(max_examples=200)
def test_taking_a_later_rule_away_changes_no_earlier_decision(
    rules: list[Rule], facts: Facts, data: st.DataObject
) -> None:
    found = decide(rules, facts)
    tried = {one.rule for one in found.tried}
    later = [one for one in rules if str(one.id) not in tried]
    assume(later)
    gone = data.draw(st.sampled_from(later))
    assert same(found, decide([one for one in rules if one != gone], facts))


@given(_rules, _facts)
@settings(max_examples=200)
def test_a_decision_that_was_stored_is_read_as_it_was_and_explained_alike(
    rules: list[Rule], facts: Facts
) -> None:
    found = decide(rules, facts)
    stored = decode(encode(found))
    assert stored == found
    assert explain(stored) == explain(found)
    assert all(sentence.endswith(".") for sentence in explain(found))


@given(_rules, _rules, st.lists(_facts, max_size=6))
@settings(max_examples=100)
def test_a_simulation_counts_just_the_lines_that_would_move(
    now: list[Rule], draft: list[Rule], lines: list[Facts]
) -> None:
    found = simulate(now, draft, ((str(index), one) for index, one in enumerate(lines)))
    moved = [
        str(index)
        for index, one in enumerate(lines)
        if decide(now, one).partner != decide(draft, one).partner
    ]
    assert [one.subject for one in found.differences] == moved
    assert sum(found.moves.values()) == len(moved)
    assert found.lines == len(lines)
