"""People are found by exact match, for one client at a time, without being opened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.crypto import KeyRing, normalise_email, normalise_name_postcode

RING = KeyRing.generate()
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
entries = st.tuples(st.integers(0, 2**63 - 1), texts, texts)


@given(here=entries, there=entries)
def test_two_entries_match_exactly_when_client_field_and_value_do(
    here: tuple[int, str, str], there: tuple[int, str, str]
) -> None:
    assert (RING.blind_index(*here) == RING.blind_index(*there)) == (here == there)
    assert len(RING.blind_index(*here)) == 16


def test_the_same_email_at_two_clients_never_matches() -> None:
    assert RING.blind_index(1, "email", "zoe@example.com") != RING.blind_index(2, "email", "zoe@example.com")


def test_the_same_text_in_two_fields_never_matches() -> None:
    assert RING.blind_index(1, "email", "zoe") != RING.blind_index(1, "name", "zoe")


def test_where_the_field_ends_and_the_value_begins_makes_a_difference() -> None:
    assert RING.blind_index(1, "ab", "c") != RING.blind_index(1, "a", "bc")


def test_another_deployment_makes_other_indexes() -> None:
    assert RING.blind_index(1, "email", "zoe") != KeyRing.generate().blind_index(1, "email", "zoe")


def test_rotating_the_master_keys_loses_nobody() -> None:
    rotated = RING.with_new_version().without_version(1)
    assert rotated.blind_index(1, "email", "zoe") == RING.blind_index(1, "email", "zoe")


def test_a_value_that_is_not_unicode_is_refused_without_being_repeated() -> None:
    with pytest.raises(ValueError, match="not valid Unicode") as caught:
        RING.blind_index(1, "email", "zoe\ud800")
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("zoe@example.com", "zoe@example.com"),
        ("  Zoe@Example.COM\t", "zoe@example.com"),
        ("ＺＯＥ＠example.com", "zoe@example.com"),
        ("ZOË@example.com", "zoë@example.com"),
        ("zoe\u0308@example.com", "zoë@example.com"),
        ("zoe+1@example.com", "zoe+1@example.com"),
        ("z.oe@example.com", "z.oe@example.com"),
        ("", ""),
    ],
)
def test_an_email_address_is_compared_in_one_form(written: str, compared: str) -> None:
    assert normalise_email(written) == compared


@pytest.mark.parametrize(
    ("first", "last", "postal", "compared"),
    [
        ("Zoë", "Muster", "00000", "zoë muster\x1f00000"),
        (" ZOË ", "  MUSTER", " 000 00 ", "zoë muster\x1f00000"),
        ("Anna Maria", "Berg", "SW1A 1AA", "anna maria berg\x1fsw1a1aa"),
        ("Anna", "Maria  Berg", "sw1a1aa", "anna maria berg\x1fsw1a1aa"),
        ("Jörg", "Groß", "1", "jörg gross\x1f1"),
        ("", "Muster", "1", "muster\x1f1"),
        ("Zoë", "Muster", "", "zoë muster\x1f"),
        ("a\x1f1", "", "", "a 1\x1f"),
        ("", " ", "\t", ""),
    ],
)
def test_a_name_and_postal_code_are_compared_in_one_form(
    first: str, last: str, postal: str, compared: str
) -> None:
    assert normalise_name_postcode(first, last, postal) == compared


@given(text=texts)
def test_what_was_normalised_stays_as_it_is(text: str) -> None:
    once = normalise_email(text)
    assert normalise_email(once) == once


@given(text=texts)
def test_case_makes_no_difference(text: str) -> None:
    assert normalise_email(text.casefold()) == normalise_email(text)
