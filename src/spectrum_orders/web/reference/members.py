"""Schemas as a person reads them: one row for each member."""

from __future__ import annotations

from typing import Any

import msgspec
from markupsafe import Markup

from spectrum_orders.web.reference.markup import inline

_REFERENCE = "#/components/schemas/"
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
}


class Member(msgspec.Struct, frozen=True):
    """One row."""

    name: str
    kind: Markup
    required: bool
    personal: bool
    description: Markup


class Table(msgspec.Struct, frozen=True):
    """One schema with its members."""

    name: str
    description: Markup
    base: Markup | None
    members: tuple[Member, ...]


def table(name: str, schema: dict[str, Any]) -> Table:
    """The rows of a named schema. What it takes over from others is said, not repeated."""
    own = schema
    base = None
    if "allOf" in schema and "properties" not in schema:
        taken = [part for part in schema["allOf"] if "properties" not in part]
        own = next((part for part in schema["allOf"] if "properties" in part), {})
        base = Markup(", ").join(kind(part) for part in taken)
    elif "anyOf" in schema:
        base = kind(schema)
    required = set(schema.get("x-required", own.get("required", ())))
    return Table(
        name,
        inline(schema.get("description", "")),
        base,
        tuple(
            Member(
                member,
                kind(part),
                member in required,
                bool(part.get("x-personal")),
                inline(part.get("description", "")),
            )
            for member, part in own.get("properties", {}).items()
        ),
    )


def kind(schema: dict[str, Any]) -> Markup:
    """What a value may be, in a few words, with links to what has a name."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REFERENCE)
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    if "enum" in schema:
        some = [value for value in schema["enum"] if value is not None]
        if len(some) > 12:
            return Markup("a code")
        return Markup(" · ").join(Markup("<code>{}</code>").format(value) for value in some)
    if "anyOf" in schema or "oneOf" in schema:
        several = schema.get("anyOf") or schema["oneOf"]
        some = [kind(part) for part in several if part.get("type") != "null"]
        return Markup(" or ").join(some)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if "array" in types:
        return Markup("list of {}").format(kind(schema.get("items", {})))
    words = " or ".join(_WORDS.get(word, word) for word in types if word != "null")
    return Markup("{}{}").format(words or "anything", _limits(schema))


def _limits(schema: dict[str, Any]) -> str:
    if "maximum" in schema:
        return f", {_grouped(schema['minimum'])} to {_grouped(schema['maximum'])}"
    if "maxLength" in schema:
        return f", up to {_grouped(schema['maxLength'])} characters"
    if schema.get("format") == "date-time":
        return ", an instant in UTC"
    pattern = schema.get("pattern", "")
    if pattern.startswith("^(19"):
        return ", ISO 8601"
    if pattern.startswith("^0{0,9}"):
        return " of digits"
    return ""


def _grouped(number: float) -> str:
    """Digits in groups of three, with narrow spaces that do not break."""
    number = int(number) if number == int(number) else number
    return f"{number:_}".replace("_", "\u202f")
