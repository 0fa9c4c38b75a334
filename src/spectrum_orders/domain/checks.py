"""How one member is read: checks as values, each with its limits in sight.

A check takes a JSON value that was sent (never null or empty text), notes what is wrong with
it, and returns the value as the house keeps it, or ``None`` when it cannot be kept. The typed
and the plain road call the same checks, so that they cannot disagree about a rule.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Protocol

import msgspec

from spectrum_orders.domain import instants
from spectrum_orders.domain.reading import Reading, kind, token

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Control characters (category Cc) and lone surrogates, which neither UTF-8 nor PostgreSQL can hold.

_INVISIBLE = frozenset(("Zs", "Zl", "Zp", "Cf"))
_USUAL_RECIPE_SET_ID = re.compile(r"[A-Z0-9]{8}").fullmatch
_LONGEST_NUMBER = 1_024
"""Bits, 309 digits: beyond it a number is nobody's identifier, and str() of it grows quadratic."""
_encode = msgspec.json.Encoder(order="sorted").encode


class Check(Protocol):
    """Reads one member. ``at`` is its JSON Pointer."""

    def read(self, value: object, at: str, reading: Reading) -> Any: ...


class Text(msgspec.Struct, frozen=True):
    """A text of 1 to ``most`` characters (code points), some of them visible, kept as sent.

    ``lines``: tabs and line ends may stand in it. ``name``: it identifies something, so that
    white space around it deserves a warning. ``trims``: it is looked up by others under its bare
    name, so that white space around it is taken away, with that warning. A whole number is taken
    as its decimal digits.
    """

    most: int = 255
    lines: bool = False
    name: bool = False
    trims: bool = False

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        if type(value) is str:
            # Almost every text ends here: printable, and not blank because nothing is stripped.
            if 0 < len(value) <= self.most and value.isprintable() and value.strip() == value:
                return value
            return self._examine(value, at, reading)
        if type(value) is int:
            if value.bit_length() > _LONGEST_NUMBER:
                reading.problem(
                    at,
                    "too-long",
                    f"The number has too many digits, at most {self.most} characters may be sent.",
                )
                return None
            # An order is paid already and must not be lost over a missing pair of quotes.
            text = str(value)
            reading.warn(at, "number-as-text", "A number was sent, a text was wanted; its digits were taken.")
            return self._examine(text, at, reading)
        reading.problem(at, "wrong-type", f"A text was wanted, {kind(value)} was sent.")
        return None

    def _examine(self, sent: str, at: str, reading: Reading) -> str | None:
        text = sent.strip() if self.trims else sent
        if len(text) > self.most:
            reading.problem(
                at, "too-long", f"The text has {len(text)} characters, at most {self.most} may be sent."
            )
            return None
        control = (_CONTROL_BUT_LINES if self.lines else _CONTROL).search(sent)
        if control:
            found = f"U+{ord(control.group()):04X}"
            reading.problem(at, "control-character", f"The text holds the control character {found}.")
            return None
        if blank(text):
            reading.problem(at, "blank", "The text shows nothing, at least one visible character was wanted.")
            return None
        if text != sent:
            reading.warn(
                at, "surrounding-space", "The text began or ended with white space, which was taken away."
            )
        elif self.name and text.strip() != text:
            reading.warn(at, "surrounding-space", "The text begins or ends with white space; it was kept.")
        return text


def blank(text: str) -> bool:
    """Nothing can be seen of it: empty, white space, or invisible format characters."""
    rest = text.strip()
    # Looked at one by one only up to the first visible character, and never beyond the longest
    # text that any member may have: a longer one is refused for its length.
    return all(unicodedata.category(character) in _INVISIBLE for character in rest[:10_001])


class RecipeSetId(msgspec.Struct, frozen=True):
    """A recipe set's readable id: 1 to 64 visible characters, usually 8 capitals and digits.

    Trimmed, because a factory asks for the id and not for the space that a sheet left behind it.
    """

    text: Text = Text(64, trims=True)

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        text = self.text.read(value, at, reading)
        if text is not None and _USUAL_RECIPE_SET_ID(text) is None:
            reading.warn(
                at, "unusual-recipe-set-id", "8 upper-case letters and digits are usual; the id was kept."
            )
        return text


class Email(msgspec.Struct, frozen=True):
    """An e-mail address, not examined further: only its owner's mail server can. 320 = 64 + @ + 255."""

    text: Text = Text(320)

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        text = self.text.read(value, at, reading)
        if text is not None and "@" not in text:
            reading.warn(at, "unusual-email", "The e-mail address has no at sign; it was kept.")
        return text


class Instant(msgspec.Struct, frozen=True):
    """An ISO 8601 date or date-time (see ``instants``), kept as microseconds since 1970, UTC."""

    def read(self, value: object, at: str, reading: Reading) -> int | None:
        if type(value) is not str:
            reading.problem(at, "wrong-type", f"An ISO 8601 date was wanted, {kind(value)} was sent.")
            return None
        found = instants.parse(value, reading.zone)
        if found is None:
            reading.problem(
                at,
                "not-a-date",
                "The text is no ISO 8601 date of the years 1970 to 2999, such as 2022-01-31T13:15:05-05:00.",
            )
            return None
        microseconds, floating = found
        if floating:
            reading.warn(
                at,
                "no-offset",
                f"The date has no UTC offset; it was read in the time zone {reading.zone.key}.",
            )
        return microseconds


class Date(msgspec.Struct, frozen=True):
    """The same, kept as the text that was sent."""

    instant: Instant = Instant()

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        return str(value) if self.instant.read(value, at, reading) is not None else None


class Whole(msgspec.Struct, frozen=True):
    """A whole number from ``least`` to ``most``, sent as a number or as a text of digits."""

    least: int = 1
    most: int = 1_000_000

    def read(self, value: object, at: str, reading: Reading) -> int | None:
        number: int
        if type(value) is int:
            number = value
        elif type(value) is str:
            if not (value.isascii() and value.isdigit()):
                reading.problem(at, "not-whole", "The text is not a whole number in digits.")
                return None
            # int() of thousands of digits costs quadratic time; 20 are out of range anyway.
            number = int(value.lstrip("0")[:20] or "0")
        elif type(value) is float:
            if not value.is_integer():
                reading.problem(at, "not-whole", "A whole number was wanted, a fraction was sent.")
                return None
            number = int(value)
        else:
            reading.problem(at, "wrong-type", f"A whole number was wanted, {kind(value)} was sent.")
            return None
        if self.least <= number <= self.most:
            return number
        reading.problem(at, "out-of-range", f"The number is not in the range {self.least} to {self.most}.")
        return None


class Word(msgspec.Struct, frozen=True):
    """One of a few words, sent in any case, or as its number, or as that number in a text."""

    words: dict[str, int]

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        if type(value) is str:
            lower = value.lower()
            for word, number in self.words.items():
                if lower in (word, str(number)):
                    return word
        elif type(value) is int or type(value) is float:
            for word, number in self.words.items():
                if value == number:
                    return word
        else:
            reading.problem(at, "wrong-type", f"{self._wanted()} was wanted, {kind(value)} was sent.")
            return None
        reading.problem(
            at, "unknown-value", f"{self._wanted()} was wanted, another {kind(value)[2:]} was sent."
        )
        return None

    def _wanted(self) -> str:
        return "One of " + ", ".join(f"{word} ({number})" for word, number in self.words.items())


class Texts(msgspec.Struct, frozen=True):
    """A text, or a list of up to ``most`` texts; empty entries count as not sent."""

    text: Text = Text()
    most: int = 100

    def read(self, value: object, at: str, reading: Reading) -> tuple[str, ...] | None:
        if type(value) is not list:
            only = self.text.read(value, at, reading)
            return None if only is None else (only,)
        if len(value) > self.most:
            reading.problem(
                at, "too-many", f"The list has {len(value)} entries, at most {self.most} may be sent."
            )
            return None
        texts = []
        for index, entry in enumerate(value):
            below = f"{at}/{index}"
            text = None if given(entry, below, reading) is None else self.text.read(entry, below, reading)
            if text is not None:
                texts.append(text)
        return tuple(texts) or None


class Contact(msgspec.Struct, frozen=True):
    """A text, or a flat object of texts, which is kept as its canonical JSON (sorted, compact)."""

    text: Text = Text(2_000, lines=True)
    key: Text = Text(255)

    def read(self, value: object, at: str, reading: Reading) -> str | None:
        if not isinstance(value, dict):
            return self.text.read(value, at, reading)
        kept: dict[str, str] = {}
        for name, entry in value.items():
            below = f"{at}/{token(name)}"
            if given(entry, below, reading) is None:
                continue
            text = self.text.read(entry, below, reading)
            if self.key.read(name, below, reading) is not None and text is not None:
                kept[name] = text
        if not kept:
            return None
        whole = _encode(kept).decode()
        if len(whole) > self.text.most:
            reading.problem(
                at,
                "too-long",
                f"The object has {len(whole)} characters as JSON, at most {self.text.most} may be sent.",
            )
            return None
        return whole


def given(value: object, at: str, reading: Reading) -> object:
    """An optional member's value; ``None`` when it counts as not sent: absent, null, empty or blank.

    A blank text leaves a warning, so that nothing that was sent vanishes silently.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and not value[0].isalnum() and blank(value):
        reading.warn(at, "blank", "The text shows nothing; it counts as not sent.")
        return None
    return value
