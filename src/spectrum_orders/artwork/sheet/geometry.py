"""Where things stand on the sheet, in millimetres from the page's top left corner, for all who draw."""

from __future__ import annotations

from typing import Any

WIDTH, HEIGHT = 210.0, 297.0
LEFT, TOP = 12.0, 10.0
INNER = WIDTH - 2 * LEFT
MASTHEAD = 22.0
RUNNING = 6.0
"""Height of the line that repeats the order on every page but the first."""
RUNNING_TOP = TOP + MASTHEAD + 3.0
PANEL_TOP = RUNNING_TOP + RUNNING + 3.0
PANEL = 42.0
SPLIT = 17.0
PICTURE, PICTURE_HEIGHT = 100.0, 96.0
"""The most that a picture takes with its bleed."""
MEASURE = 11.0
"""Room for a dimension line and its number."""

FIELDS = {
    "purchaseOrderNumber": (3.0, 2.0, 88.0, "Purchase order"),
    "orderDate": (94.0, 2.0, 36.0, "Order date"),
    "line": (133.0, 2.0, 16.0, "Line"),
    "quantity": (152.0, 2.0, 31.0, "Pieces in all"),
    "skus": (3.0, SPLIT + 2.0, 180.0, "SKU and quantity"),
    "package": (3.0, PANEL - 4.0, 180.0, ""),
}
"""x and y in the panel, width, and what stands above it."""


def as_data() -> dict[str, Any]:
    """The same for the typesetter."""
    return {
        "width": INNER,
        "left": LEFT,
        "top": TOP,
        "masthead": MASTHEAD,
        "running": RUNNING,
        "panel": PANEL,
        "split": SPLIT,
        "picture": PICTURE,
        "measure": MEASURE,
        "fields": [{"x": x, "y": y, "label": label} for x, y, _, label in FIELDS.values() if label],
    }
