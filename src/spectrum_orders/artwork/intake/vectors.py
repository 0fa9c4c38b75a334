"""Uploaded SVGs: drawings only. Nothing in them runs, reaches out, or is more than it seems."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from xml.parsers import expat

from spectrum_orders.artwork.intake import images
from spectrum_orders.artwork.intake.verdict import refused

_MOST_BYTES = 64 << 20
_MOST_ELEMENTS = 500_000
_DEEPEST = 200
_MOST_PIXELS = 100_000_000
# What runs, moves, plays, or holds another document.
_FORBIDDEN = {
    "script", "handler", "listener", "foreignObject", "iframe", "embed", "object", "audio", "video", "canvas",
    "animate", "animateColor", "animateMotion", "animateTransform", "set", "discard", "tref", "a",
}  # fmt: skip
_STANDARD = re.compile(r"-//W3C//DTD SVG [\w .]{1,40}//EN https?://www\.w3\.org/[\w./-]{1,100}")
_DATA = re.compile(r"data:image/(?:png|jpe?g|webp)\s*;\s*base64\s*,", re.IGNORECASE)
_URL = re.compile(r"url\(\s*['\"]?\s*([^'\")]*)", re.IGNORECASE)
_LENGTH = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(px|mm|cm|in|pt|pc|q)?\s*", re.IGNORECASE)
# CSS pixels are 96 to an inch.
_MM = {"px": 25.4 / 96, "mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "q": 0.25}


def look(data: bytes) -> dict[str, Any]:
    """Size, number of elements, and whether it has text or pictures.

    Raises:
        Invalid: not well-formed, too large, or with a document type of its own, entity, script, animation
            or reference to something outside of itself.
    """
    if len(data) > _MOST_BYTES:
        raise refused(
            "svg", f"The SVG has more than {_MOST_BYTES >> 20} MB.", "Embed smaller pictures in it."
        )
    reader = _Reader()
    try:
        reader.parse(data)
    except expat.ExpatError as error:
        raise refused(
            "svg", "The SVG is not well-formed XML.", "Export it again and upload it whole."
        ) from error
    return reader.facts


class _Reader:
    def __init__(self) -> None:
        self.facts: dict[str, Any] = {"elements": 0, "text": False, "pictures": 0}
        self._pixels = 0
        self._depth = 0
        self._style: list[str] | None = None
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._entity
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser

    def parse(self, data: bytes) -> None:
        self._parser.Parse(data, True)

    def _doctype(self, _: str, system: str | None, public: str | None, has_own: bool) -> None:
        # Drawing programs name the standard's own, which says nothing about this drawing, and which nobody
        # here fetches. What a drawing declares by itself may hide anything.
        if has_own or system is None or not _STANDARD.fullmatch(f"{public} {system}"):
            self._entity()

    def _entity(self, *_: object) -> None:
        message = "The SVG has entities or a document type of its own, which can hide anything."
        mend = "Export it as plain SVG, in Illustrator without its editing capabilities."
        raise refused("svg", message, mend)

    def _instruction(self, *_: object) -> None:
        # A style sheet may be named in one.
        raise refused("svg", "The SVG has a processing instruction.", "Export it as plain SVG.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self.facts["elements"] += 1
        if self._depth > _DEEPEST or self.facts["elements"] > _MOST_ELEMENTS:
            message = (
                f"The SVG has more than {_MOST_ELEMENTS:,} elements, or more than {_DEEPEST} in each other."
            )
            raise refused("svg", message, "Flatten or simplify the drawing.")
        space, _, local = name.rpartition(" ")
        if self._depth == 1:
            if local != "svg" or space not in ("", "http://www.w3.org/2000/svg"):
                raise refused("svg", "The file is XML, and no SVG.", "Export it as SVG.")
            self._measure(attributes)
        if local in _FORBIDDEN:
            message = "The SVG has a script, a link, an animation, or another document in it."
            raise refused("script", message, "Export it for print: shapes, text and embedded pictures only.")
        if local in ("text", "tspan", "textPath"):
            self.facts["text"] = True
        if local == "style":
            self._style = []
        for key, value in attributes.items():
            self._attribute(key.rpartition(" ")[2], value)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._style is not None and name.rpartition(" ")[2] == "style":
            _check_style("".join(self._style))
            self._style = None

    def _text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)

    def _attribute(self, name: str, value: str) -> None:
        if name.lower().startswith("on"):
            message = "The SVG has a script."
            raise refused("script", message, "Export it for print: shapes, text and embedded pictures only.")
        if name == "base":
            raise _outside()
        if name in ("href", "src"):
            self._reference(value.strip())
        elif "(" in value or "\\" in value or "@" in value:
            _check_style(value)

    def _reference(self, value: str) -> None:
        if value.startswith("#") or not value:
            return
        found = _DATA.match(value)
        if found is None:
            raise _outside()
        try:
            picture = base64.b64decode("".join(value[found.end() :].split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise refused("svg", "A picture in the SVG is damaged.", "Export it again.") from error
        facts = images.look(picture)
        self.facts["pictures"] += 1
        self._pixels += facts["widthPixels"] * facts["heightPixels"]
        if self._pixels > _MOST_PIXELS:
            message = (
                f"The SVG's pictures have more than {_MOST_PIXELS // 1_000_000} million pixels together."
            )
            raise refused("svg", message, "Embed smaller pictures in it.")

    def _measure(self, attributes: dict[str, str]) -> None:
        for side in ("width", "height"):
            found = _LENGTH.fullmatch(attributes.get(side, ""))
            if found:
                self.facts[f"{side}Mm"] = round(float(found[1]) * _MM[(found[2] or "px").lower()], 2)


def _check_style(text: str) -> None:
    # An escape could spell any of the words below in another way.
    if "\\" in text or "@import" in text.lower() or "expression(" in text.lower():
        raise _outside()
    if any(not target.strip().startswith("#") for target in _URL.findall(text)):
        raise _outside()


def _outside() -> Exception:
    message = "The SVG refers to something outside of itself."
    return refused("external-content", message, "Embed pictures as data, and turn texts into outlines.")
