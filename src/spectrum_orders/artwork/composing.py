"""From a recipe's layers to a scene: checks, colours, text layout, pictures and codes."""

from __future__ import annotations

import math

from spectrum_orders.artwork import codes, fonts, pictures
from spectrum_orders.artwork.fonts import Face
from spectrum_orders.artwork.inks import Inks
from spectrum_orders.artwork.lettering import POINTS, Lettering, Setting, place, setting
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.scene import Element, Frame, Line, Picture, Rects, Scene, Words
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.recipe import Box, Code, Fill, Image, Layer, Outline, Text, TextFit
from spectrum_orders.domain.catalogue.work import PrintJob
from spectrum_orders.errors import Internal, Invalid, Problem

# Beyond 20 m something was measured in pixels.
_LARGEST = 20_000.0
_LARGEST_TEXT = 20_000.0


def compose(job: PrintJob, profile: Profile) -> Scene:
    """The scene of a job's layers.

    Raises:
        Invalid: with a pointer into the filling for the layer that is at fault.
    """
    _check_area(job.area)
    inks = Inks(job.area, profile)
    layers = [(f"/layers/{number}", layer) for number, layer in enumerate(job.filling.layers)]
    for pointer, layer in layers:
        _check(layer, pointer)
    words = _words(layers, inks, job)
    elements: list[Element] = []
    for pointer, layer in layers:
        box = layer.box or full(job.area)
        frame = _frame(box)
        match layer:
            case Fill():
                ink = inks.ink(layer.colour, f"{pointer}/colour")
                elements.append(Rects(frame, ink, ((0.0, 0.0, box.width, box.height),)))
            case Outline():
                # Without a box it follows the trim, which is where knives go.
                frame = frame if layer.box else _frame(Box(0, 0, job.area.width, job.area.height))
                ink = inks.ink(layer.colour, f"{pointer}/colour")
                elements.append(Line(frame, ink, layer.width / POINTS, layer.radius))
            case Code():
                ink = inks.ink(layer.colour, f"{pointer}/colour")
                elements.append(Rects(frame, ink, *codes.drawn(layer, pointer)))
            case Image():
                elements.append(_picture(layer, box, inks, job, pointer))
            case Text():
                if pointer in words:
                    elements.append(words[pointer])
    return Scene(tuple(elements))


def full(area: Area) -> Box:
    """The area with its bleed."""
    return Box(-area.bleed, -area.bleed, area.width + 2 * area.bleed, area.height + 2 * area.bleed)


def _frame(box: Box) -> Frame:
    return Frame(
        box.x, box.y, box.width, box.height, box.rotation, box.x + box.width / 2, box.y + box.height / 2
    )


def _picture(layer: Image, box: Box, inks: Inks, job: PrintJob, pointer: str) -> Picture:
    data = job.assets.get(layer.asset)
    if data is None:
        message = "The picture was not uploaded."
        raise Invalid(message, problems=(Problem(f"{pointer}/asset", "image", message),))
    ink = inks.spot(layer.spot, f"{pointer}/spot") if layer.spot is not None else None
    made = pictures.prepare(data, box, layer.fit, job.area.dpi, None if ink else inks.profile, pointer)
    whole = _frame(box)
    frame = Frame(box.x + made.x, box.y + made.y, made.width, made.height, whole.rotation, whole.cx, whole.cy)
    return Picture(frame, made.image, made.alpha, made.photo, ink)


def _words(layers: list[tuple[str, Layer]], inks: Inks, job: PrintJob) -> dict[str, Words]:
    """The texts by pointer, one typesetting run for each uploaded font and one for all the others."""
    runs: dict[int, tuple[Face, list[tuple[str, Text, Setting]]]] = {}
    for pointer, layer in layers:
        if isinstance(layer, Text) and layer.text.strip():
            face = fonts.face(layer.font, job.assets, pointer)
            run = runs.setdefault(id(face.compiler), (face, []))
            run[1].append((pointer, layer, setting(layer, face.family)))
    made: dict[str, Words] = {}
    for face, texts in runs.values():
        try:
            lettering = Lettering(face, [one for _, _, one in texts])
        except Internal as error:
            pointer, text, _ = texts[0]
            if text.font not in job.assets:
                raise
            # One that opens and whose letters cannot be drawn.
            raise fonts.unusable(pointer, "The font is damaged.") from error
        for page, (pointer, text, one) in enumerate(texts):
            ink = inks.ink(text.colour, f"{pointer}/colour")
            width, height = lettering.size(page)
            x, y = place(text, width, height, one.margin / POINTS)
            whole = _frame(text.box)
            frame = Frame(x, y, width, height, whole.rotation, whole.cx, whole.cy)
            made[pointer] = Words(frame, ink, lettering, page, pointer, text.box, text.fit is TextFit.WRAP)
    return made


def _check_area(area: Area) -> None:
    sides = (area.width, area.height)
    if not all(0 < side <= _LARGEST for side in sides) or not 0 <= area.bleed <= 1000:
        message = "The area has no size that can be made."
        raise Invalid(message, problems=(Problem("/area", "size", message),))


def _check(layer: Layer, pointer: str) -> None:
    if layer.box is not None:
        box = layer.box
        numbers = (box.x, box.y, box.width, box.height, box.rotation)
        if not all(math.isfinite(number) and abs(number) <= _LARGEST for number in numbers) or not (
            box.width > 0 and box.height > 0
        ):
            message = "A box has a width and a height, and no number beyond 20 m."
            raise Invalid(message, problems=(Problem(f"{pointer}/box", "box", message),))
    if isinstance(layer, Text) and not 0 < layer.size <= _LARGEST_TEXT:
        message = "A text's size is more than 0 points."
        raise Invalid(message, problems=(Problem(f"{pointer}/size", "size", message),))
    if isinstance(layer, Outline) and not (0 < layer.width <= 1000 and 0 <= layer.radius <= _LARGEST):
        message = "An outline has a width in points and no negative radius."
        raise Invalid(message, problems=(Problem(f"{pointer}/width", "width", message),))
