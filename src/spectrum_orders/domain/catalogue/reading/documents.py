"""A product or a recipe set from the bytes that were sent, and back to the bytes that are kept.

One careful road: what is sent once and made many times need not be read in microseconds.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders.domain.catalogue.product import Product
from spectrum_orders.domain.catalogue.reading.limits import DEEPEST, MOST_VALUES
from spectrum_orders.domain.catalogue.reading.record import Record
from spectrum_orders.domain.catalogue.reading.salvage import salvaged, salvaged_product
from spectrum_orders.domain.catalogue.reading.tables import PRODUCT, RECIPE_SET
from spectrum_orders.domain.catalogue.recipe import RecipeSet
from spectrum_orders.domain.depth import deeper_than
from spectrum_orders.domain.envelope import unmarked
from spectrum_orders.domain.reading import Reading
from spectrum_orders.domain.syntax import NO_JSON, not_json
from spectrum_orders.errors import Invalid, NotJson, Problem

_SMALL = 65_536
_NO_DATES = ZoneInfo("UTC")
_TOO_MUCH = object()
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode


def read_product(body: bytes, handle: str | None) -> tuple[Product, tuple[Problem, ...]]:
    """The product that ``body`` describes, and warnings. ``handle`` is the path's; the body may omit it.
    With ``None`` the body has to hold it.

    Raises NotJson, or Invalid with every problem; warnings then travel in its ``extra``.
    """
    reading = Reading(_NO_DATES)
    product: Product = _read(body, PRODUCT, "handle", handle, reading)
    return product, reading.warnings


def read_recipe_set(body: bytes, readable_id: str | None) -> tuple[RecipeSet, tuple[Problem, ...]]:
    """The recipe set that ``body`` describes, and warnings. ``readable_id`` is the path's, and is what is
    kept; the body may omit it, or write it in another case. With ``None`` the body has to hold it. No problem
    repeats a text of a layer.

    Raises NotJson, or Invalid with every problem; warnings then travel in its ``extra``.
    """
    reading = Reading(_NO_DATES)
    recipe_set: RecipeSet = _read(body, RECIPE_SET, "readableId", readable_id, reading)
    return recipe_set, reading.warnings


def _read(body: bytes, record: Record, name: str, given: str | None, reading: Reading) -> Any:
    value = _plain(unmarked(body), reading)
    if isinstance(value, dict) and given is not None:
        own = value.get(name)
        if own is not None and own != "" and not (isinstance(own, str) and _same(record, own, given)):
            reading.problem(f"/{name}", "differing-name", f"The path names another {name} than the body.")
        value = {**value, name: given}
    made = None if value is _TOO_MUCH else record.read(value, "", reading)
    if reading.problems or made is None:
        raise Invalid(
            "It cannot be taken as it was sent; each entry of errors names one thing to correct.",
            problems=reading.problems,
            extra={"warnings": reading.warnings} if reading.warnings else None,
        )
    return made


def _same(record: Record, own: str, given: str) -> bool:
    return own == given or (record is RECIPE_SET and key(own) == key(given))


def _plain(body: bytes, reading: Reading) -> object:
    """What the JSON decodes to, or ``_TOO_MUCH`` with a problem noted."""
    if len(body) > _SMALL and body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES:
        reading.problem("", "too-many", f"It may hold at most {MOST_VALUES} values.")
        return _TOO_MUCH
    if deeper_than(body, DEEPEST):
        raise NotJson(f"The body is nested too deeply to be read: more than {DEEPEST} levels.")
    try:
        return _decode(body)
    except NO_JSON as error:
        raise not_json(body, error) from None


def names_in(body: bytes) -> RecipeSet:
    """What a recipe set names that ``read_recipe_set`` refused. Raises NotJson, as that does."""
    return salvaged(_plain(unmarked(body), Reading(_NO_DATES)))


def names_in_product(body: bytes) -> Product:
    """The same of a product that ``read_product`` refused."""
    return salvaged_product(_plain(unmarked(body), Reading(_NO_DATES)))


def product_json(product: Product) -> bytes:
    """The canonical bytes of a product: UTF-8 JSON, sorted members, no spaces, every member written."""
    return _encode(product)


def recipe_set_json(recipe_set: RecipeSet) -> bytes:
    """The canonical bytes of a recipe set, as for a product. They hold a person's texts."""
    return _encode(recipe_set)


def key(readable_id: str) -> str:
    """What two readable ids have in common that differ only in case or in white space around them."""
    return readable_id.strip().casefold()
