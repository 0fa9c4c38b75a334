"""Graphics state dictionaries (ExtGState), reduced to what preflight asks."""

from __future__ import annotations

import msgspec
import pikepdf

from spectrum_orders.artwork.preflight.space import numbers

_MOST_PLATES = 64
"""Halftones of single plates that are looked at."""


class Graphics(msgspec.Struct, frozen=True):
    """What a dictionary sets; None leaves it as it was. ``transfer``: it changes the tones. ``mask`` is
    the drawing of a soft mask."""

    line: float | None = None
    over_fill: bool | None = None
    over_stroke: bool | None = None
    overprint_mode: int | None = None
    font: tuple[pikepdf.Object | None, float] | None = None
    transfer: bool = False
    mask: pikepdf.Stream | None = None


def read(found: object) -> Graphics:
    """A dictionary, or whatever stands in its place."""
    if not isinstance(found, pikepdf.Dictionary):
        return Graphics()
    line = numbers([found.get("/LW")], 1)
    stroke = _said(found.get("/OP"))
    fill = _said(found.get("/op"))
    mode = found.get("/OPM")
    mask = found.get("/SMask")
    group = mask.get("/G") if isinstance(mask, pikepdf.Dictionary) else None
    return Graphics(
        line=abs(line[0]) if line else None,
        over_fill=stroke if fill is None else fill,
        over_stroke=stroke,
        overprint_mode=None if mode is None else int(mode == 1),
        font=_font(found.get("/Font")),
        transfer=_changes(found.get("/TR")) or _changes(found.get("/TR2")) or _halftone(found.get("/HT")),
        mask=group if isinstance(group, pikepdf.Stream) else None,
    )


def _said(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _font(value: object) -> tuple[pikepdf.Object | None, float] | None:
    if not isinstance(value, pikepdf.Array) or len(value) != 2:
        return None
    size = numbers([value[1]], 1)
    font = value[0]
    return font if isinstance(font, pikepdf.Dictionary) else None, size[0] if size else 0.0


def _changes(value: object) -> bool:
    """Whether a transfer function is one that does something."""
    if isinstance(value, pikepdf.Array):
        return any(_changes(part) for part in list(value)[:_MOST_PLATES])
    return value is not None and value not in (pikepdf.Name.Identity, pikepdf.Name.Default)


def _halftone(value: object) -> bool:
    if not isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
        return False
    parts = [value, *list(value.values())[:_MOST_PLATES]]
    return any(
        isinstance(part, (pikepdf.Dictionary, pikepdf.Stream)) and _changes(part.get("/TransferFunction"))
        for part in parts
    )
