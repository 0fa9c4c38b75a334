"""Products and recipe sets to read: one of each with everything in it, and strategies that draw others."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from spectrum_orders.domain.catalogue.product import Level, Output, Product, Space
from spectrum_orders.domain.catalogue.reading import read_product, read_recipe_set
from spectrum_orders.domain.catalogue.recipe import Across, Down, Fit, RecipeSet, TextFit
from spectrum_orders.errors import Invalid, Problem

DIGEST = "0123456789abcdef" * 4
OTHER_DIGEST = "f" * 64

PRODUCT: dict[str, Any] = {
    "name": "Mug, 330 ml",
    "areas": [
        {
            "handle": "wrap",
            "width": 200,
            "height": 90.5,
            "bleed": 2,
            "safe": 4,
            "output": "pdf-x4",
            "dpi": 300,
            "space": "cmyk",
            "profile": DIGEST,
            "spots": [
                {"name": "White", "alternate": {"type": "cmyk", "c": 0, "m": 0, "y": 0, "k": 0.1}},
                {
                    "name": "PANTONE 286 C",
                    "alternate": {"type": "rgb", "r": 0, "g": 0.2, "b": 0.63},
                    "overprint": False,
                },
            ],
            "minimumPpi": 200,
        },
        {"handle": "box", "width": 80, "height": 80, "output": "png"},
    ],
    "fileName": "{purchaseOrderNumber}_{line}",
    "preflight": {"low-resolution": "reject"},
}

BOX = {"x": -2, "y": 0, "width": 60, "height": 20, "rotation": 90}
TINT = {"type": "spot", "name": "White", "tint": 0.5}

RECIPE_SET: dict[str, Any] = {
    "recipes": [
        {
            "product": "mug",
            "fillings": [
                {
                    "area": "wrap",
                    "layers": [
                        {"type": "fill", "colour": TINT},
                        {"type": "image", "asset": DIGEST, "box": BOX, "fit": "contain", "spot": "White"},
                        {
                            "type": "text",
                            "text": "Ana\nмир שלום",
                            "box": BOX,
                            "font": OTHER_DIGEST,
                            "size": 18,
                        },
                        {"type": "outline", "colour": TINT, "width": 0.5, "radius": 3},
                        {"type": "code", "value": "4006381333931", "box": BOX, "symbology": "ean13"},
                    ],
                },
                {"area": "box", "file": OTHER_DIGEST},
            ],
        }
    ]
}


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def product(value: Any = PRODUCT, handle: str = "mug") -> Product:
    return read_product(body(value), handle)[0]


def recipe_set(value: Any = RECIPE_SET, readable_id: str = "ABCD1234") -> RecipeSet:
    return read_recipe_set(body(value), readable_id)[0]


def refused(value: Any, *, recipes: bool = False) -> Invalid:
    """The refusal of a product, or of a recipe set."""
    try:
        found = recipe_set(value) if recipes else product(value)
    except Invalid as error:
        return error
    raise AssertionError(found)


def warned(document: dict[str, Any]) -> tuple[Problem, ...]:
    """What is said of a product that is taken."""
    return read_product(body(document), "mug")[1]


def codes(findings: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(finding.pointer, finding.code) for finding in findings]


def area(**members: Any) -> dict[str, Any]:
    """A product of one area with other members; ``...`` takes a member away."""
    plain = {"handle": "front", "width": 100, "height": 100, **members}
    return {"name": "A", "areas": [{name: value for name, value in plain.items() if value is not ...}]}


def filling(**members: Any) -> dict[str, Any]:
    """A recipe set of one filling."""
    plain = {"area": "front", **members}
    return {"recipes": [{"product": "mug", "fillings": [plain]}]}


def layer(**members: Any) -> dict[str, Any]:
    """A recipe set of one layer."""
    return filling(layers=[members])


# What somebody may send: everything within its limits, and every optional member left out at times.
_names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
_handles = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
_digests = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
_shares = st.floats(0, 1) | st.integers(0, 1)
_sizes = st.floats(0.1, 20_000) | st.integers(1, 20_000)
_places = st.floats(-20_000, 20_000) | st.integers(-20_000, 20_000)


def _words(words: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([one.value for one in words])


def _object(kind: str | None, required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Any]:
    tag = {} if kind is None else {"type": st.just(kind)}
    return st.fixed_dictionaries(
        tag | required, optional={name: one | st.none() for name, one in optional.items()}
    )


_process = _object("cmyk", dict.fromkeys("cmyk", _shares), {}) | _object(
    "rgb", dict.fromkeys("rgb", _shares), {}
)
_plates = _names.filter(
    lambda name: name.casefold() not in ("all", "none", "cyan", "magenta", "yellow", "black")
)
_colours = _process | _object("spot", {"name": _plates}, {"tint": _shares})
_spots = _object(None, {"name": _plates, "alternate": _process}, {"overprint": st.booleans()})


@st.composite
def _areas(draw: st.DrawFn) -> Any:
    drawn = draw(
        _object(
            None,
            {"handle": _handles, "width": st.floats(100, 500), "height": st.integers(100, 500)},
            {
                "bleed": st.floats(0, 49),
                "safe": st.integers(0, 49),
                "output": _words(Output),
                "dpi": st.integers(36, 350),
                "profile": _digests,
                "spots": st.lists(_spots, max_size=3, unique_by=lambda one: one["name"].strip().casefold()),
                "minimumPpi": st.integers(1, 2_400),
            },
        )
    )
    if drawn.get("output") not in ("png", "svg") and draw(st.booleans()):
        drawn["space"] = draw(_words(Space))
    return drawn


products = _object(
    None,
    {
        "name": _names,
        "areas": st.lists(_areas(), min_size=1, max_size=3, unique_by=lambda one: one["handle"]),
    },
    {
        "fileName": st.sampled_from(("{recipeSetId}", "{sku}-{quantity}", "shirt")),
        "preflight": st.dictionaries(
            _handles.filter(lambda one: "--" not in one and one[-1] != "-"), _words(Level)
        ),
    },
)

_boxes = _object(
    None,
    {"x": _places, "y": _places, "width": _sizes, "height": _sizes},
    {"rotation": st.floats(-360, 360)},
)
_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from("\n\t "), max_size=20
)
_layers = st.one_of(
    _object("image", {"asset": _digests}, {"box": _boxes, "fit": _words(Fit), "spot": _plates}),
    _object(
        "text",
        {"text": _texts.map(lambda text: f"{text}x"), "box": _boxes},
        {
            "font": _names | _digests,
            "size": st.floats(0.5, 10_000),
            "bold": st.booleans(),
            "italic": st.booleans(),
            "colour": _colours,
            "across": _words(Across),
            "down": _words(Down),
            "fit": _words(TextFit),
        },
    ),
    _object("fill", {"colour": _colours}, {"box": _boxes}),
    _object(
        "outline",
        {"colour": _colours},
        {"box": _boxes, "width": st.floats(0.01, 1_000), "radius": st.integers(0, 10_000)},
    ),
    _object("code", {"value": st.sampled_from(("12345", "ABC-1"))}, {"colour": _colours})
    .flatmap(lambda code: _boxes.map(lambda box: {**code, "box": box}))
    .flatmap(
        lambda code: st.sampled_from(("qr", "micro-qr", "code128", None)).map(
            lambda word: {**code, "symbology": word}
        )
    ),
)
_fillings: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"area": _handles, "layers": st.lists(_layers, min_size=1, max_size=4)}
) | st.fixed_dictionaries({"area": _handles, "file": _digests})
_recipes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "product": _handles,
        "fillings": st.lists(_fillings, min_size=1, max_size=3, unique_by=lambda one: one["area"]),
    }
)
recipe_sets = st.fixed_dictionaries(
    {"recipes": st.lists(_recipes, min_size=1, max_size=2, unique_by=lambda one: one["product"])}
)


def paths(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a value, the value itself first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for step, entry in inner for path in paths(entry, (*here, step)))]
