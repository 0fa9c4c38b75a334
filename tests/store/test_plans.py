"""On SQLite, which guesses that nobody has more than ten rows of anything unless it is told."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from spectrum_orders.store.schema import metadata
from tests.harness.place import SQLITE, Place
from tests.store.opening import opened


def narrow_indexes() -> list[sa.Index]:
    """Those that find something by the owner and one thing more, where the key would only find the owner."""
    return [
        index
        for table in metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda one: str(one.name))
        if len(columns := index.columns.keys()) > 1
        and columns[0] == (key := table.primary_key.columns.keys())[0]
        and columns[:2] != key[:2]
    ]


@pytest.mark.parametrize("places", [SQLITE], indirect=True)
def test_what_an_owner_has_much_of_is_found_by_its_index_and_not_by_reading_all_of_it(
    database: Place,
) -> None:
    walked = []
    with opened(database) as runtime, runtime.database.read() as connection:
        for index in narrow_indexes():
            table = index.table
            assert table is not None
            first, second = index.columns.values()[:2]
            wanted: sa.Select[Any] = sa.select(table).where(first == 1, second == 1)
            condition = index.dialect_options["sqlite"]["where"]
            if condition is not None:
                wanted = wanted.where(condition)
            statement = str(wanted.compile(connection, compile_kwargs={"literal_binds": True}))
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
            if not any(str(index.name) in step for step in plan):
                walked.append((str(index.name), plan))
    assert len(narrow_indexes()) > 5
    assert walked == []
