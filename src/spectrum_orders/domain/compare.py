"""What differs between the order that is stored and one that was sent under the same number."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.domain.order import LineContent, OrderContent, canonical

_decode = msgspec.json.Decoder().decode
_decode_content = msgspec.json.Decoder(OrderContent).decode


def differences(stored: bytes, sent: OrderContent) -> list[str]:
    """JSON Pointers to what differs, members in sorted order, lists by index.

    ``stored`` is canonical content. Texts count as they were sent, so the same instant written
    another way is a difference; only a recipe set id is compared without regard to case. An
    entry that only one side has is named once, as a whole.
    """
    new = canonical(sent)
    if stored == new:
        return []
    found: list[str] = []
    _walk(_decode(stored), _decode(new), "", found)
    return found


def _walk(old: Any, new: Any, at: str, found: list[str]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            before, after = old.get(name), new.get(name)
            if name == "recipeSetId" and before and after:
                before, after = before.lower(), after.lower()
            _walk(before, after, f"{at}/{name}", found)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            below = f"{at}/{index}"
            if index < len(old) and index < len(new):
                _walk(old[index], new[index], below, found)
            else:
                found.append(below)
    elif old != new:
        found.append(at)


def same_lines(stored: bytes, sent: OrderContent) -> bool:
    """The same recipe sets, without regard to case, with the same SKUs and quantities, in order."""
    return _wanted(_decode_content(stored).line_items) == _wanted(sent.line_items)


def _wanted(lines: tuple[LineContent, ...]) -> list[tuple[Any, ...]]:
    return [(line.recipe_set_id.lower(), line.sku_quantities) for line in lines]
