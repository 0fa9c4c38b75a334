"""The catalogue of exceptions: what it says is whole, and the commands in it are commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from spectrum_orders.domain import exceptions
from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.catalogue.judgement import Judged
from spectrum_orders.domain.catalogue.product import Level
from spectrum_orders.domain.exceptions import CATALOGUE, KINDS, Audience, Kind
from spectrum_orders.store.exceptions.listing import SOURCES
from spectrum_orders.web.openapi.operations import OPERATIONS
from tests.test_docs import calls, wrong_words

ROOT = Path(__file__).resolve().parents[2]

each = pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.name)


FINDING = Judged("mug", "wrap", "bleed", Level.REJECT, "no bleed", "2 mm", "Export with bleed.")


def case(kind: Kind) -> Case:
    return Case(
        kind=kind.name,
        since=1,
        client="my shop",
        purchase_order_number="PO 1; rm -rf /",
        line=7,
        others=2,
        recipe_set_id="ABCD1234",
        status="revision",
        reason="ask Ann",
        finding=FINDING,
        package_id=5,
        partner="press",
        destination=6,
        endpoint=8,
        due=2,
        count="3 orders",
        code="no-folder",
        detail="Secret detail.",
        hint="Secret hint.",
    )


def test_every_kind_is_read_from_somewhere() -> None:
    assert set(SOURCES) == set(KINDS)
    assert len(KINDS) == len(CATALOGUE)


@each
def test_cause_and_step_are_whole_sentences_for_everybody_who_sees_the_kind(kind: Kind) -> None:
    for audience in Audience:
        if kind.name not in exceptions.visible_to(audience):
            with pytest.raises(ValueError, match=kind.name):
                exceptions.next_step(case(kind), audience)
            continue
        for said in (exceptions.cause(case(kind), audience), exceptions.next_step(case(kind), audience)):
            assert said
            assert said == said.strip()
            assert "{" not in said
            assert "None" not in said
        if audience is not Audience.OPERATOR:
            assert "Secret" not in exceptions.cause(case(kind), audience)
            assert "Secret" not in exceptions.next_step(case(kind), audience)
        assert exceptions.cause(case(kind), audience).endswith(".")


@each
def test_the_command_of_a_step_exists_and_survives_a_hostile_order_number(kind: Kind) -> None:
    step = exceptions.next_step(case(kind), Audience.OPERATOR)
    command = step.partition(": spectrum ")[2]
    if command:
        words = shlex.split(f"spectrum {command.split(', or ')[0]}")
        assert ";" not in " ".join(word for word in words if word != "PO 1; rm -rf /")
        assert [
            word for call in calls(kind.operator.replace(", or", ";")) for word in wrong_words(call)
        ] == []


OTHERS = ("/api/webhooks", "/api/erasures")
"""Routes that have descriptions of their own elsewhere."""


@each
def test_the_call_of_a_step_is_served(kind: Kind) -> None:
    for step in filter(None, (kind.shop, kind.partner)):
        for method, path in re.findall(r"\b(GET|PUT|POST) (/[\w/{}-]+)", step):
            pattern = path.replace("{po}", "{purchaseOrderNumber}").replace("{package}", "{packageId}")
            pattern = pattern.replace("recipesets/{recipe}", "recipesets/{readableId}")
            pattern = pattern.replace("webtoprint/{recipe}", "webtoprint/{recipeSetReadableId}")
            assert (method, pattern) in OPERATIONS or pattern.startswith(OTHERS), path


def test_the_documentation_has_every_kind_with_its_step_and_what_clears_it() -> None:
    text = (ROOT / "docs" / "exceptions.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert [row[0] for row in rows] == list(KINDS)
    for name, _, clears in rows:
        assert clears == KINDS[name].clears
