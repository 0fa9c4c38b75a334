"""Promise: what is inserted by one statement comes out as it went in."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spectrum_orders.store import bulk
from spectrum_orders.store.bulk import Rows
from spectrum_orders.store.schema import journal, line_skus, orders, people, person_index
from tests.harness.place import Places
from tests.store.opening import opened, undone

TEXTS = [
    "",
    " ",
    "plain",
    "quotes \" and ' and \\ and %s and :name and ?",
    "line\nfeed\ttab\u2028\u2029\x7f",
    "äöü ß İ 漢字 🎂 👩‍👩‍👧 \U0010ffff",
    "null",
    "[]",
    '{"a": 1}',
    "1e400",
    "x" * 100_000,
]
INTEGERS = [0, 1, -1, 2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]
BYTES = [b"", b"\0", bytes(range(256)), b"\xff" * 5000]


def some_values(test):
    """Have a test called with values of every kind."""
    drawn = given(
        texts=st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1),
        integers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
        several=st.lists(st.binary(), min_size=1),
    )
    few = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    return few(drawn(test))


@pytest.fixture(scope="module")
def runtime(places: Places):
    with opened(places.new()) as runtime:
        yield runtime


def journal_rows(texts: list[str], integers: list[int | None], several: list[bytes]) -> list[tuple[Any, ...]]:
    """Rows that hold every one of these values somewhere."""
    count = max(len(texts), len(integers), len(several))

    def pick(values: list[Any], place: int) -> Any:
        return values[place % len(values)]

    return [
        (7, place, pick([i for i in integers if i is not None], place), pick(integers, place),
         pick(integers, place + 1), pick(texts, place), pick(texts, place + 1), pick(texts, place + 2),
         pick(several, place))
        for place in range(count)
    ]  # fmt: skip


def back(connection: sa.Connection, table: sa.Table) -> list[tuple[Any, ...]]:
    found = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
    return [tuple(bytes(v) if isinstance(v, bytes | memoryview) else v for v in row) for row in found]


def hexed(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(v.hex() if isinstance(v, bytes) else v for v in row) for row in rows]


def test_texts_integers_nulls_and_bytes_come_out_as_they_went_in(runtime) -> None:
    rows = journal_rows(TEXTS, [*INTEGERS, None], BYTES)
    with undone(runtime.database) as connection:
        connection.execute(sa.delete(journal))
        bulk.insert(connection, Rows(journal, hexed(rows)))
        assert back(connection, journal) == rows


@some_values
def test_any_values_come_out_as_they_went_in(runtime, texts, integers, several) -> None:
    rows = journal_rows(texts, [*integers, None], several)
    with undone(runtime.database) as connection:
        connection.execute(sa.delete(journal))
        bulk.insert(connection, Rows(journal, hexed(rows)))
        assert back(connection, journal) == rows


def test_several_tables_go_in_together_and_empty_ones_cost_nothing(runtime) -> None:
    skus = [(1, 2, 3, place, f"S-{place}", 10**6) for place in range(500)]
    persons = [(1, 2, "/emailAddress", 2, b"\1\2", b"\3")]
    with undone(runtime.database) as connection:
        bulk.insert(connection)
        bulk.insert(connection, Rows(journal, []))
        bulk.insert(connection, Rows(line_skus, skus), Rows(journal, []), Rows(people, hexed(persons)))
        assert back(connection, line_skus) == skus
        assert back(connection, people) == persons


def test_a_taken_key_is_an_error_or_left_as_it_is_by_choice(runtime) -> None:
    row = (1, b"\1" * 16, 2)
    with undone(runtime.database) as connection:
        bulk.insert(connection, Rows(person_index, hexed([row])))
        bulk.insert(connection, Rows(person_index, hexed([row, (1, b"\2" * 16, 2)]), keep_old=True))
        assert len(back(connection, person_index)) == 2
        with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
            bulk.insert(connection, Rows(person_index, hexed([row])))


def test_only_what_is_new_is_inserted_and_named(runtime) -> None:
    def order(number: int, name: str) -> tuple[Any, ...]:
        return (1, number, name, "acknowledgement", 0, "{}", None, 0, 0)

    unique = ("client_id", "purchase_order_number")
    with undone(runtime.database) as connection:
        assert bulk.insert_new(connection, orders, [], unique) == set()
        assert bulk.insert_new(connection, orders, [order(1, "a"), order(2, "b")], unique) == {1, 2}
        # Of two with one name in the same statement the first is stored.
        some = [order(3, "b"), order(4, "c"), order(5, "c"), order(6, "d")]
        assert bulk.insert_new(connection, orders, some, unique) == {4, 6}
