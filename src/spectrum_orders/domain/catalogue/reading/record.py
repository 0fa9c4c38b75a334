"""Objects with known members, read into the values of the catalogue."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import msgspec

from spectrum_orders.domain.checks import Check, blank
from spectrum_orders.domain.reading import Reading, kind, token

Values = dict[str, Any]
"""Values of an object's members, by attribute."""

Rule = Callable[[Values, str, Reading], None]
"""Looks at an object and notes problems. What was not sent has its default; what is broken is missing."""

Guess = Callable[[Values], None]
"""Adds to what was sent what follows from it, where a default would not fit."""


@functools.cache
def fields_of(value: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a struct. To find them out costs more than to read a whole object."""
    return msgspec.structs.fields(value)


class Record(msgspec.Struct, frozen=True):
    """An object that becomes ``value``, a frozen struct; which members are required is the struct's say.

    Null and empty text count as not sent, and so does an optional text that shows nothing. Unknown
    members are named in warnings.
    """

    value: type[msgspec.Struct]
    members: dict[str, Check]
    rules: tuple[Rule, ...] = ()
    guess: Guess | None = None
    tag: str | None = None
    """The member that told which record it is, known but not read here."""

    def read(self, value: object, at: str, reading: Reading) -> Any:
        if not isinstance(value, dict):
            reading.problem(at, "wrong-type", f"An object was wanted, {kind(value)} was sent.")
            return None
        self._name_unknown(value, at, reading)
        seen: Values = {}
        defaults: Values = {}
        whole = True
        for field in fields_of(self.value):
            name = field.encode_name
            below = f"{at}/{name}"
            sent = value.get(name)
            if not field.required and isinstance(sent, str) and sent and blank(sent):
                reading.warn(below, "blank", "The text shows nothing; it counts as not sent.")
                sent = None
            if sent is not None and sent != "":
                found = self.members[name].read(sent, below, reading)
                if found is None:
                    whole = False
                else:
                    seen[field.name] = found
            elif field.required:
                reading.problem(below, "missing", f"{name} is required.")
                whole = False
            else:
                defaults[field.name] = default_of(field)
        if self.guess is not None:
            self.guess(seen)
        seen = {**defaults, **seen}
        for rule in self.rules:
            rule(seen, at, reading)
        return self.value(**seen) if whole else None

    def _name_unknown(self, value: dict[str, object], at: str, reading: Reading) -> None:
        for name in value:
            if name not in self.members and name != self.tag:
                meant = next((one for one in self.members if one.lower() == name.lower()), None)
                hint = f"; did you mean {meant}?" if meant else "."
                reading.warn(
                    f"{at}/{token(name)}",
                    "unknown-member",
                    f"The member is not known; it was not stored{hint}",
                )


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    """What the struct holds where nothing was sent."""
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()


class Tagged(msgspec.Struct, frozen=True):
    """An object that is one of several records, as the word in its member ``type`` says."""

    records: dict[str, Record]

    def read(self, value: object, at: str, reading: Reading) -> Any:
        wanted = ", ".join(self.records)
        if not isinstance(value, dict):
            reading.problem(at, "wrong-type", f"An object was wanted, {kind(value)} was sent.")
            return None
        word = value.get("type")
        if word is None or word == "":
            reading.problem(f"{at}/type", "missing", f"type is required: one of {wanted}.")
        elif not isinstance(word, str):
            reading.problem(f"{at}/type", "wrong-type", f"One of {wanted} was wanted, {kind(word)} was sent.")
        elif word.lower() not in self.records:
            reading.problem(
                f"{at}/type", "unknown-value", f"One of {wanted} was wanted, another text was sent."
            )
        else:
            return self.records[word.lower()].read(value, at, reading)
        return None


def tagged(*records: Record) -> Tagged:
    """The records under the words that their values are tagged with."""
    found = {}
    for record in records:
        tag = record.value.__struct_config__.tag
        if not isinstance(tag, str):
            raise TypeError(f"{record.value.__name__} has no tag.")
        found[tag] = msgspec.structs.replace(record, tag="type")
    return Tagged(found)
