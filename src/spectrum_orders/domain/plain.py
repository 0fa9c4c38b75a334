"""The slow road: an order as plain JSON values, walked member by member, every finding noted.

It is taken by whatever the typed decoder refuses and by whatever deserves a warning, so it may
cost more; it must never be wrong about a value that the typed road took.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from spectrum_orders.domain import address
from spectrum_orders.domain.checks import blank, given
from spectrum_orders.domain.fields import (
    ADDRESSES,
    LINE,
    LINE_MEMBERS,
    MOST_LINES,
    MOST_PAIRS,
    ORDER,
    ORDER_DATE,
    ORDER_MEMBERS,
    PAIR_MEMBERS,
    PURCHASE_ORDER_NUMBER,
    QUANTITY,
    RECIPE_SET_FORMAT,
    RECIPE_SET_ID,
    SKU,
    Field,
)
from spectrum_orders.domain.order import Form, LineContent, Order, OrderContent, SkuQuantity
from spectrum_orders.domain.reading import Reading, kind, token
from spectrum_orders.domain.verdict import Accepted, Rejected

WHAT_TO_SEND = (
    'send "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "…", "quantity": 1}]}]'
)

_IN_ANY_CASE = {name.lower(): name for name in ORDER_MEMBERS | LINE_MEMBERS | PAIR_MEMBERS}


def read(value: object, form: Form, zone: ZoneInfo, repeated: Sequence[str] = ()) -> Accepted | Rejected:
    """Read one order from what its JSON decoded to. ``repeated`` are JSON Pointers of members that it
    holds more than once. Raises nothing."""
    reading = Reading(zone)
    for pointer in repeated:
        reading.warn(pointer, "repeated-member", "It was sent more than once; the last one was taken.")
    if not isinstance(value, dict):
        reading.problem("", "wrong-type", f"An object with one order was wanted, {kind(value)} was sent.")
        return Rejected(None, (), reading.problems, ())
    _name_unknown(value, ORDER_MEMBERS, "", reading)
    number = _required(value, "purchaseOrderNumber", PURCHASE_ORDER_NUMBER, "", reading)
    instant = _required(value, "orderDate", ORDER_DATE, "", reading)
    personal: dict[str, str] = {}
    extras = _extras(value, ORDER, "", reading, personal)
    if form is Form.FULL:
        _require_addresses(value, personal, reading)
    ids, lines = _read_lines(value, reading, personal)
    if reading.problems:
        return Rejected(number, ids, reading.problems, reading.warnings)
    content = OrderContent(tuple(lines), value["orderDate"], number, **extras)
    return Accepted(Order(form, content, instant, personal), reading.warnings)


def _name_unknown(value: dict[str, object], known: frozenset[str], at: str, reading: Reading) -> None:
    for name in value:
        if name not in known:
            meant = _IN_ANY_CASE.get(name.lower())
            hint = f"; did you mean {meant}?" if meant in known else "."
            reading.warn(
                f"{at}/{token(name)}",
                "unknown-member",
                f"The member is not known; it was not stored{hint}",
            )


def _required(value: dict[str, object], name: str, check: Any, at: str, reading: Reading) -> Any:
    sent = value.get(name)
    if sent is None or sent == "":
        reading.problem(f"{at}/{name}", "missing", f"{name} is required.")
        return None
    return check.read(sent, f"{at}/{name}", reading)


def _extras(
    value: dict[str, object], fields: tuple[Field, ...], at: str, reading: Reading, personal: dict[str, str]
) -> dict[str, Any]:
    """The optional members: what is personal goes into ``personal``, the rest is returned."""
    extras = {}
    for field in fields:
        if field.name not in value:
            continue
        below = f"{at}/{field.name}"
        sent = given(value[field.name], below, reading)
        kept = None if sent is None else field.check.read(sent, below, reading)
        if kept is None:
            continue
        if field.personal:
            personal[below] = kept
        else:
            extras[field.attribute] = kept
    return extras


def _require_addresses(value: dict[str, object], personal: dict[str, str], reading: Reading) -> None:
    for name in ADDRESSES:
        sent = value.get(name)
        if f"/{name}" in personal:
            continue
        if sent is None or (isinstance(sent, str) and blank(sent)):
            reading.problem(f"/{name}", "missing", f"{name} is required in a full order.")
        elif isinstance(sent, dict):
            for member in address.REQUIRED:
                if member != "state":
                    address.missing(f"/{name}/{member}", reading)


def _read_lines(
    value: dict[str, object], reading: Reading, personal: dict[str, str]
) -> tuple[tuple[str | None, ...], list[LineContent]]:
    """The recipe set ids as far as readable, and the lines; the lines count only without problems."""
    sent = value.get("lineItems")
    old = [name for name in value if name.lower() in RECIPE_SET_FORMAT]
    if old and (sent is None or sent in ("", [])):
        reading.problem(
            "/lineItems", "recipe-set-format", f"The RecipeSet format is no longer read; {WHAT_TO_SEND}."
        )
        return (), []
    if sent is None or sent == "":
        reading.problem("/lineItems", "missing", f"lineItems is required; {WHAT_TO_SEND}.")
        return (), []
    if not isinstance(sent, list):
        reading.problem(
            "/lineItems", "wrong-type", f"A list was wanted, {kind(sent)} was sent; {WHAT_TO_SEND}."
        )
        return (), []
    if not sent:
        reading.problem("/lineItems", "too-few", f"At least one line is needed; {WHAT_TO_SEND}.")
    if len(sent) > MOST_LINES:
        reading.problem(
            "/lineItems", "too-many", f"The order has {len(sent)} lines, at most {MOST_LINES} may be sent."
        )
    ids: list[str | None] = []
    lines: list[LineContent] = []
    for index, line in enumerate(sent[:MOST_LINES]):
        at = f"/lineItems/{index}"
        if not isinstance(line, dict):
            reading.problem(at, "wrong-type", f"An object with one line was wanted, {kind(line)} was sent.")
            ids.append(None)
            continue
        _name_unknown(line, LINE_MEMBERS, at, reading)
        recipe_set_id = _read_recipe_set_id(line, at, reading)
        pairs = _read_pairs(line, at, reading)
        extras = _extras(line, LINE, at, reading, personal)
        ids.append(recipe_set_id)
        if recipe_set_id is not None and pairs:
            lines.append(LineContent(recipe_set_id, pairs, **extras))
    return tuple(ids), lines


def _read_recipe_set_id(line: dict[str, object], at: str, reading: Reading) -> str | None:
    alias_at = f"{at}/recipeSetReadableId"
    alias = given(line.get("recipeSetReadableId"), alias_at, reading)
    own = line.get("recipeSetId")
    if alias is not None:
        own = given(own, f"{at}/recipeSetId", reading)
    if own is None or own == "":
        if alias is None:
            reading.problem(f"{at}/recipeSetId", "missing", "recipeSetId is required.")
            return None
        return RECIPE_SET_ID.read(alias, alias_at, reading)
    recipe_set_id = RECIPE_SET_ID.read(own, f"{at}/recipeSetId", reading)
    if recipe_set_id is not None and alias is not None and not _same(recipe_set_id, alias):
        reading.warn(
            alias_at,
            "differing-recipe-set-id",
            "It differs from recipeSetId of the same line, which was taken.",
        )
    return recipe_set_id


def _same(recipe_set_id: str, alias: object) -> bool:
    if isinstance(alias, bool) or not isinstance(alias, str | int):
        return False
    return str(alias).strip()[:65].lower() == recipe_set_id.lower()


def _read_pairs(line: dict[str, object], at: str, reading: Reading) -> tuple[SkuQuantity, ...]:
    """The pairs of SKU and quantity, empty when a problem was noted.

    ``skuQuantities`` alone counts. What stands on the line itself is read only without it, and
    an empty list counts as not sent: older shops send it beside ``sku`` and ``quantity``.
    """
    sent = given(line.get("skuQuantities"), f"{at}/skuQuantities", reading)
    if sent is None or sent == []:
        return _read_own_pair(line, at, reading)
    if not isinstance(sent, list):
        reading.problem(
            f"{at}/skuQuantities",
            "wrong-type",
            f"A list of objects with sku and quantity was wanted, {kind(sent)} was sent.",
        )
        return ()
    if len(sent) > MOST_PAIRS:
        reading.problem(
            f"{at}/skuQuantities",
            "too-many",
            f"The line has {len(sent)} SKUs, at most {MOST_PAIRS} may be sent.",
        )
        return ()
    pairs = []
    for index, entry in enumerate(sent):
        below = f"{at}/skuQuantities/{index}"
        if not isinstance(entry, dict):
            reading.problem(
                below, "wrong-type", f"An object with sku and quantity was wanted, {kind(entry)} was sent."
            )
            continue
        _name_unknown(entry, PAIR_MEMBERS, below, reading)
        sku = _required(entry, "sku", SKU, below, reading)
        quantity = _required(entry, "quantity", QUANTITY, below, reading)
        if sku is not None and quantity is not None:
            pairs.append(SkuQuantity(quantity, sku))
    if len(pairs) < len(sent):
        return ()
    _compare_own_pair(line, pairs, at, reading)
    return tuple(pairs)


def _own_skus(line: dict[str, object], at: str) -> list[tuple[str, object]]:
    """Pointer and value of the SKUs on the line itself, one or a list, empty entries left out."""
    sku = line.get("sku")
    if not isinstance(sku, list):
        return [] if sku is None or sku == "" else [(f"{at}/sku", sku)]
    return [
        (f"{at}/sku/{index}", entry) for index, entry in enumerate(sku) if entry is not None and entry != ""
    ]


def _read_own_pair(line: dict[str, object], at: str, reading: Reading) -> tuple[SkuQuantity, ...]:
    skus = _own_skus(line, at)
    quantity = line.get("quantity")
    if not skus and (quantity is None or quantity == ""):
        reading.problem(
            f"{at}/skuQuantities", "missing", 'skuQuantities is required: [{"sku": "…", "quantity": 1}].'
        )
        return ()
    sku = None
    if len(skus) == 1:
        below, only = skus[0]
        sku = SKU.read(only, below, reading)
    elif skus:
        reading.problem(
            f"{at}/sku",
            "several-skus",
            f"The line names {len(skus)} SKUs, so it is unclear how many of each are wanted; "
            'send "skuQuantities": [{"sku": "…", "quantity": 1}, …].',
        )
    else:
        reading.problem(f"{at}/sku", "missing", "A quantity was sent without its sku.")
    number = _required(line, "quantity", QUANTITY, at, reading)
    return () if sku is None or number is None else (SkuQuantity(number, sku),)


def _compare_own_pair(line: dict[str, object], pairs: list[SkuQuantity], at: str, reading: Reading) -> None:
    """Warn when the line's own SKUs are not those of its pairs, or its own quantity not their sum."""
    silent = Reading(reading.zone)
    skus = [SKU.read(sku, "", silent) or "" for _, sku in _own_skus(line, at)]
    if skus and sorted(skus) != sorted(pair.sku for pair in pairs):
        reading.warn(f"{at}/sku", "differing-sku", "It differs from skuQuantities, which was taken.")
    quantity = line.get("quantity")
    if quantity is None or quantity == "":
        return
    if QUANTITY.read(quantity, "", silent) != sum(pair.quantity for pair in pairs):
        reading.warn(
            f"{at}/quantity", "differing-sku", "It differs from the sum of skuQuantities, which was taken."
        )
