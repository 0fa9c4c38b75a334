"""The codes of problems and warnings are a closed set."""

from __future__ import annotations

import re
from typing import get_args

from spectrum_orders.domain.codes import CODES, PROBLEMS, WARNINGS, ProblemCode, WarningCode


def test_every_code_has_a_meaning_and_every_meaning_a_code() -> None:
    assert set(PROBLEMS) == set(get_args(ProblemCode))
    assert set(WARNINGS) == set(get_args(WarningCode))
    assert set(CODES) == set(PROBLEMS) | set(WARNINGS)


def test_a_code_is_in_kebab_case_and_its_meaning_a_sentence() -> None:
    for code, meaning in CODES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert meaning.endswith(".")
