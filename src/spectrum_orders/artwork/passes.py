"""What a machine does one after the other: the threads of an embroidery, the layers of a drawing to cut."""

from __future__ import annotations

import io

from spectrum_orders.artwork.inks import Ink
from spectrum_orders.artwork.intake.stitches import END, HEAD
from spectrum_orders.domain.catalogue.product import Area, Output, Space
from spectrum_orders.domain.catalogue.work import Pass

_MOST = 64
"""Passes of a stranger's file that are told: machines have fifteen needles, and drawings a few layers."""
_STOP = 0xC0


def thread(ink: Ink, area: Area) -> Pass:
    """A thread of this ink's colour: by its plate's name, or by the numbers of the area's colours."""
    if ink.plate is not None:
        tint = "" if ink.tint == 1 else f" {100 * ink.tint:g} %"
        return Pass(f"{ink.plate.name}{tint}", _hex(ink))
    full, space = (100, "CMYK") if area.space is Space.CMYK else (255, "RGB")
    return Pass(" ".join((space, *(f"{full * part:.0f}" for part in ink.process))), _hex(ink))


def layer(name: str, ink: Ink) -> Pass:
    """A layer of a drawing; only a plate's has a colour of its own."""
    return Pass(name, "" if ink.plate is None else _hex(ink))


def of_file(data: bytes, area: Area) -> tuple[Pass, ...]:
    """Those of a file that was uploaded finished; none when it cannot be read, which preflight tells."""
    read = {Output.DST: _threads, Output.DXF: _layers}.get(area.output)
    try:
        return read(data) if read is not None else ()
    except Exception:  # noqa: BLE001  # a stranger's bytes; the sheet can do without what preflight rejects
        return ()


def _threads(data: bytes) -> tuple[Pass, ...]:
    """The format holds no colours, only stops between them."""
    kinds = data[HEAD + 2 :: 3]
    end = kinds.find(END)
    stops = sum(kind & _STOP == _STOP for kind in kinds[: max(end, 0)])
    return (Pass("colour not in the file"),) * min(_MOST, stops + 1)


def _layers(data: bytes) -> tuple[Pass, ...]:
    from ezdxf import recover

    document, _ = recover.read(io.BytesIO(data))
    names = dict.fromkeys(str(entity.dxf.get("layer", "0")) for entity in document.modelspace())
    return tuple(Pass(name) for name in list(names)[:_MOST])


def _hex(ink: Ink) -> str:
    return "#{:02x}{:02x}{:02x}".format(*ink.shown)
