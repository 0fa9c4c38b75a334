"""A scene as a DXF for cutting and plotting: closed outlines in millimetres, a layer for each plate.

The trim's lower left corner is the origin and y goes upwards, as in every drawing program. What is
painted with process inks is on the layer ``Print``. Line widths do not matter to a knife, so an
outline is its middle line. Pictures have no outlines and are refused.
"""

from __future__ import annotations

import io
import re

import ezdxf
from ezdxf import units
from ezdxf.document import Drawing
from ezdxf.filemanagement import new
from ezdxf.layouts.layout import Modelspace

from spectrum_orders.artwork import outlines, passes
from spectrum_orders.artwork.inks import Ink
from spectrum_orders.artwork.outlines import Contour
from spectrum_orders.artwork.scene import Line, Rects, Scene, Words
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.work import Pass

PRINT = "Print"
# A hundredth of a millimetre: the repeat accuracy of a good plotter.
_WITHIN = 0.01
# What the format forbids in a layer's name.
_FORBIDDEN = re.compile(r"[<>/\\\":;?*|=`',]")

# Fixed dates and identifiers instead of the moment's; the option concerns nothing else.
ezdxf.options.write_fixed_meta_data_for_testing = True  # type: ignore[attr-defined]  # public, and not in its __all__


def write(scene: Scene, area: Area) -> tuple[bytes, tuple[Pass, ...]]:
    """The file, in the release that every cutting program reads (AutoCAD 2000), and its layers."""
    document = new("R2000", units=units.MM)
    space = document.modelspace()
    layers: dict[str, Pass] = {}
    for element in scene.elements:
        match element:
            case Rects():
                contours = outlines.of_rects(element)
            case Words():
                contours = outlines.of_words(element)
            case Line():
                contours = [outlines.of_line(element)]
            case _:
                continue
        layer = _layer(document, element.ink)
        layers.setdefault(layer, passes.layer(layer, element.ink))
        for contour in contours:
            _add(space, contour, layer, area.height)
    out = io.StringIO()
    document.write(out)
    return out.getvalue().encode(document.output_encoding, "dxfreplace"), tuple(layers.values())


def layer_name(plate: str) -> str:
    """A plate's name as a layer may be called."""
    return _FORBIDDEN.sub("_", plate)[:255]


def _layer(document: Drawing, ink: Ink) -> str:
    name = layer_name(ink.plate.name) if ink.plate is not None else PRINT
    if name not in document.layers:
        layer = document.layers.add(name)
        if ink.plate is not None:
            layer.rgb = ink.plate.shown
    return name


def _add(space: Modelspace, contour: Contour, layer: str, height: float) -> None:
    points = [(round(x, 5), round(height - y, 5)) for x, y in contour.points(_WITHIN)]
    space.add_lwpolyline(points, close=True, dxfattribs={"layer": layer})
