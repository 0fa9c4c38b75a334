"""Products and recipe sets are read whole, with every problem at once, and kept in one form."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spectrum_orders.domain.catalogue.colour import Cmyk, Rgb, Tint
from spectrum_orders.domain.catalogue.product import Level, Output, Product, Space, Spot
from spectrum_orders.domain.catalogue.reading import (
    key,
    product_json,
    read_product,
    read_recipe_set,
    recipe_set_json,
)
from spectrum_orders.domain.catalogue.reading.limits import (
    MOST_AREAS,
    MOST_LAYERS,
    MOST_RECIPES,
    MOST_SPOTS,
    MOST_VALUES,
)
from spectrum_orders.domain.catalogue.recipe import (
    BLACK,
    Across,
    Box,
    Code,
    Fill,
    Filling,
    Fit,
    Image,
    Outline,
    Recipe,
    RecipeSet,
    Symbology,
    Text,
)
from spectrum_orders.domain.codes import PROBLEMS, WARNINGS
from spectrum_orders.errors import Invalid, NotJson
from tests.domain import catalogue_samples as samples

CANARY = "Zoë Canary 4471"


def test_a_product_becomes_what_it_says_and_the_rest_has_its_default() -> None:
    found = samples.product()
    assert (found.handle, found.name, found.file_name) == (
        "mug",
        "Mug, 330 ml",
        "{purchaseOrderNumber}_{line}",
    )
    assert found.preflight == {"low-resolution": Level.REJECT}
    wrap, box = found.areas
    assert (wrap.width, wrap.height, wrap.bleed, wrap.safe, wrap.dpi) == (200.0, 90.5, 2.0, 4.0, 300)
    assert (wrap.output, wrap.space, wrap.profile) == (Output.PDF_X4, Space.CMYK, samples.DIGEST)
    assert wrap.minimum_ppi == 200
    assert wrap.spots == (
        Spot("White", Cmyk(0, 0, 0, 0.1), True),
        Spot("PANTONE 286 C", Rgb(0, 0.2, 0.63), False),
    )
    assert (box.bleed, box.safe, box.minimum_ppi, box.spots) == (3.0, 3.0, 150, ())


def test_a_recipe_set_becomes_what_it_says() -> None:
    found = samples.recipe_set()
    box, tint = Box(-2, 0, 60, 20, 90), Tint("White", 0.5)
    layers = (
        Fill(tint),
        Image(samples.DIGEST, box, Fit.CONTAIN, "White"),
        Text("Ana\nмир שלום", box, samples.OTHER_DIGEST, 18),
        Outline(tint, None, 0.5, 3),
        Code("4006381333931", box, Symbology.EAN13),
    )
    fillings = (Filling("wrap", layers), Filling("box", (), samples.OTHER_DIGEST))
    assert found == RecipeSet("ABCD1234", (Recipe("mug", fillings),))
    text = found.recipes[0].fillings[0].layers[2]
    assert isinstance(text, Text)
    assert (text.colour, text.across) == (BLACK, Across.CENTRE)


def test_a_file_format_of_light_alone_is_rgb_unless_told_otherwise() -> None:
    for output in ("png", "svg"):
        assert samples.product(samples.area(output=output)).areas[0].space is Space.RGB
        assert samples.codes(samples.refused(samples.area(output=output, space="cmyk")).problems) == [
            ("/areas/0/space", "contradiction")
        ]
    for output in ("pdf-x4", "tiff", "dxf", "dst"):
        assert samples.product(samples.area(output=output)).areas[0].space is Space.CMYK


def test_words_come_in_any_case_and_stay_as_they_are_documented() -> None:
    found = samples.product(samples.area(output="PDF-X4", space="Rgb"))
    assert (found.areas[0].output, found.areas[0].space) == (Output.PDF_X4, Space.RGB)


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_text_count_as_not_sent(nothing: str | None) -> None:
    plain = samples.product(samples.area())
    spots = {} if nothing == "" else {"spots": None}
    assert samples.product(samples.area(bleed=nothing, output=nothing, profile=nothing, **spots)) == plain
    assert samples.codes(samples.refused(samples.area(handle=nothing)).problems) == [
        ("/areas/0/handle", "missing")
    ]


def test_unknown_members_are_named_in_warnings_wherever_they_stand() -> None:
    value = {**samples.area(minimumppi=100, **{"a/b": 1}), "colour": "red"}
    found, warnings = read_product(samples.body(value), "a")
    assert found == samples.product(samples.area(), "a")
    assert {code for _, code in samples.codes(warnings)} == {"unknown-member"}
    assert [warning.pointer for warning in warnings] == ["/colour", "/areas/0/minimumppi", "/areas/0/a~1b"]
    assert "did you mean minimumPpi?" in warnings[1].message


def test_a_refusal_still_tells_which_members_are_not_known() -> None:
    error = samples.refused({**samples.area(width=0), "Name": "x"})
    assert samples.codes(error.extra["warnings"]) == [("/Name", "unknown-member")]


def test_every_problem_is_named_at_once() -> None:
    error = samples.refused(
        {
            "areas": [
                {"handle": "Front", "width": 0, "height": "10", "bleed": -1, "output": "jpeg", "dpi": 35},
                {"handle": "back", "width": 10, "height": 10, "bleed": 5, "safe": 7, "profile": "A" * 64},
                {"handle": "back", "width": 10, "height": 10, "minimumPpi": 1.5},
                "left",
            ],
            "fileName": "{colour}",
            "preflight": {"Low": "warn", "low-resolution": "maybe"},
        }
    )
    assert samples.codes(error.problems) == [
        ("/name", "missing"),
        ("/areas/0/handle", "malformed"),
        ("/areas/0/width", "out-of-range"),
        ("/areas/0/height", "wrong-type"),
        ("/areas/0/bleed", "out-of-range"),
        ("/areas/0/output", "unknown-value"),
        ("/areas/0/dpi", "out-of-range"),
        ("/areas/1/profile", "malformed"),
        ("/areas/1/bleed", "contradiction"),
        ("/areas/1/safe", "contradiction"),
        ("/areas/2/minimumPpi", "not-whole"),
        ("/areas/2/handle", "duplicate"),
        ("/areas/3", "wrong-type"),
        ("/preflight/Low", "malformed"),
        ("/preflight/low-resolution", "unknown-value"),
        ("/fileName", "malformed"),
    ]


def test_every_problem_of_a_recipe_set_is_named_at_once() -> None:
    error = samples.refused(
        {
            "recipes": [
                {
                    "product": "mug",
                    "fillings": [
                        {
                            "area": "front",
                            "layers": [
                                {"type": "image", "asset": "cat.png"},
                                {"type": "text", "text": "a\u0000b", "box": {"x": 0, "y": 0, "width": 1}},
                                {"type": "sticker"},
                                {"colour": {"type": "cmyk", "c": 0, "m": 0, "y": 0, "k": 0}},
                                {"type": "fill", "colour": {"type": "cmyk", "c": 2, "m": 0, "y": 0, "k": 0}},
                                {"type": "fill", "colour": {"type": "spot", "tint": 1.01}},
                            ],
                        },
                        {
                            "area": "front",
                            "layers": [{"type": "fill", "colour": samples.TINT}],
                            "file": samples.DIGEST,
                        },
                        {"area": "back", "layers": []},
                    ],
                },
                {"product": "mug", "fillings": []},
            ]
        },
        recipes=True,
    )
    front = "/recipes/0/fillings/0/layers"
    assert samples.codes(error.problems) == [
        (f"{front}/0/asset", "malformed"),
        (f"{front}/1/text", "control-character"),
        (f"{front}/1/box/height", "missing"),
        (f"{front}/2/type", "unknown-value"),
        (f"{front}/3/type", "missing"),
        (f"{front}/4/colour/c", "out-of-range"),
        (f"{front}/5/colour/name", "missing"),
        (f"{front}/5/colour/tint", "out-of-range"),
        ("/recipes/0/fillings/1/file", "contradiction"),
        ("/recipes/0/fillings/1/area", "duplicate"),
        ("/recipes/0/fillings/2/layers", "too-few"),
        ("/recipes/1/fillings", "too-few"),
        ("/recipes/1/product", "duplicate"),
    ]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"bleed": 50}, "contradiction"),
        ({"safe": 50}, "contradiction"),
        ({"width": 6}, "contradiction"),  # the defaults are 3 mm
        ({"width": 20_000.1}, "out-of-range"),
        ({"width": True}, "wrong-type"),
        ({"height": 10**400}, "out-of-range"),
        ({"dpi": 2_401}, "out-of-range"),
        ({"spots": [{"name": "x" * 101, "alternate": {"type": "rgb", "r": 0, "g": 0, "b": 0}}]}, "too-long"),
        ({"spots": [{"name": "White", "alternate": samples.TINT}]}, "unknown-value"),
        ({"spots": [{"name": "ALL", "alternate": {"type": "rgb", "r": 0, "g": 0, "b": 0}}]}, "reserved"),
        ({"output": "tiff", "width": 2_000, "height": 2_000}, "contradiction"),
    ],
)
def test_what_no_press_can_make_is_refused(members: dict[str, Any], code: str) -> None:
    assert {found for _, found in samples.codes(samples.refused(samples.area(**members)).problems)} == {code}


def test_an_area_of_too_many_pixels_is_refused_and_told_what_can_be_made() -> None:
    wall = {"width": 2_000, "height": 2_000, "bleed": 3, "output": "tiff", "spots": []}
    error = samples.refused(samples.area(**wall))
    (problem,) = error.problems
    assert (problem.pointer, problem.code) == ("/areas/0/dpi", "contradiction")
    assert "561 million pixels, of which 500 million can be made: take at most 283 dpi" in problem.message
    samples.product(samples.area(**wall, dpi=283))
    samples.product(samples.area(**wall | {"output": "pdf-x4"}))


@pytest.mark.parametrize(
    ("width", "height", "output", "finest"),
    [
        (841, 1_189, "tiff", 292),
        (1_000, 1_500, "tiff", 239),
        (1_000, 1_000, "png", 292),
        (3_000, 1_000, "tiff", 169),
    ],
)
def test_a_poster_whose_photographs_may_not_fit_is_taken_with_a_warning(
    width: float, height: float, output: str, finest: int
) -> None:
    poster = {"width": width, "height": height, "bleed": 3, "output": output, "spots": []}
    (warning,) = samples.warned(samples.area(**poster, dpi=300))
    assert (warning.pointer, warning.code) == ("/areas/0/dpi", "large-file")
    assert "of which 512 can be made" in warning.message
    assert f"at most {finest} dpi always do" in warning.message


@pytest.mark.parametrize(
    ("output", "space", "spots", "finest"),
    [("tiff", "cmyk", 0, 169), ("tiff", "cmyk", 2, 138), ("tiff", "rgb", 0, 195), ("png", "rgb", 2, 169)],
)
def test_every_channel_of_a_banner_counts(output: str, space: str, spots: int, finest: int) -> None:
    rgb = {"type": "rgb", "r": 0, "g": 0, "b": 0}
    plates = [{"name": f"Plate {number}", "alternate": rgb} for number in range(spots)]
    banner = {"width": 3_000, "height": 1_000, "bleed": 3, "output": output, "space": space, "spots": plates}
    assert samples.warned(samples.area(**banner, dpi=finest)) == ()
    (warning,) = samples.warned(samples.area(**banner, dpi=finest + 1))
    assert f"at most {finest} dpi always do" in warning.message


def test_plates_that_differ_in_case_only_are_one_too_many() -> None:
    rgb = {"type": "rgb", "r": 0, "g": 0, "b": 0}
    error = samples.refused(
        samples.area(spots=[{"name": name, "alternate": rgb} for name in ("White", " white")])
    )
    assert samples.codes(error.problems) == [("/areas/0/spots/1/name", "duplicate")]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (samples.area() | {"areas": samples.area()["areas"] * (MOST_AREAS + 1)}, "/areas"),
        (
            samples.area(
                spots=[{"name": "a", "alternate": {"type": "rgb", "r": 0, "g": 0, "b": 0}}] * (MOST_SPOTS + 1)
            ),
            "/areas/0/spots",
        ),
        ({"recipes": [{"product": "a", "fillings": []}] * (MOST_RECIPES + 1)}, "/recipes"),
        (
            samples.filling(layers=[{"type": "fill", "colour": samples.TINT}] * (MOST_LAYERS + 1)),
            "/recipes/0/fillings/0/layers",
        ),
        ({"recipes": [[]] * MOST_VALUES}, ""),
    ],
)
def test_there_may_not_be_more_than_the_documented_number(wrong: Any, pointer: str) -> None:
    error = samples.refused(wrong, recipes="recipes" in wrong)
    assert (pointer, "too-many") in samples.codes(error.problems)
    assert len(error.problems) <= 101


@pytest.mark.parametrize(
    ("symbology", "fits", "does_not"),
    [
        (
            "ean13",
            ["400638133393", "4006381333931"],
            ["4006381333932", "40063813339", "400638133393x", "٤" * 12],
        ),
        ("code128", ["ABC-123", "a" * 80], ["ä", "a" * 81]),
        ("micro-qr", ["1" * 35, "A" * 21, "ab" * 7, "é" * 15], ["1" * 36, "A" * 22, "ab" * 8]),
        ("qr", ["https://example.com/ä", "1" * 7_089], ["1" * 7_090, "a" * 2_954]),
    ],
)
def test_a_code_holds_what_its_symbology_can_hold(
    symbology: str, fits: list[str], does_not: list[str]
) -> None:
    def sent(value: str) -> dict[str, Any]:
        return samples.layer(type="code", value=value, box=samples.BOX, symbology=symbology)

    for value in fits:
        samples.recipe_set(sent(value))
    for value in does_not:
        assert samples.codes(samples.refused(sent(value), recipes=True).problems) == [
            ("/recipes/0/fillings/0/layers/0/value", "malformed")
        ]


def test_a_font_is_a_family_or_a_digest_in_lower_case() -> None:
    def sent(font: str) -> dict[str, Any]:
        return samples.layer(type="text", text="a", box=samples.BOX, font=font)

    for font in ("Noto Sans", samples.DIGEST):
        samples.recipe_set(sent(font))
    assert samples.codes(samples.refused(sent(samples.DIGEST.upper()), recipes=True).problems) == [
        ("/recipes/0/fillings/0/layers/0/font", "malformed")
    ]


def test_a_text_may_have_ten_thousand_characters_and_lines_and_no_more() -> None:
    def sent(text: str) -> dict[str, Any]:
        return samples.layer(type="text", text=text, box=samples.BOX)

    samples.recipe_set(sent("é\n" * 5_000))
    assert samples.codes(samples.refused(sent("é" * 10_001), recipes=True).problems) == [
        ("/recipes/0/fillings/0/layers/0/text", "too-long")
    ]


def test_the_path_gives_the_name_and_the_body_may_only_repeat_it() -> None:
    assert samples.product({**samples.area(), "handle": "mug"}).handle == "mug"
    assert samples.codes(samples.refused({**samples.area(), "handle": "Mug"}).problems) == [
        ("/handle", "differing-name")
    ]
    assert samples.recipe_set({**samples.RECIPE_SET, "readableId": " abcd1234"}).readable_id == "ABCD1234"
    others: tuple[Any, ...] = ("ABCD1235", 12345678, [], {})
    for other in others:
        assert samples.codes(
            samples.refused({**samples.RECIPE_SET, "readableId": other}, recipes=True).problems
        ) == [("/readableId", "differing-name")]


def test_without_a_path_the_body_has_to_hold_the_name() -> None:
    with pytest.raises(Invalid) as caught:
        read_product(samples.body(samples.area()), None)
    assert samples.codes(caught.value.problems) == [("/handle", "missing")]
    assert read_product(samples.body({**samples.area(), "handle": "cap"}), None)[0].handle == "cap"
    assert (
        read_recipe_set(samples.body({**samples.RECIPE_SET, "readableId": "X"}), None)[0].readable_id == "X"
    )


@pytest.mark.parametrize("handle", ["", "-a", "A", "a_b", "a" * 65, "a\n", "ä", "../a"])
def test_a_handle_of_the_path_is_checked_like_one_in_the_body(handle: str) -> None:
    with pytest.raises(Invalid) as caught:
        samples.product(samples.area(), handle)
    assert caught.value.problems[0].pointer == "/handle"


def test_a_readable_id_of_an_unusual_shape_is_a_warning() -> None:
    for unusual in ("abcd1234", "A", "ÄÖÜ-1", "x" * 64):
        _, warnings = read_recipe_set(samples.body(samples.RECIPE_SET), unusual)
        assert samples.codes(warnings) == [("/readableId", "unusual-recipe-set-id")]
    assert read_recipe_set(samples.body(samples.RECIPE_SET), "ABCD1234")[1] == ()
    for wrong in ("x" * 65, "\u200b", "a\nb"):
        with pytest.raises(Invalid):
            samples.recipe_set(readable_id=wrong)


def test_readable_ids_are_compared_without_regard_to_case() -> None:
    assert key("ABCD1234") == key(" abcd1234 ") == key("aBcD1234")
    assert key("STRASSE1") == key("straße1")
    assert key("ABCD1234") != key("ABCD1235")


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff", b'{"name": NaN}', b'{"name": Infinity}', b"[" * 65])
def test_what_is_no_json_is_said_to_be_none(broken: bytes) -> None:
    for read in (read_product, read_recipe_set):
        with pytest.raises(NotJson):
            read(broken, "a")


@pytest.mark.parametrize("value", [None, True, 1, "a", [], [{}]])
def test_what_is_no_object_is_one_problem_of_the_whole(value: Any) -> None:
    for recipes in (True, False):
        assert samples.codes(samples.refused(value, recipes=recipes).problems) == [("", "wrong-type")]


def test_the_canonical_form_is_the_same_however_it_was_sent() -> None:
    reordered = json.loads(json.dumps(samples.PRODUCT))
    reordered = dict(reversed(reordered.items()))
    reordered["areas"][0]["width"] = 200.0
    reordered["areas"][0]["bleed"] = 2e0
    reordered["areas"][1]["dpi"] = 300.0
    reordered["areas"][1]["spots"] = None
    assert product_json(samples.product(reordered)) == product_json(samples.product())
    moved = json.loads(json.dumps(samples.RECIPE_SET).replace('"y": 0', '"y": -0.0'))
    assert recipe_set_json(samples.recipe_set(moved)) == recipe_set_json(samples.recipe_set())


def sorted_members(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    assert names == sorted(set(names))


@given(samples.products)
@settings(max_examples=60)
def test_a_product_that_is_written_and_read_again_is_the_same(value: Any) -> None:
    found = samples.product(value)
    written = product_json(found)
    assert read_product(written, found.handle) == (found, ())
    assert msgspec.json.decode(written, type=Product) == found
    json.loads(written, object_pairs_hook=sorted_members)


@given(samples.recipe_sets)
@settings(max_examples=60)
def test_a_recipe_set_that_is_written_and_read_again_is_the_same(value: Any) -> None:
    found = samples.recipe_set(value)
    written = recipe_set_json(found)
    assert read_recipe_set(written, found.readable_id) == (found, ())
    assert msgspec.json.decode(written, type=RecipeSet) == found
    json.loads(written, object_pairs_hook=sorted_members)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        (CANARY, f"{CANARY}\0", CANARY * 2_000, [CANARY], {CANARY: CANARY}, {"type": CANARY}, [], {})
    ),
)


@given(st.data())
@settings(max_examples=300)
def test_whatever_is_spoilt_is_refused_by_name_or_read_and_never_a_crash(data: st.DataObject) -> None:
    recipes = data.draw(st.booleans())
    value = json.loads(json.dumps(samples.RECIPE_SET if recipes else samples.PRODUCT))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(samples.paths(value)[1:]))
        target = value
        for step in path[:-1]:
            target = target[step]
        # A copy: the next round may change it, and JUNK has to be the same for every example.
        target[path[-1]] = copy.deepcopy(data.draw(JUNK))
    read: Any = read_recipe_set if recipes else read_product
    try:
        found, warnings = read(samples.body(value), "mug")
    except Invalid as error:
        assert error.problems
        assert {problem.code for problem in error.problems} <= PROBLEMS.keys()
        assert CANARY not in "".join(problem.message for problem in error.problems)
        warnings = error.extra.get("warnings", ())
    else:
        written = recipe_set_json(found) if recipes else product_json(found)
        assert read(written, "mug")[0] == found
    assert {warning.code for warning in warnings} <= WARNINGS.keys()
    assert CANARY not in "".join(warning.message for warning in warnings)


@given(st.binary() | st.binary().map(lambda part: samples.body(samples.PRODUCT)[:80] + part))
@example(b'{"a": 1e999}')
@example(b'{"a": "\\ud800"}')
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused_with_a_reason(body: bytes) -> None:
    for read in (read_product, read_recipe_set):
        try:
            read(body, "mug")
        except (NotJson, Invalid) as error:
            assert error.message


def test_a_recipe_set_does_not_print_its_person() -> None:
    found = samples.recipe_set(samples.layer(type="text", text=CANARY, box=samples.BOX))
    assert CANARY not in repr(found)
