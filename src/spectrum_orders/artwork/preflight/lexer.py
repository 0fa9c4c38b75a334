"""Reads a PDF content stream: operators with their operands, in order, from any bytes at all.

What only draws a path is passed over by one regular expression, because preflight asks for colours,
pictures, lines and letters: 3 MB of contents are read in 0.1 s that way, in no memory of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spectrum_orders.artwork.preflight.bounds import TooComplexError

Operand = float | str | bytes | list["Operand"]
"""A number, a name (with its slash), a text's bytes, or an array. Dictionaries are flat arrays."""

MOST_TOKENS = 2_000_000
"""Of one file, each form as often as it looks different: three to five seconds. Drawings of a megabyte
have 200 000."""

FARTHEST = 1e7
"""No length in a PDF is larger; a larger number is a mistake or an attempt, and cut down to this."""

_WHITE = rb"\0\t\n\f\r "
_NUMBER = rb"[-+.0-9]++"
# Quantifiers are possessive and a path's operands counted: nothing is tried more than a few times, so that
# reading takes linear time whatever the bytes are.
_TOKEN = re.compile(
    rb"""
      (?P<white>[%(w)s]++)
    | (?P<path>(?:(?:%(n)s[%(w)s]++){0,6}+(?:[mlcvyhn]|re|W\*?|[jJMi])[%(w)s]++)++)
    | (?P<plain>(?:%(n)s[%(w)s]++){0,6}+[A-Za-z][A-Za-z0-9*]*+[%(w)s]++)
    | (?P<number>%(n)s)[%(w)s]*+
    | (?P<name>/[^%(w)s()<>\[\]{}/%%]*+)[%(w)s]*+
    | (?P<word>[A-Za-z'"][A-Za-z0-9*'"]*+)[%(w)s]?+
    | (?P<open>\[|<<)
    | (?P<close>\]|>>)
    | (?P<hex><[^>]*+>?)
    | (?P<text>\()
    | (?P<comment>%%[^\r\n]*+)
    """
    % {b"w": _WHITE, b"n": _NUMBER},
    re.VERBOSE,
)
_PAREN = re.compile(rb"(?:[^()\\]++|\\.)*+([()])", re.DOTALL)
# Pixels may look like the end, so what follows it must look like contents: a few plain letters.
_IMAGE_END = re.compile(rb"[%s]EI(?=\Z|[%s](?:[\t\n\r -~]{12}|[\t\n\r -~]{0,11}\Z))" % (_WHITE, _WHITE))
_MOST_OPERANDS = 64
_DEEPEST = 16
# Of a long array only the fact that it is not empty matters.
_MOST_KEPT = 4096


class Lexer:
    """One content stream. ``broken`` tells afterwards whether something in it was no PDF; ``tokens``
    counts what was read, and beyond ``MOST_TOKENS`` it raises TooComplexError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.broken = False
        self.tokens = 0

    def __iter__(self) -> Iterator[tuple[str, list[Operand]]]:
        """Operators with their operands; an inline picture is ``BI`` with its dictionary as a flat array."""
        data, match = self._data, _TOKEN.match
        operands: list[Operand] = []
        levels: list[list[Operand]] = [operands]
        end = len(data)
        while self._at < end:
            found = match(data, self._at)
            kind = None
            if found is not None:
                self._at = found.end()
                kind = found.lastgroup
                if kind == "white":
                    continue
            self.tokens += 1
            if self.tokens > MOST_TOKENS:
                raise TooComplexError(f"page contents of more than {MOST_TOKENS:,} parts")
            if found is None:
                self.broken = True
                self._at += 1
                continue
            here = levels[-1]
            if len(here) >= _MOST_KEPT:
                del here[1:]
            if kind == "number":
                # An operator was looked for behind it first, which took as long again.
                self.tokens += 1
                here.append(_number(found[kind]))
            elif kind in ("word", "plain"):
                # Numbers and an operator are most of what there is, and are read at once.
                *before, last = found[0].replace(b"\0", b" ").split()
                here.extend(map(_number, before))
                self.tokens += len(before) // 2
                word = last.decode("latin-1")
                if word in _VALUES:
                    here.append(_VALUES[word])
                    continue
                if len(levels) > 1:
                    # An array that was never closed; the reader at the press will begin anew as well.
                    self.broken = True
                    del levels[1:]
                if word == "BI":
                    operands.clear()
                    continue
                if word == "ID":
                    # Pixels begin after a single white space, and may be white spaces themselves.
                    self._at = found.start() + found[0].rindex(b"ID") + 2
                    self._skip_image()
                    word = "BI"
                yield word, operands[-_MOST_OPERANDS:]
                operands.clear()
            elif kind == "path":
                operands.clear()
            elif kind == "name":
                here.append(_named(found[kind]))
            elif kind == "text":
                here.append(self._text())
            elif kind == "hex":
                here.append(found[0][1:-1])
            elif kind == "open":
                self._open(levels)
            elif kind == "close":
                if len(levels) > 1:
                    levels.pop()
                else:
                    self.broken = True
        if len(levels) > 1:
            self.broken = True

    def _open(self, levels: list[list[Operand]]) -> None:
        if len(levels) >= _DEEPEST:
            self.broken = True
            return
        inner: list[Operand] = []
        levels[-1].append(inner)
        levels.append(inner)

    def _text(self) -> bytes:
        """What stands between brackets, which may be nested; the opening one has been read."""
        start, depth = self._at, 1
        for found in _PAREN.finditer(self._data, start):
            self.tokens += 1
            depth += 1 if found[1] == b"(" else -1
            if depth == 0:
                self._at = found.end()
                return self._data[start : self._at - 1]
            if self.tokens > MOST_TOKENS:
                break
        self.broken = True
        self._at = len(self._data)
        return self._data[start:]

    def _skip_image(self) -> None:
        found = _IMAGE_END.search(self._data, self._at)
        if found is None:
            self.broken = True
        self._at = found.end() if found else len(self._data)


_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


def _named(name: bytes) -> str:
    if b"#" in name:
        name = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), name)
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")


_VALUES: dict[str, Operand] = {"true": 1.0, "false": 0.0, "null": 0.0}


def _number(text: bytes) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return max(-FARTHEST, min(FARTHEST, value))
