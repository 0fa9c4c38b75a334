"""What verbs print: tables for people, JSON for programs, notes on standard error."""

from __future__ import annotations

import itertools
import json
import os
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

import click

NARROWEST = 4
"""Columns that a column of a table keeps on a narrow terminal."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def say(text: str) -> None:
    """A note to the person, on standard error."""
    click.echo(text, err=True)


def show_json(value: Any) -> None:
    """``value`` as indented JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def show_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with aligned columns on standard output; the headings alone when there are no rows.

    On a terminal that is too narrow cells go on in further lines; those of the first column, by
    which a row is named, are never broken. For a file or a pipe a row is always one line.
    """
    lines = [tuple(headings), *(tuple(visible(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    room = columns(sys.stdout)
    if room is not None:
        widths = _narrowed(lines, widths, room - 2 * (len(widths) - 1))
    for line in lines:
        cells = [_wrapped(cell, width) for cell, width in zip(line, widths, strict=True)]
        for pieces in itertools.zip_longest(*cells, fillvalue=""):
            aligned = (piece.ljust(width) for piece, width in zip(pieces, widths, strict=True))
            click.echo("  ".join(aligned).rstrip())


def folded(text: str, stream: TextIO, hang: int = 0) -> str:
    """``text`` in lines that fit the terminal ``stream`` is, ``hang`` spaces before all but the first.

    Unchanged for a file or a pipe, whose reader may look for a sentence as a whole.
    """
    room = columns(stream)
    if room is None or len(text) <= room:
        return text
    return ("\n" + " " * hang).join(_wrapped(text, max(room - hang, NARROWEST), whole_words=True))


def columns(stream: TextIO) -> int | None:
    """The width of the terminal that ``stream`` is; ``None`` when it is none."""
    if not stream.isatty():
        return None
    # A terminal that was never told its size says 0.
    return os.get_terminal_size(stream.fileno()).columns or 80


def _narrowed(lines: Sequence[Sequence[str]], widths: list[int], room: int) -> list[int]:
    """``widths`` made smaller until they fit ``room``: first where words need not be broken."""
    longest = [
        max((len(word) for line in lines for word in line[column].split()), default=0)
        for column in range(len(widths))
    ]
    longest[0] = widths[0]
    kept, floor = list(widths), longest
    while sum(kept) > room:
        column = max(range(len(kept)), key=lambda at: kept[at] if kept[at] > floor[at] else -1)
        if kept[column] > floor[column]:
            kept[column] -= 1
        elif floor is longest:
            floor = [widths[0], *(min(width, NARROWEST) for width in widths[1:])]
        else:
            break
    return kept


def _wrapped(text: str, width: int, *, whole_words: bool = False) -> list[str]:
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_long_words=not whole_words, break_on_hyphens=False) or [""]


def visible(text: str) -> str:
    """``text`` without control characters, which could rewrite the terminal it is printed on."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) == "Cc" else char for char in text
    )


def instant(microseconds: int | None) -> str | None:
    """Microseconds since the Unix epoch as ISO 8601 in UTC, to the second; ``None`` stays ``None``."""
    if microseconds is None:
        return None
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def count(number: int, noun: str) -> str:
    """``1 order``, ``2,000 orders``: for nouns with an s in the plural."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
