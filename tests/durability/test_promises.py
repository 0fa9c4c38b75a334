"""The page of promises names tests that exist, and every test of the bad days is named there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "promises.md"

OF_THE_TESTS_THEMSELVES = {
    "tests/durability/test_promises.py",
    "tests/store/test_bulk.py",
    "tests/store/test_together.py",
}
"""What promises nothing to a user."""


def test_every_promise_names_a_test_that_exists() -> None:
    rows = [
        line.strip("| ").split(" | ")
        for line in PAGE.read_text().splitlines()
        if line.startswith("|") and not line.startswith(("|---", "| promise"))
    ]
    assert len(rows) >= 20
    for promise, holders in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)`", holders)
        assert named, promise
        for name in named:
            assert re.search(r"^(async )?def test_", (ROOT / name).read_text(), re.MULTILINE), name


def test_every_test_of_the_bad_days_holds_a_promise() -> None:
    page = PAGE.read_text()
    tests = {
        str(path.relative_to(ROOT))
        for folder in ("durability", "store", "prove")
        for path in (ROOT / "tests" / folder).glob("test_*.py")
    }
    assert {name for name in tests if f"`{name}`" not in page} == OF_THE_TESTS_THEMSELVES
