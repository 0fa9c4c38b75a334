"""A scene as pixels: one plane for the process colours, one for each spot plate, one for where anything is.

Paint is put down through masks in the area's own numbers, so that pure black stays on its plate and
nothing is converted twice. Edges of upright rectangles fall on whole pixels; all others are smooth.
"""

from __future__ import annotations

import math

import msgspec
from PIL import Image, ImageChops, ImageCms, ImageDraw

from spectrum_orders.artwork import profiles
from spectrum_orders.artwork.inks import Ink, Light, Plate
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.scene import Element, Frame, Line, Picture, Point, Rects, Scene, Words, rounded
from spectrum_orders.domain.catalogue.product import Space

# Masks of turned and round shapes are drawn this much larger and averaged.
_FINE = 4

Corner = tuple[int, int]


class Planes:
    """The pixels of a rectangle of the area: ``left`` and ``top`` in mm, ``scale`` in pixels a mm.

    ``skip`` rows are left out at the top, an even number, so that a large area can be painted in
    strips which meet exactly. ``fine`` resamples pictures for a press rather than for a glance.
    """

    def __init__(
        self,
        profile: Profile,
        left: float,
        top: float,
        size: Corner,
        scale: float,
        skip: int = 0,
        fine: bool = False,
    ) -> None:
        self._profile = profile
        self._left, self._top, self._scale, self._skip = left, top, scale, skip
        self._fine = fine
        self.size = size
        self._paper = (0, 0, 0, 0) if profile.space is Space.CMYK else (255, 255, 255)
        self.process = Image.new(profiles.MODE[profile.space], size, self._paper)
        self.spots: dict[str, Image.Image] = {}
        self._shown: dict[str, Light] = {}
        self.coverage = Image.new("L", size, 0)

    def paint(self, scene: Scene) -> None:
        """Everything, in order."""
        for element in scene.elements:
            self._element(element)

    def seen(self) -> Image.Image:
        """What a person would see, in sRGB: spot plates lie over the process colours like glass."""
        picture = self.process
        screen = profiles.builtin(Space.RGB)
        if self._profile != screen:
            made = ImageCms.applyTransform(picture, profiles.transform(self._profile, screen))
            assert made is not None
            picture = made
        for name, plane in self.spots.items():
            light = Image.new("RGB", self.size, (255, 255, 255))
            light.paste(self._shown[name], mask=plane)
            picture = ImageChops.multiply(picture, light)
        return picture

    def _element(self, element: Element) -> None:
        match element:
            case Rects():
                if len(element.rects) > 1 and _level(element.frame):
                    self._many(element)
                else:
                    for rect in _corners(element):
                        self._shape(element.ink, [element.frame.place(corner) for corner in rect])
            case Line():
                self._ring(element, element.width / 2)
            case Words():
                mask, exact = element.lettering.mask(element.page, self._scale * 25.4)
                placed, box = self._turned(element.frame, mask, keep=exact)
                if placed is not None:
                    self._lay(element.ink, box, placed)
            case Picture():
                if element.ink is not None:
                    self._grey(element, element.ink)
                else:
                    self._photo(element)

    def _pixel(self, point: Point) -> Point:
        return (point[0] - self._left) * self._scale, (point[1] - self._top) * self._scale - self._skip

    def _shape(self, ink: Ink, corners: list[Point]) -> None:
        points = [self._pixel(corner) for corner in corners]
        if _upright(points):
            (x0, y0), (x1, y1) = _bounds(points)
            left, top = round(x0), round(y0)
            # Nothing that is there vanishes.
            box = left, top, max(left + 1, round(x1)), max(top + 1, round(y1))
            box = self._inside(box)
            if box[2] > box[0] and box[3] > box[1]:
                self._lay(ink, box, None)
            return
        self._polygons(ink, [points], [])

    def _many(self, element: Rects) -> None:
        """Upright rectangles as one mask: a code has hundreds, and each costs as much as the mask."""
        left, top = element.frame.x - self._left, element.frame.y - self._top
        whole = [
            (
                round((left + x) * self._scale),
                round((top + y) * self._scale) - self._skip,
                round((left + x + width) * self._scale),
                round((top + y + height) * self._scale) - self._skip,
            )
            for x, y, width, height in element.rects
        ]
        box = self._inside(
            (
                min(rect[0] for rect in whole), min(rect[1] for rect in whole),
                max(rect[2] for rect in whole) + 1, max(rect[3] for rect in whole) + 1,
            )
        )  # fmt: skip
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
        draw = ImageDraw.Draw(mask)
        for x0, y0, x1, y1 in whole:
            # Nothing that is there vanishes; both corners of a rectangle are drawn.
            draw.rectangle(
                (x0 - box[0], y0 - box[1], max(x0, x1 - 1) - box[0], max(y0, y1 - 1) - box[1]), fill=255
            )
        self._lay(element.ink, box, mask)

    def _ring(self, line: Line, half: float) -> None:
        outer, inner = (_grown(line.frame, by) for by in (half, -half))
        shapes = [
            [
                self._pixel(point)
                for point in rounded(frame, max(0.0, line.radius + by) if line.radius else 0.0)
            ]
            for frame, by in ((outer, half), (inner, -half))
            if frame.width > 0 and frame.height > 0
        ]
        if line.width * self._scale < 1:
            # A hairline on a small preview is still a line.
            points = [self._pixel(point) for point in rounded(line.frame, line.radius)]
            self._polygons(line.ink, [], [[*points, points[0]]])
            return
        self._polygons(line.ink, shapes, [])

    def _polygons(self, ink: Ink, shapes: list[list[Point]], lines: list[list[Point]]) -> None:
        (x0, y0), (x1, y1) = _bounds([point for shape in (*shapes, *lines) for point in shape])
        box = self._inside((math.floor(x0) - 1, math.floor(y0) - 1, math.ceil(x1) + 1, math.ceil(y1) + 1))
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        width, height = box[2] - box[0], box[3] - box[1]
        # Large shapes cost memory and have no need for fine edges.
        fine = _FINE if self._fine else 2
        if width * height > 4_000_000:
            fine = 1
        mask = Image.new("L", (width * fine, height * fine), 0)
        draw = ImageDraw.Draw(mask)
        for number, shape in enumerate(shapes):
            inside = [((x - box[0]) * fine, (y - box[1]) * fine) for x, y in shape]
            draw.polygon(inside, fill=0 if number else 255)
        for line in lines:
            draw.line([((x - box[0]) * fine, (y - box[1]) * fine) for x, y in line], fill=255, width=fine)
        self._lay(ink, box, mask.reduce(fine) if fine > 1 else mask)

    def _grey(self, picture: Picture, ink: Ink) -> None:
        """A picture on a plate: like any image it replaces what its plate had there, even with nothing."""
        assert ink.plate is not None
        placed, box = self._turned(picture.frame, ImageChops.invert(picture.image))
        if placed is None:
            return
        mask = None
        if not _level(picture.frame):
            mask = self._turned(picture.frame, Image.new("L", picture.image.size, 255))[0]
        self._lay(msgspec.structs.replace(ink, tint=0.0), box, mask)
        self._plane(ink.plate).paste(placed, box, mask)

    def _photo(self, picture: Picture) -> None:
        image = picture.image
        placed, box = self._turned(picture.frame, image)
        if placed is None:
            return
        if placed.mode == "L" and self.process.mode == "CMYK":
            none = Image.new("L", placed.size, 0)
            placed = Image.merge("CMYK", (none, none, none, ImageChops.invert(placed)))
        elif placed.mode != self.process.mode:
            placed = placed.convert(self.process.mode)
        alpha = picture.alpha
        mask: Image.Image | None = None
        if alpha is not None or not _level(picture.frame):
            whole = alpha if alpha is not None else Image.new("L", image.size, 255)
            mask = self._turned(picture.frame, whole)[0]
        self.process.paste(placed, box[:2], mask)
        for plane in self.spots.values():
            plane.paste(0, box, mask)
        self.coverage.paste(255, box, mask)

    def _turned(
        self, frame: Frame, image: Image.Image, keep: bool = False
    ) -> tuple[Image.Image | None, tuple[int, int, int, int]]:
        """The image as it lies on the planes, with its place; None when it is outside."""
        corners = [(0.0, 0.0), (frame.width, 0.0), (frame.width, frame.height), (0.0, frame.height)]
        points = [self._pixel(frame.place(corner)) for corner in corners]
        (x0, y0), (x1, y1) = _bounds(points)
        if frame.rotation % 360 == 0:
            left, top = round(x0), round(y0)
            right, bottom = max(left + 1, round(x1)), max(top + 1, round(y1))
            if keep:
                right, bottom = left + image.width, top + image.height
            box = self._inside((left, top, right, bottom))
            if box[2] <= box[0] or box[3] <= box[1]:
                return None, box
            inner = box[0] - left, box[1] - top, box[2] - left, box[3] - top
            if (right - left, bottom - top) == image.size:
                return image if inner == (0, 0, *image.size) else image.crop(inner), box
            # Only the part that is seen, which is a strip of a picture that may be very large.
            sx, sy = image.width / (right - left), image.height / (bottom - top)
            part = (
                inner[0] * sx,
                inner[1] * sy,
                min(inner[2] * sx, image.width),
                min(inner[3] * sy, image.height),
            )
            size = box[2] - box[0], box[3] - box[1]
            if self._fine:
                return image.resize(size, Image.Resampling.BICUBIC, box=part), box
            return image.resize(size, Image.Resampling.BOX, box=part, reducing_gap=2.0), box
        box = self._inside((math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)))
        if box[2] <= box[0] or box[3] <= box[1]:
            return None, box
        # First to about the final size, because the transformation only looks at the nearest pixels.
        near = max(1, round(frame.width * self._scale)), max(1, round(frame.height * self._scale))
        if image.width > near[0] or image.height > near[1]:
            near = min(near[0], image.width), min(near[1], image.height)
            image = image.resize(near, Image.Resampling.BOX, reducing_gap=2.0)
        a, b, c, d, _, _ = frame.matrix()
        sx, sy = image.width / (frame.width * self._scale), image.height / (frame.height * self._scale)
        ox, oy = points[0][0] - box[0], points[0][1] - box[1]
        # The inverse of a rotation is its transpose.
        data = (
            sx * a, sx * b, -sx * (a * ox + b * oy),
            sy * c, sy * d, -sy * (c * ox + d * oy),
        )  # fmt: skip
        size = box[2] - box[0], box[3] - box[1]
        paper = self._paper if image.mode == self.process.mode else 0
        return image.transform(
            size, Image.Transform.AFFINE, data, Image.Resampling.BICUBIC, fillcolor=paper
        ), box

    def _lay(self, ink: Ink, box: tuple[int, int, int, int], mask: Image.Image | None) -> None:
        plate = ink.plate
        if plate is None:
            self.process.paste(tuple(round(255 * part) for part in ink.process), box, mask)
        elif not plate.overprint:
            self.process.paste(self._paper, box, mask)
        own = self._plane(plate) if plate is not None else None
        for plane in self.spots.values():
            if plane is own:
                plane.paste(round(255 * ink.tint), box, mask)
            elif plate is None or not plate.overprint:
                plane.paste(0, box, mask)
        self.coverage.paste(255, box, mask)

    def _plane(self, plate: Plate) -> Image.Image:
        self._shown[plate.name] = plate.shown
        return self.spots.setdefault(plate.name, Image.new("L", self.size, 0))

    def _inside(self, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        width, height = self.size
        return max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3])


def _corners(element: Rects) -> list[list[Point]]:
    return [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h in element.rects]


def _grown(frame: Frame, by: float) -> Frame:
    return Frame(
        frame.x - by, frame.y - by, frame.width + 2 * by, frame.height + 2 * by,
        frame.rotation, frame.cx, frame.cy,
    )  # fmt: skip


def _level(frame: Frame) -> bool:
    return frame.rotation % 360 == 0


def _upright(points: list[Point]) -> bool:
    return len(points) == 4 and all(
        abs(one[0] - two[0]) < 1e-6 or abs(one[1] - two[1]) < 1e-6
        for one, two in zip(points, (*points[1:], points[0]), strict=True)
    )


def _bounds(points: list[Point]) -> tuple[Point, Point]:
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return (min(xs), min(ys)), (max(xs), max(ys))
