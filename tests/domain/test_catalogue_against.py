"""A recipe set is checked against the products, plates and uploads that it names."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typst
from hypothesis import given, settings

from spectrum_orders.domain.catalogue.asset import FINISHED, IMAGES, AssetKind
from spectrum_orders.domain.catalogue.product import Output, Product
from spectrum_orders.domain.catalogue.reading import (
    assets_of,
    check_against,
    check_product,
    names_in,
    products_of,
)
from spectrum_orders.domain.catalogue.recipe import FAMILIES, RecipeSet
from spectrum_orders.domain.codes import PROBLEMS
from tests.domain import catalogue_samples as samples

PICTURE, FONT, FILE, PROFILE = "1" * 64, "2" * 64, "3" * 64, "4" * 64
ASSETS = {
    PICTURE: AssetKind.JPEG,
    FONT: AssetKind.FONT,
    FILE: AssetKind.PDF,
    PROFILE: AssetKind.PROFILE,
}


def area(handle: str, **members: Any) -> dict[str, Any]:
    return {"handle": handle, "width": 100, "height": 100, **members}


MUG = samples.product(
    {
        "name": "Mug",
        "areas": [
            area(
                "wrap",
                spots=[{"name": "White", "alternate": {"type": "rgb", "r": 1, "g": 1, "b": 1}}],
                profile=PROFILE,
            ),
            area("base"),
        ],
    }
)
PRODUCTS = {"mug": MUG}


def sent(*fillings: dict[str, Any], product: str = "mug") -> RecipeSet:
    return samples.recipe_set({"recipes": [{"product": product, "fillings": list(fillings)}]})


def wrap(*layers: dict[str, Any]) -> RecipeSet:
    """A recipe set that is right but for what the layers bring."""
    return sent({"area": "wrap", "layers": list(layers)}, {"area": "base", "file": FILE})


def image(**members: Any) -> dict[str, Any]:
    return {"type": "image", "asset": PICTURE, **members}


def text(**members: Any) -> dict[str, Any]:
    return {"type": "text", "text": "Ana", "box": samples.BOX, **members}


def found(recipe_set: RecipeSet, products: dict[str, Product] = PRODUCTS) -> list[tuple[str, str]]:
    return samples.codes(check_against(recipe_set, products, ASSETS))


AT = "/recipes/0/fillings/0"


def test_a_recipe_set_whose_every_name_is_known_has_no_problem() -> None:
    layers = (
        image(spot="White"),
        text(font=FONT, colour=samples.TINT),
        text(font="DejaVu Sans Mono"),
        {"type": "fill", "colour": samples.TINT},
        {"type": "code", "value": "1", "box": samples.BOX, "colour": samples.TINT},
        {"type": "outline", "colour": samples.TINT},
    )
    assert found(wrap(*layers)) == []
    assert assets_of(wrap(*layers)) == {PICTURE, FONT, FILE}
    assert products_of(wrap(*layers)) == {"mug"}


def test_an_unknown_product_is_named_and_its_assets_are_looked_up_all_the_same() -> None:
    recipe_set = sent({"area": "any", "layers": [image(asset="9" * 64)]}, product="cap")
    assert found(recipe_set) == [
        ("/recipes/0/product", "unknown-product"),
        (f"{AT}/layers/0/asset", "unknown-asset"),
    ]


def test_every_area_is_filled_and_no_other_one() -> None:
    recipe_set = sent({"area": "lid", "layers": [image()]}, {"area": "base", "layers": [image()]})
    problems = check_against(recipe_set, PRODUCTS, ASSETS)
    assert samples.codes(problems) == [
        (f"{AT}/area", "unknown-area"),
        ("/recipes/0/fillings", "unfilled-area"),
    ]
    assert "wrap, base" in problems[0].message
    assert "wrap" in problems[1].message


@pytest.mark.parametrize(
    ("layer", "below"),
    [
        (image(spot="Varnish"), "spot"),
        (text(colour={"type": "spot", "name": "Varnish"}), "colour/name"),
        ({"type": "fill", "colour": {"type": "spot", "name": "Varnish"}}, "colour/name"),
        ({"type": "outline", "colour": {"type": "spot", "name": "Varnish"}}, "colour/name"),
    ],
)
def test_a_plate_that_the_area_does_not_have_is_named(layer: dict[str, Any], below: str) -> None:
    problems = check_against(wrap(layer), PRODUCTS, ASSETS)
    assert samples.codes(problems) == [(f"{AT}/layers/0/{below}", "unknown-plate")]
    assert "its plates are White" in problems[0].message


def test_a_plate_of_another_case_is_a_near_miss_that_is_said() -> None:
    (problem,) = check_against(wrap(image(spot="WHITE")), PRODUCTS, ASSETS)
    assert "case" in problem.message
    (problem,) = check_against(
        sent({"area": "wrap", "layers": [image()]}, {"area": "base", "layers": [image(spot="White")]}),
        PRODUCTS,
        ASSETS,
    )
    assert "has no spot plate of this name; it has none" in problem.message


def test_a_family_that_the_renderer_has_not_is_said_and_not_repeated() -> None:
    (problem,) = check_against(wrap(text(), text(font="Comic Sans")), PRODUCTS, ASSETS)
    assert samples.codes((problem,)) == [(f"{AT}/layers/1/font", "unknown-font")]
    assert all(one in problem.message for one in FAMILIES)
    assert "Comic" not in problem.message


def test_the_families_are_those_that_the_renderer_has() -> None:
    assert sorted(FAMILIES) == sorted(typst.Fonts(include_system_fonts=False).families())


@pytest.mark.parametrize("output", Output)
def test_a_picture_on_an_area_of_outlines_is_a_problem(output: Output) -> None:
    made = samples.product({"name": "Mug", "areas": [area("wrap", output=output.value)]})
    problems = check_against(sent({"area": "wrap", "layers": [text(), image()]}), {"mug": made}, ASSETS)
    outlines = output in (Output.DXF, Output.DST)
    assert samples.codes(problems) == ([(f"{AT}/layers/1/asset", "contradiction")] if outlines else [])


@given(samples.recipe_sets)
@settings(max_examples=40)
def test_of_a_set_that_can_be_taken_the_names_are_all_of_it(value: Any) -> None:
    whole, names = samples.recipe_set(value), names_in(samples.body(value))
    assert (assets_of(names), products_of(names)) == (assets_of(whole), products_of(whole))
    for products in ({}, PRODUCTS):
        assert check_against(names, products, ASSETS) == check_against(whole, products, ASSETS)


@pytest.mark.parametrize(
    "broken",
    [None, 7, {}, {"recipes": 7}, {"recipes": [7]}, {"recipes": [{"fillings": [{"layers": [7, {}]}]}]}],
)
def test_of_what_is_no_recipe_set_nothing_is_missed(broken: object) -> None:
    assert check_against(names_in(json.dumps(broken).encode()), PRODUCTS, ASSETS) == ()


@pytest.mark.parametrize("kind", AssetKind)
def test_an_upload_serves_only_what_its_kind_is_good_for(kind: AssetKind) -> None:
    one = "a" * 64
    assets = {**ASSETS, one: kind}

    def codes(recipe_set: RecipeSet) -> list[str]:
        return [problem.code for problem in check_against(recipe_set, PRODUCTS, assets)]

    assert codes(wrap(image(asset=one))) == ([] if kind in IMAGES else ["wrong-asset"])
    assert codes(wrap(text(font=one))) == ([] if kind is AssetKind.FONT else ["wrong-asset"])
    profiled = samples.product({"name": "Mug", "areas": [area("wrap", profile=one)]})
    right = kind is AssetKind.PROFILE
    assert samples.codes(check_product(profiled, assets)) == (
        [] if right else [("/areas/0/profile", "wrong-asset")]
    )
    for output in Output:
        made = samples.product({"name": "Mug", "areas": [area("wrap", output=output.value)]})
        problems = check_against(sent({"area": "wrap", "file": one}), {"mug": made}, assets)
        wanted = [] if kind is FINISHED[output] else [(f"{AT}/file", "wrong-asset")]
        assert samples.codes(problems) == wanted


def test_what_was_never_uploaded_is_named_wherever_it_stands() -> None:
    recipe_set = sent(
        {"area": "wrap", "layers": [image(asset="8" * 64), text(font="9" * 64)]},
        {"area": "base", "file": "7" * 64},
    )
    assert found(recipe_set) == [
        (f"{AT}/layers/0/asset", "unknown-asset"),
        (f"{AT}/layers/1/font", "unknown-asset"),
        ("/recipes/0/fillings/1/file", "unknown-asset"),
    ]
    assert samples.codes(check_product(MUG, {})) == [("/areas/0/profile", "unknown-asset")]
    assert assets_of(MUG) == {PROFILE}


def test_a_kind_is_found_by_its_media_type() -> None:
    for output, kind in FINISHED.items():
        assert AssetKind.of_media_type(output.media_type) is kind
    assert AssetKind.of_media_type("Image/PNG; charset=binary") is AssetKind.PNG
    assert AssetKind.of_media_type("text/html") is None


@given(samples.products, samples.recipe_sets)
@settings(max_examples=40)
def test_any_two_documents_are_compared_and_nothing_of_a_person_is_repeated(
    product: Any, recipes: Any
) -> None:
    recipes = json.loads(json.dumps(recipes))
    recipes["recipes"][0]["product"] = "mug"
    problems = check_against(samples.recipe_set(recipes), {"mug": samples.product(product)}, {})
    assert {problem.code for problem in problems} <= PROBLEMS.keys()
    unfilled = {one["handle"] for one in product["areas"]} - {
        one["area"] for one in recipes["recipes"][0]["fillings"]
    }
    assert sum(problem.code == "unfilled-area" for problem in problems) == len(unfilled)
