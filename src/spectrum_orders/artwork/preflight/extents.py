"""How much room the entities of a DXF take.

Blocks are measured once and then only placed, however often and deeply they are used in each other;
texts are left out, because measuring them would search the machine for fonts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from ezdxf import bbox
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.insert import Insert
from ezdxf.math import BoundingBox, Vec3

from spectrum_orders.artwork.preflight.bounds import TooComplexError

_DEEPEST = 20
_MEASURED = {
    "LINE", "LWPOLYLINE", "POLYLINE", "CIRCLE", "ARC", "ELLIPSE", "SPLINE", "SOLID", "TRACE", "3DFACE",
    "HATCH",
}  # fmt: skip


def sides(document: Drawing, entities: Iterable[DXFEntity]) -> tuple[float, float] | None:
    """Width and height in the drawing's unit; None when nothing can be measured. Raises TooComplexError."""
    box = _box(document, entities, {}, 0)
    if not box.has_data:
        return None
    width, height = box.size.x, box.size.y
    return (width, height) if math.isfinite(width) and math.isfinite(height) else None


def _box(
    document: Drawing, entities: Iterable[DXFEntity], blocks: dict[str, BoundingBox], deep: int
) -> BoundingBox:
    if deep > _DEEPEST:
        raise TooComplexError(f"more than {_DEEPEST} blocks in each other")
    box = BoundingBox()
    plain = []
    for entity in entities:
        if isinstance(entity, Insert):
            _place(document, entity, blocks, box, deep)
        elif entity.dxftype() in _MEASURED:
            plain.append(entity)
    found = bbox.extents(plain, fast=True)
    if found.has_data:
        box.extend(found)
    return box


def _place(
    document: Drawing, insert: Insert, blocks: dict[str, BoundingBox], box: BoundingBox, deep: int
) -> None:
    name = str(insert.dxf.name).casefold()
    inner = blocks.get(name)
    if inner is None:
        block = document.blocks.get(name)
        inner = blocks[name] = BoundingBox() if block is None else _box(document, block, blocks, deep + 1)
    if not inner.has_data:
        return
    matrix = insert.matrix44()
    corners = [Vec3(x, y) for x in (inner.extmin.x, inner.extmax.x) for y in (inner.extmin.y, inner.extmax.y)]
    placed = list(matrix.transform_vertices(corners))
    angle = math.radians(insert.dxf.rotation)
    across = (
        Vec3(math.cos(angle), math.sin(angle)) * insert.dxf.column_spacing * (insert.dxf.column_count - 1)
    )
    upwards = Vec3(-math.sin(angle), math.cos(angle)) * insert.dxf.row_spacing * (insert.dxf.row_count - 1)
    box.extend([corner + shift for corner in placed for shift in (Vec3(), across, upwards, across + upwards)])
