"""JSON as people read it: what fits on one line stands on one line."""

from __future__ import annotations

import json
from typing import Any


def lay_out(value: Any, width: int, indent: int = 0, taken: int = 0) -> str:
    """``value`` as JSON in lines of ``width`` where that can be done.

    ``taken`` is what stands on the first line already: its indentation, a member's name, a comma.
    """
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + taken <= width or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + 2
    pad = " " * inner
    if isinstance(value, dict):
        parts = [
            f"{pad}{name}: {lay_out(item, width, inner, inner + len(name) + 3)}"
            for name, item in ((json.dumps(key, ensure_ascii=False), item) for key, item in value.items())
        ]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    parts = [pad + lay_out(item, width, inner, inner + 1) for item in value]
    return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
