"""A sheet's facts as the words and numbers that stand on it."""

from __future__ import annotations

from typing import Any

from spectrum_orders.artwork.sheet import geometry, hues
from spectrum_orders.artwork.sheet.letters import code_point
from spectrum_orders.artwork.sheet.spec import SheetArea, SheetRecipe, SheetSpec
from spectrum_orders.artwork.sheet.spelling import drawable, odd, rightward, undrawable
from spectrum_orders.domain.catalogue.colour import Cmyk, Colour, Rgb
from spectrum_orders.domain.catalogue.findings import Finding
from spectrum_orders.domain.catalogue.product import Area, Level, Output, Space
from spectrum_orders.domain.catalogue.reading.against import is_digest
from spectrum_orders.domain.catalogue.recipe import Code, Symbology, Text
from spectrum_orders.domain.catalogue.work import Font

LONGEST_ID = 64
MOST_POINTS = 96
"""Code points that are written out for one line of a text."""

_OUTPUTS = {
    Output.PDF_X4: "PDF/X-4 (.pdf)",
    Output.TIFF: "TIFF (.tif)",
    Output.PNG: "PNG (.png)",
    Output.SVG: "SVG (.svg)",
    Output.DXF: "DXF, lines to cut (.dxf)",
    Output.DST: "DST, stitches (.dst)",
}
_PROCESS: dict[str, list[float | str]] = {
    "Cyan": ["cmyk", 1, 0, 0, 0],
    "Magenta": ["cmyk", 0, 1, 0, 0],
    "Yellow": ["cmyk", 0, 0, 1, 0],
    "Black": ["cmyk", 0, 0, 0, 1],
}
_SYMBOLOGIES = {
    Symbology.QR: "QR code",
    Symbology.MICRO_QR: "Micro QR code",
    Symbology.CODE128: "Code 128",
    Symbology.EAN13: "EAN-13",
}


def sheet_data(spec: SheetSpec, pictures: list[str]) -> dict[str, Any]:
    """Everything that the template shows; ``pictures`` are the names of the areas' pictures, in order."""
    pairs = [(recipe, one) for recipe in spec.recipes for one in recipe.areas]
    total = len(pairs)
    listed = ", ".join(f"{number} {one.area.handle}" for number, (_, one) in enumerate(pairs, 1))
    contents = f"{total} print area{'' if total == 1 else 's'}: {listed}" if total else "No print areas."
    length = max(len(spec.recipe_set_id), 1)
    return {
        "title": f"Specification {drawable(spec.recipe_set_id)}",
        "recipeSetId": drawable(spec.recipe_set_id),
        # 158 mm of the masthead in letters of 0.602 em.
        "idSize": min(30.0, 158 / 25.4 * 72 / 0.602 / length) if length <= LONGEST_ID else 10.0,
        "clientHandle": drawable(spec.client_handle),
        "contents": drawable(contents),
        "geometry": geometry.as_data(),
        "areas": [
            _area(number, total, recipe, one, picture)
            for number, ((recipe, one), picture) in enumerate(zip(pairs, pictures, strict=True), 1)
        ],
    }


def _area(number: int, total: int, recipe: SheetRecipe, one: SheetArea, picture: str) -> dict[str, Any]:
    area = one.area
    scale = min(
        geometry.PICTURE / (area.width + 2 * area.bleed),
        geometry.PICTURE_HEIGHT / (area.height + 2 * area.bleed),
    )
    texts = [
        _text(place, text, fonts, area)
        for place, (text, fonts) in enumerate(zip(one.texts, one.fonts, strict=True), 1)
    ]
    texts += [_code(place, code, area) for place, code in enumerate(one.codes, 1)]
    return {
        "number": f"{number}/{total}",
        "handle": drawable(area.handle),
        "product": drawable(f"{recipe.name} ({recipe.product})"),
        "picture": picture,
        "width": area.width,
        "height": area.height,
        "bleed": area.bleed,
        "safe": area.safe,
        "scale": scale,
        "scaleText": f"The picture shows the trim at {_number(100 * scale, 3)} % of its size.",
        "widthText": _number(area.width),
        "heightText": _number(area.height),
        "sizeText": f"{_number(area.width)} × {_number(area.height)} mm",
        "bleedText": _bleed(area),
        "safeText": f"{_number(area.safe)} mm inside the trim" if area.safe > 0 else "none",
        "outputText": _output(area),
        "spaceText": "" if area.output.outlined else "CMYK" if area.space is Space.CMYK else "RGB",
        "profile": drawable(one.profile),
        "inksTitle": _inks_title(area),
        "inks": _passes(one) if area.output.outlined else _inks(area),
        "digest": f"SHA-256 {one.sha256[:16]}…, {one.size:,} bytes".replace(",", "\u2009", one.size > 0)
        if one.sha256
        else "",
        "findings": [_finding(finding) for finding in one.findings if finding.level is not Level.OFF],
        "texts": texts,
    }


def _bleed(area: Area) -> str:
    if area.bleed <= 0:
        return "no bleed"
    width, height = area.width + 2 * area.bleed, area.height + 2 * area.bleed
    return f"{_number(width)} × {_number(height)} mm ({_number(area.bleed)} on each side)"


def _output(area: Area) -> str:
    if area.output.outlined:
        return _OUTPUTS[area.output]
    if area.output.dotted:
        return f"{_OUTPUTS[area.output]}, {area.dpi} dpi"
    return f"{_OUTPUTS[area.output]}, pictures at {area.dpi} dpi, at least {area.minimum_ppi}"


def _inks_title(area: Area) -> str:
    if area.output is Output.DST:
        return "Threads, in sewing order"
    if area.output is Output.DXF:
        return "Layers"
    return "Inks and plates" if area.spots else "Inks"


def _passes(one: SheetArea) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number, each in enumerate(one.passes, 1):
        said = f"{hues.word(each.colour)} {each.colour}" if each.colour else ""
        thread = one.area.output is Output.DST
        made.append(
            {
                "name": f"Thread {number} {said}".rstrip() if thread else drawable(each.name),
                "colour": ["hex", each.colour] if each.colour else None,
                "spot": True,
                "note": drawable(each.name) if thread else said,
            }
        )
    return made


def _inks(area: Area) -> list[dict[str, Any]]:
    inks: list[dict[str, Any]] = []
    if area.space is Space.CMYK:
        inks += [
            {"name": name, "colour": colour, "spot": False, "note": ""} for name, colour in _PROCESS.items()
        ]
    else:
        inks += [
            {"name": "Red, green, blue", "colour": ["rgb", 1, 1, 1], "spot": False, "note": "light, not ink"}
        ]
    for spot in area.spots:
        note = "overprints what is below" if spot.overprint else "knocks out what is below"
        inks.append(
            {
                "name": drawable(spot.name),
                "colour": _swatch(spot.alternate, area),
                "spot": True,
                "note": f"plate of its own; {note}",
            }
        )
    return inks


def _swatch(colour: Colour, area: Area) -> list[float | str]:
    if isinstance(colour, Cmyk):
        return ["cmyk", *(_unit(one) for one in (colour.c, colour.m, colour.y, colour.k))]
    if isinstance(colour, Rgb):
        return ["rgb", *(_unit(one) for one in (colour.r, colour.g, colour.b))]
    spot = next((one for one in area.spots if one.name == colour.name), None)
    if spot is None or not isinstance(spot.alternate, Cmyk | Rgb):
        return ["rgb", 1, 1, 1]
    return _swatch(spot.alternate, area)


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _colour(colour: Colour) -> str:
    if isinstance(colour, Cmyk):
        parts = (colour.c, colour.m, colour.y, colour.k)
        return "CMYK " + " ".join(_number(100 * one) for one in parts)
    if isinstance(colour, Rgb):
        return "RGB " + " ".join(_number(255 * one, 3) for one in (colour.r, colour.g, colour.b))
    tint = "" if colour.tint == 1 else f" {_number(100 * colour.tint)} %"
    return f"plate {colour.name}{tint}"


def _text(place: int, text: Text, fonts: tuple[Font, ...], area: Area) -> dict[str, Any]:
    lines = text.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    count = f", {len(lines)} lines" if len(lines) > 1 else ""
    return {
        "title": f"Text {place}",
        "how": drawable(f"{_set_in(text, fonts)}, {_number(text.size)} pt, {_colour(text.colour)}{count}"),
        "colour": _swatch(text.colour, area),
        "lines": [_line(one) for one in lines],
        "odd": odd(text.text),
        "missing": bool(undrawable(text.text)),
    }


def _set_in(text: Text, fonts: tuple[Font, ...]) -> str:
    """The faces that the letters are really of, and what was asked for if it is none of them."""
    if is_digest(text.font):
        asked, own = "the uploaded font", any(font.uploaded for font in fonts)
    else:
        asked, own = text.font, any(font.family == text.font for font in fonts)
    if not fonts:
        return asked
    return " and ".join(font.name for font in fonts) + ("" if own else f" in place of {asked}")


def _code(place: int, code: Code, area: Area) -> dict[str, Any]:
    return {
        "title": f"Code {place}",
        "how": drawable(f"{_SYMBOLOGIES[code.symbology]}, {_colour(code.colour)}; it must read as"),
        "colour": _swatch(code.colour, area),
        "lines": [_line(one) for one in code.value.split("\n")],
        "odd": odd(code.value),
        "missing": bool(undrawable(code.value)),
    }


def _line(line: str) -> dict[str, Any]:
    points = ""
    if undrawable(line):
        points = " ".join(code_point(one) for one in line[:MOST_POINTS])
        if len(line) > MOST_POINTS:
            points += f" and {len(line) - MOST_POINTS} more"
    return {"shown": drawable(line), "rightward": rightward(line), "points": points}


def _finding(finding: Finding) -> dict[str, str]:
    page = f", page {finding.page}" if finding.page else ""
    return {
        "title": f"{finding.code}{page}",
        "found": drawable(finding.found),
        "wanted": drawable(finding.wanted),
        "mend": drawable(finding.mend),
    }


def _number(value: float, digits: int = 6) -> str:
    """A number as people write it: no exponent, no nought at the end, at most three places."""
    rounded = round(value, 3) if digits > 3 else float(f"{value:.{digits}g}")
    return f"{rounded:.3f}".rstrip("0").rstrip(".")
