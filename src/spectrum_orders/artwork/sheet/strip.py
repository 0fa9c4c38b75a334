"""An order's facts as drawing operators: a panel on the first page, a line on every other."""

from __future__ import annotations

import msgspec

from spectrum_orders.artwork.sheet import geometry
from spectrum_orders.artwork.sheet.letters import ADVANCE, encoded, shown
from spectrum_orders.artwork.sheet.spec import OrderStrip

POINTS = 72 / 25.4
_SMALLEST = 6.0
_EMPTY = "This sheet belongs to no order: it shows the artwork alone."
_MORE = "and {} more SKUs, {} pieces: see ticket.json"


class Place(msgspec.Struct, frozen=True):
    """A form of the sheet: its BBox on the page in points, lower left corner first."""

    box: tuple[float, float, float, float]


def _place(left: float, top: float, width: float, height: float) -> Place:
    bottom = geometry.HEIGHT - top - height
    one, two, three, four = (
        round(value * POINTS, 3) for value in (left, bottom, left + width, bottom + height)
    )
    return Place((one, two, three, four))


PANEL = _place(geometry.LEFT, geometry.PANEL_TOP, geometry.INNER, geometry.PANEL)
RUNNING = _place(geometry.LEFT, geometry.RUNNING_TOP, geometry.INNER, geometry.RUNNING)


def empty(place: Place) -> bytes:
    """What stands there as long as there is no order."""
    x, y, width = (3.0, 7.0, 180.0) if place is PANEL else (2.0, 1.8, 180.0)
    return _set([_fitted(place, _EMPTY, x, y, width, 9.0)])


def panel(strip: OrderStrip) -> bytes:
    """The first page's."""
    pieces = sum(pair.quantity for pair in strip.sku_quantities)
    number = shown(strip.purchase_order_number)
    drawn: list[str] = []
    for name, text, size in (
        ("orderDate", strip.order_date, 13.0),
        ("line", strip.line, 16.0),
        ("quantity", str(pieces), 22.0),
    ):
        x, y, width, _ = geometry.FIELDS[name]
        drawn.append(_fitted(PANEL, shown(text), x, y + 3.6, width, size))
    x, y, width, _ = geometry.FIELDS["purchaseOrderNumber"]
    drawn += _wrapped(PANEL, number, x, y + 3.6, width, 18.0, 9.5)
    drawn += _skus(strip)
    x, y, width, _ = geometry.FIELDS["package"]
    due = f"   Due {strip.due}" if strip.due else ""
    drawn.append(_fitted(PANEL, shown(f"Package {strip.package_id}{due}"), x, y, width, 8.0))
    return _set(drawn)


def running(strip: OrderStrip) -> bytes:
    """Every other page's."""
    pieces = sum(pair.quantity for pair in strip.sku_quantities)
    text = f"{strip.purchase_order_number}   line {strip.line}   {pieces} pieces   {strip.package_id}"
    return _set([_fitted(RUNNING, shown(text), 2.0, 1.6, geometry.INNER - 4.0, 9.0)])


def _skus(strip: OrderStrip) -> list[str]:
    """Each SKU with its quantity, as large as all of them fit; what does not fit at all is counted."""
    x, y, width, _ = geometry.FIELDS["skus"]
    top, height = y + 3.4, geometry.FIELDS["package"][1] - y - 4.0
    pairs = [f"{pair.quantity} × {shown(pair.sku)}" for pair in strip.sku_quantities]
    longest = max((len(one) for one in pairs), default=1)
    for columns, size in ((1, 16.0), (1, 13.0), (2, 11.0), (2, 9.0), (3, 8.0), (3, 7.0), (4, 6.0)):
        rows = int(height / _line_height(size))
        fits = longest * ADVANCE * size / POINTS <= width / columns - 3
        if rows * columns >= len(pairs) and fits:
            return _columns(pairs, x, top, width, columns, rows, size)
    columns, size = 2, 7.0
    rows = int(height / _line_height(size))
    room = rows * columns
    if len(pairs) > room:
        left = strip.sku_quantities[room - 1 :]
        pairs = [*pairs[: room - 1], _MORE.format(len(left), sum(pair.quantity for pair in left))]
    return _columns(pairs, x, top, width, columns, rows, size)


def _columns(
    texts: list[str], x: float, top: float, width: float, columns: int, rows: int, size: float
) -> list[str]:
    column = width / columns
    # Few texts stand below each other before they stand side by side.
    return [
        _fitted(
            PANEL,
            text,
            x + column * (place // rows),
            top + _line_height(size) * (place % rows),
            column - 3,
            size,
        )
        for place, text in enumerate(texts)
    ]


def _line_height(size: float) -> float:
    return size * 1.25 / POINTS


def _wrapped(
    place: Place, text: str, x: float, y: float, width: float, size: float, height: float
) -> list[str]:
    """``text`` as large as it fits: on one line, or on as many small ones as there is room for."""
    if len(text) * ADVANCE * size / POINTS <= width or len(text) * ADVANCE * 10 / POINTS <= width:
        return [_fitted(place, text, x, y, width, size)]
    for small in (9.0, 8.0, 7.0, _SMALLEST):
        across = int(width * POINTS / (ADVANCE * small))
        rows = max(1, int(height / _line_height(small)))
        if len(text) <= across * rows or small == _SMALLEST:
            cut = [text[at : at + across] for at in range(0, len(text), across)]
            if len(cut) > rows:
                cut = [*cut[: rows - 1], cut[rows - 1][: across - 1] + "…"]
            return [
                _fitted(place, part, x, y + _line_height(small) * row, width, small)
                for row, part in enumerate(cut)
            ]
    raise AssertionError("unreachable")


def _fitted(place: Place, text: str, x: float, y: float, width: float, size: float) -> str:
    """One line with its top at ``y``, smaller when it is too wide, cut with ``…`` when it is far too wide."""
    if not text:
        return ""
    fits = width * POINTS / (ADVANCE * len(text))
    if fits < _SMALLEST:
        text = text[: int(width * POINTS / (ADVANCE * _SMALLEST)) - 1] + "…"
        fits = _SMALLEST
    size = min(size, fits)
    left = place.box[0] + x * POINTS
    base = place.box[3] - y * POINTS - 0.76 * size
    return f"/F {size:.2f} Tf 1 0 0 1 {left:.2f} {base:.2f} Tm {encoded(text)} Tj"


def _set(lines: list[str]) -> bytes:
    return "\n".join(["BT 0.08 g", *filter(None, lines), "ET\n"]).encode()
