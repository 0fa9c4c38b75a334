"""Texts for the eye: which characters cannot be told by looking, and which this sheet cannot draw."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import reportlab
import typst

from spectrum_orders.artwork.sheet.letters import code_point

FAMILIES = ("Bitstream Vera Sans", "DejaVu Sans Mono", "Libertinus Serif", "New Computer Modern")
"""What a sheet is set in: the first that has a character. From packages; never the machine's fonts."""

MISSING = "\u25a1"
"""Stands for a character that none of the fonts has."""

MOST = 48
"""Odd characters that are listed for one text; how many more there are is said."""

_RTL = frozenset({"R", "AL", "AN"})
_REFUSED = re.compile(r"the text `\"((?:[^\"\\]|\\.)*)\"` could not be displayed", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}

_compilers: list[typst.Compiler] = []
_known: dict[str, bool] = {}
_MOST_KNOWN = 20_000


def compiler() -> typst.Compiler:
    """The typesetter of this process, with its fonts read once."""
    if not _compilers:
        folder = Path(reportlab.__file__).parent / "fonts"
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder])
        _compilers.append(typst.Compiler(font_paths=fonts, ignore_system_fonts=True))
    return _compilers[0]


def undrawable(characters: str) -> set[str]:
    """Those characters that no font of the sheet has. Asks the typesetter once for each, then remembers."""
    fresh = {one for one in characters if one > "\x7e" and one not in _known}
    if len(_known) + len(fresh) > _MOST_KNOWN:
        _known.clear()
        fresh = {one for one in characters if one > "\x7e"}
    if fresh:
        refused = _refused(fresh)
        _known.update({one: one not in refused for one in fresh})
    return {one for one in characters if not _known.get(one, True)}


def _refused(characters: set[str]) -> set[str]:
    # An archive PDF may hold no character without a glyph, and the typesetter names each that would be.
    names = ", ".join(f'"{family}"' for family in FAMILIES)
    source = f'#set text(font: ({names}), fallback: false)\n#for c in sys.inputs.c.split("\\n") [#c \\ ]'
    try:
        compiler().compile(
            source.encode(),
            format="pdf",
            sys_inputs={"c": "\n".join(sorted(characters - {"\n"}))},
            pdf_standards="a-2b",
        )
    except typst.TypstError as error:
        said = "".join(_unescape(one) for one in _REFUSED.findall(error.diagnostic))
        return characters.intersection(said)
    return set()


def _unescape(text: str) -> str:
    return _ESCAPED.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else _PLAIN.get(match[2], match[2]), text
    )


def drawable(text: str) -> str:
    """``text`` with a box for what cannot be drawn; invisible controls are left out."""
    missing = undrawable(text)
    return "".join(
        MISSING if one in missing else one for one in text if unicodedata.category(one) != "Cc" or one == "\t"
    ).replace("\t", "    ")


def rightward(text: str) -> bool:
    """Whether the first letter with a direction runs from left to right; so does a text without one."""
    for one in text:
        kind = unicodedata.bidirectional(one)
        if kind == "L":
            return True
        if kind in _RTL:
            return False
    return True


def odd(text: str) -> list[str]:
    """The characters that a person may misread, each once, with code point, name and how often.

    Everything outside ASCII but Latin letters with accents: they look like what they are.
    """
    counts = Counter(one for one in text if one != "\n" and _odd(one))
    said: list[str] = []
    for one, times in counts.items():
        shown = "" if _invisible(one) else f"{drawable(one)} "
        often = f" ({times} times)" if times > 1 else ""
        said.append(f"{shown}{code_point(one)} {unicodedata.name(one, 'unnamed').lower()}{often}")
    if len(said) > MOST:
        return [*said[:MOST], f"and {len(said) - MOST} more"]
    return said


def _odd(one: str) -> bool:
    if one < "\x7f":
        return one < " "
    return not (unicodedata.category(one)[0] == "L" and unicodedata.name(one, "").startswith("LATIN"))


def _invisible(one: str) -> bool:
    return unicodedata.category(one)[0] in "CZM"
