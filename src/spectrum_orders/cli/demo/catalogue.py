"""What the demo's shop sells: two products, and three designs on them."""

from __future__ import annotations

import io
from typing import Any

MUG = "ABCD1234"
STICKER = "STICKER1"
GIFT = "WXYZ9876"

WHITE = {"name": "White", "alternate": {"type": "cmyk", "c": 0.08, "m": 0.0, "y": 0.02, "k": 0.0}}
CUT = {"name": "CutContour", "alternate": {"type": "cmyk", "c": 0.0, "m": 1.0, "y": 0.0, "k": 0.0}}

PRODUCTS: dict[str, dict[str, Any]] = {
    "mug-11oz": {
        "name": "Mug, 11 oz",
        "fileName": "{recipeSetId}_{product}",
        "areas": [
            {"handle": "wrap", "width": 200, "height": 85, "bleed": 3, "safe": 5, "spots": [WHITE]},
        ],
    },
    "sticker": {
        "name": "Sticker, 60 mm",
        "fileName": "{recipeSetId}_{product}",
        "areas": [
            {"handle": "face", "width": 60, "height": 60, "bleed": 2, "output": "png", "space": "rgb"},
            {"handle": "cut", "width": 60, "height": 60, "bleed": 0, "output": "dxf", "spots": [CUT]},
        ],
    },
}


def recipe_sets(photo: str) -> dict[str, dict[str, Any]]:
    """The designs; ``photo`` is the SHA-256 of the uploaded picture."""
    return {MUG: _mug(), STICKER: _sticker(), GIFT: _gift(photo)}


def _mug() -> dict[str, Any]:
    layers = [
        {"type": "fill", "colour": BLUE},
        _text("Good morning, Grace", 10, 18, 130, 26, size=36, colour=PAPER, bold=True),
        _text("صباح الخير", 10, 46, 130, 20, size=30, colour=PAPER, font="DejaVu Sans Mono"),
        {"type": "fill", "colour": PAPER, "box": _box(152, 22, 41, 41)},
        {"type": "code", "value": "https://example.com/mug", "box": _box(153, 23, 39, 39)},
    ]
    return _set(MUG, "mug-11oz", {"wrap": layers})


def _sticker() -> dict[str, Any]:
    orange = {"type": "rgb", "r": 0.96, "g": 0.45, "b": 0.1}
    cut = {"type": "spot", "name": "CutContour", "tint": 1.0}
    face = [
        {"type": "fill", "colour": orange},
        _text("TEAM\nSPECTRUM", 6, 14, 48, 32, size=26, colour=WHITE_LIGHT, bold=True),
    ]
    outline = [{"type": "outline", "colour": cut, "box": _box(0, 0, 60, 60), "radius": 8}]
    return _set(STICKER, "sticker", {"face": face, "cut": outline})


def _gift(photo: str) -> dict[str, Any]:
    white = {"type": "spot", "name": "White", "tint": 1.0}
    layers = [
        {"type": "fill", "colour": white, "box": _box(10, 8, 180, 69)},
        {"type": "image", "asset": photo, "box": _box(12, 10, 90, 65), "fit": "cover"},
        _text("For Wilhelmina", 106, 14, 82, 28, size=34, italic=True),
        _text("from all seven of us", 106, 46, 82, 16, size=18),
    ]
    return _set(GIFT, "mug-11oz", {"wrap": layers})


BLUE = {"type": "cmyk", "c": 0.85, "m": 0.35, "y": 0.0, "k": 0.1}
WHITE_LIGHT = {"type": "rgb", "r": 1.0, "g": 1.0, "b": 1.0}
PAPER = {"type": "cmyk", "c": 0.0, "m": 0.0, "y": 0.0, "k": 0.0}


def _set(name: str, product: str, areas: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    fillings = [{"area": area, "layers": layers} for area, layers in areas.items()]
    return {"readableId": name, "recipes": [{"product": product, "fillings": fillings}]}


def _box(x: float, y: float, width: float, height: float) -> dict[str, float]:
    return {"x": x, "y": y, "width": width, "height": height}


def _text(text: str, x: float, y: float, width: float, height: float, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, "box": _box(x, y, width, height), **more}


def photo() -> bytes:
    """A picture as a customer uploads one: a sunset, 2 000 by 1 500 pixels, as JPEG."""
    from PIL import Image, ImageDraw

    sky = Image.linear_gradient("L").resize((2000, 1500))
    picture = Image.merge("RGB", (sky.point(lambda v: 255 - v // 3), sky.point(lambda v: 190 - v // 2), sky))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((800, 500, 1200, 900), fill=(255, 236, 150))
    draw.polygon([(0, 1500), (700, 850), (1300, 1500)], fill=(70, 40, 90))
    draw.polygon([(800, 1500), (1500, 950), (2000, 1300), (2000, 1500)], fill=(50, 28, 70))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()
