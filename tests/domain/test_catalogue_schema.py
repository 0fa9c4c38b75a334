"""The published JSON Schema says what reading does."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum_orders.domain.catalogue import colour, product, recipe
from spectrum_orders.domain.catalogue.reading import product_json, recipe_set_json
from spectrum_orders.domain.catalogue.reading.descriptions import MEMBERS, RECORDS
from spectrum_orders.domain.catalogue.schema import product_schema, recipe_set_schema
from spectrum_orders.errors import Invalid
from tests.domain import catalogue_samples as samples

PRODUCT = jsonschema_rs.Draft202012Validator(product_schema())
RECIPE_SET = jsonschema_rs.Draft202012Validator(recipe_set_schema())

BETWEEN_MEMBERS = {"contradiction", "duplicate", "reserved", "blank"}
"""What no schema can say, or ours does not."""
OF_SHAPES = {"fileName", "value"}
"""Texts whose inner grammar only reading knows."""


STRUCTS: dict[str, type[msgspec.Struct]] = {
    name: one
    for module in (colour, product, recipe)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, msgspec.Struct)
}


@pytest.mark.parametrize("value", STRUCTS.values(), ids=STRUCTS)
def test_every_member_of_every_value_is_in_a_schema(value: type[msgspec.Struct]) -> None:
    whole = {schema["title"]: schema for schema in (product_schema(), recipe_set_schema())}
    shared = {**whole, **product_schema()["$defs"], **recipe_set_schema()["$defs"]}
    schema = shared[value.__name__]
    names = {field.encode_name for field in msgspec.structs.fields(value)}
    tag = value.__struct_config__.tag
    assert set(schema["properties"]) == names | ({"type"} if tag else set())
    assert tag is None or schema["properties"]["type"] == {"const": tag}
    assert schema["description"] == RECORDS[value.__name__]
    assert set(MEMBERS[value.__name__]) == names


def test_the_schemas_are_of_their_dialect() -> None:
    for schema in (product_schema(), recipe_set_schema()):
        jsonschema_rs.meta.validate(schema)
        assert schema["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize(
    ("validator", "value"), [(PRODUCT, samples.PRODUCT), (RECIPE_SET, samples.RECIPE_SET)]
)
def test_the_documented_examples_are_valid(validator: jsonschema_rs.Draft202012Validator, value: Any) -> None:
    validator.validate(value)


@given(samples.products, samples.recipe_sets)
@settings(max_examples=50)
def test_what_is_read_without_a_word_is_valid_and_so_is_what_is_written(one: Any, other: Any) -> None:
    PRODUCT.validate(one)
    RECIPE_SET.validate(other)
    PRODUCT.validate(json.loads(product_json(samples.product(one))))
    RECIPE_SET.validate(json.loads(recipe_set_json(samples.recipe_set(other))))


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from((36, 35, 2_400, 2_401, 20_000, 20_001, 0.1, 0.09, 1e-9, 10_001)),
    st.sampled_from(
        ("", "front", "Front", "rgb", "cmyk", "png", "x" * 101, "x" * 300, "a\nb", "a\tb", "\u2028")
    ),
    st.sampled_from((samples.DIGEST, samples.DIGEST.upper(), [], {}, {"type": "spot", "name": "White"})),
)


@given(st.data())
@settings(max_examples=400)
def test_what_the_schema_takes_is_accepted(data: st.DataObject) -> None:
    recipes = data.draw(st.booleans())
    value = json.loads(json.dumps(samples.RECIPE_SET if recipes else samples.PRODUCT))
    for _ in range(data.draw(st.integers(1, 3))):
        places = samples.paths(value)[1:]
        if not places:
            break
        path = data.draw(st.sampled_from(places))
        target = value
        for step in path[:-1]:
            target = target[step]
        if data.draw(st.booleans()) and isinstance(target, dict):
            del target[path[-1]]
        else:
            # A copy: a later change may go into it, and the next example must meet what this one met.
            target[path[-1]] = json.loads(json.dumps(data.draw(JUNK)))
    if not (RECIPE_SET if recipes else PRODUCT).is_valid(value):
        return
    try:
        read: Any = samples.recipe_set if recipes else samples.product
        read(value)
    except Invalid as error:
        unforeseen = [
            problem
            for problem in error.problems
            if problem.code not in BETWEEN_MEMBERS
            and not (problem.code == "malformed" and problem.pointer.rpartition("/")[2] in OF_SHAPES)
            and not (problem.code == "too-few" and problem.pointer.endswith("/layers"))
        ]
        assert not unforeseen


@pytest.mark.parametrize(
    "wrong",
    [
        samples.area(width=0),
        samples.area(width="10"),
        samples.area(handle="Front"),
        samples.area(handle="front\n"),
        samples.area(output="jpeg"),
        samples.area(dpi=36.5),
        samples.area(profile="A" * 64),
        samples.area(handle=...),
        {"name": "A"},
        {"name": "A", "areas": []},
        {"name": " ", "areas": samples.area()["areas"]},
        {**samples.area(), "preflight": {"Low": "warn"}},
        {**samples.area(), "preflight": {"low": "maybe"}},
    ],
)
def test_what_the_schema_refuses_is_refused(wrong: Any) -> None:
    assert not PRODUCT.is_valid(wrong)
    samples.refused(wrong)
