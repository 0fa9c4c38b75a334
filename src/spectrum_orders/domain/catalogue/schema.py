"""JSON Schema 2020-12 of products and recipe sets, made from the tables by which they are read.

What a schema takes, reading takes, but for what stands between members (see ``reading.rules``), for
names that may stand once, and for texts that show nothing. Both ignore members that they do not know;
reading names them in warnings, and also takes numbers for texts and words in any case.
"""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.domain.catalogue.reading.checks import (
    Choice,
    Flag,
    FontName,
    Listing,
    Mapped,
    Number,
    Shaped,
)
from spectrum_orders.domain.catalogue.reading.descriptions import MEMBERS, RECORDS
from spectrum_orders.domain.catalogue.reading.record import Record, Tagged, default_of, fields_of
from spectrum_orders.domain.catalogue.reading.tables import PRODUCT, RECIPE_SET
from spectrum_orders.domain.checks import Check, RecipeSetId, Text, Whole

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FROM_THE_PATH = frozenset(("Product.handle", "RecipeSet.readableId"))
"""Required of the value but not of a body, because the path gives it."""

_CONTROL = r"\u0000-\u001f\u007f-\u009f"
_CONTROL_BUT_LINES = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"


def product_schema() -> Schema:
    """The schema of the body of ``PUT /api/products/{handle}``."""
    return _document(PRODUCT)


def recipe_set_schema() -> Schema:
    """The schema of the body of ``PUT /api/recipesets/{readableId}``."""
    return _document(RECIPE_SET)


def _document(record: Record) -> Schema:
    shared: dict[str, Schema] = {}
    whole = _record(record, shared)
    return {
        "$schema": DIALECT,
        "title": record.value.__name__,
        **whole,
        "$defs": dict(sorted(shared.items())),
    }


def _schema(check: Check, shared: dict[str, Schema]) -> Schema:
    """The schema of what a check takes; records go into ``shared`` under their names."""
    if isinstance(check, Record):
        return _shared(check, shared)
    if isinstance(check, Tagged):
        return {"oneOf": [_shared(one, shared) for one in check.records.values()]}
    if isinstance(check, Listing):
        found: Schema = {"type": "array", "items": _schema(check.entry, shared), "maxItems": check.most}
        return found | ({"minItems": check.least} if check.least else {})
    if isinstance(check, Mapped):
        return {
            "type": "object",
            "propertyNames": _schema(check.name, shared),
            "additionalProperties": _schema(check.entry, shared),
            "maxProperties": check.most,
        }
    if isinstance(check, Choice):
        return {"enum": [one.value for one in check.words]}
    if isinstance(check, Number):
        return {"type": "number", "minimum": check.least, "maximum": check.most}
    if isinstance(check, Whole):
        return {"type": "integer", "minimum": check.least, "maximum": check.most}
    if isinstance(check, Flag):
        return {"type": "boolean"}
    if isinstance(check, Shaped):
        return {"type": "string", "pattern": check.pattern}
    if isinstance(check, FontName):
        shouted = {"pattern": "^(?=.*[A-F])[0-9A-Fa-f]{64}$"}
        return {**_schema(check.text, shared), "not": shouted}
    if isinstance(check, RecipeSetId):
        return _schema(check.text, shared)
    if isinstance(check, Text):
        control = _CONTROL_BUT_LINES if check.lines else _CONTROL
        pattern = rf"^[^{control}]*\S[^{control}]*$"
        return {"type": "string", "minLength": 1, "maxLength": check.most, "pattern": pattern}
    raise TypeError(f"{type(check).__name__} has no schema")


def _shared(record: Record, shared: dict[str, Schema]) -> Schema:
    name = record.value.__name__
    if name not in shared:
        shared[name] = {}  # stands there before its parts are made
        shared[name] = _record(record, shared)
    return {"$ref": f"#/$defs/{name}"}


def _record(record: Record, shared: dict[str, Schema]) -> Schema:
    name = record.value.__name__
    properties: dict[str, Schema] = {}
    required: list[str] = []
    tag = record.value.__struct_config__.tag
    if tag is not None:
        properties["type"] = {"const": tag}
        required.append("type")
    for field in fields_of(record.value):
        member = _schema(record.members[field.encode_name], shared)
        if field.required and f"{name}.{field.encode_name}" not in FROM_THE_PATH:
            required.append(field.encode_name)
        elif not field.required:
            member = _optional(member, field)
        properties[field.encode_name] = {"description": MEMBERS[name][field.encode_name], **member}
    return {"type": "object", "description": RECORDS[name], "properties": properties, "required": required}


def _optional(member: Schema, field: msgspec.structs.FieldInfo) -> Schema:
    """Null and empty text are as good as absent."""
    default = msgspec.to_builtins(default_of(field))
    found: Schema = {"anyOf": [member, {"type": "null"}]}
    return found if default is None else found | {"default": default}
