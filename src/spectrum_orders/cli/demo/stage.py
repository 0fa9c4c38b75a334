"""How the demo looks: chapters, requests, answers, and what was to be shown by them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from spectrum_orders.cli.demo.child import DemoFailed
from spectrum_orders.cli.demo.layout import lay_out
from spectrum_orders.client import Answer

WIDEST = 92
"""Columns that are used at most: longer lines are harder to read than wrapped ones."""

INDENT = 4


class Stage:
    """Writes to standard output; in colour only on a terminal, and not with NO_COLOR."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            # A terminal that knows no UTF-8 shows question marks; it is no reason to fail.
            with contextlib.suppress(AttributeError, ValueError):
                stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # as a rule it is a text file
        console = Console(highlight=False)
        self._console = Console(highlight=False, width=min(console.width, WIDEST))
        self._chapters = 0

    def title(self, text: str) -> None:
        """The first line."""
        self._console.print()
        self._console.print(Text(text, style="bold"))

    def chapter(self, text: str) -> None:
        """Begin the next chapter."""
        self._chapters += 1
        self._console.print()
        self._console.print(Rule(Text(f"{self._chapters}  {text}", style="bold"), align="left", style="cyan"))

    def say(self, text: str) -> None:
        """A sentence to the reader."""
        self._indent(Text(text), 0, hang=0)

    def show(self, text: str | Text) -> None:
        """Lines that may be copied: printed as they are, never wrapped."""
        self._console.print(Text(text) if isinstance(text, str) else text, soft_wrap=True)

    def proves(self, holds: bool, text: str, *, otherwise: str = "") -> None:
        """What the step was to show. Raises DemoFailed when it does not hold."""
        if not holds:
            raise DemoFailed(
                f"This was to be seen and was not: {text}" + (f" ({otherwise})" if otherwise else "")
            )
        self._console.print(Text.assemble(("ok  ", "bold green"), text))

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: Any = None, *, note: str = ""
    ) -> None:
        """A request as it is sent."""
        self._console.print()
        self._head(">", Text(f"{method} {path}", style="bold"), headers)
        if body is not None:
            self._json(body)
        if note:
            self._dim(note)

    def answer(
        self, answer: Answer, seconds: float, *, keep: Sequence[str] = (), headers: Sequence[str] = ()
    ) -> None:
        """An answer as it came; of its members only ``keep``, when given, and how many more there are."""
        colour = "green" if answer.status < 300 else "yellow"
        status = Text(f"{answer.status} {HTTPStatus(answer.status).phrase}", style=f"bold {colour}")
        status.append(f"   {seconds * 1000:.1f} ms", style="dim not bold")
        self._head("<", status, {name: answer.headers[name.lower()] for name in headers})
        body = answer.json()
        if not isinstance(body, dict) or not keep:
            self._json(body)
            return
        kept = {name: body[name] for name in keep if name in body}
        self._json(kept)
        rest = len(body) - len(kept)
        if rest:
            self._dim(f"… and {rest} more member{'' if rest == 1 else 's'}")

    def command(self, arguments: Sequence[str], output: str = "") -> None:
        """A command as a person types it, and what it said."""
        line = " ".join(arguments)
        if len(line) > self._console.width - INDENT:
            line = line.replace(" --", " \\\n--", 1)
        self._console.print()
        self._indent(Text.assemble(("$ ", "dim"), (line, "bold")), 2)
        said = Text(output)
        said.highlight_regex(r"(?m)^ok(?=  )", "green")
        said.highlight_regex(r"(?m)^(FAIL(?=  )|Error:)", "red")
        self._indent(said, INDENT)

    def track(self, steps: Iterable[Any], total: int, what: str) -> Iterable[Any]:
        """``steps`` as they come, with a bar that moves with them."""
        with Progress(
            TextColumn(f"  {what}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            console=self._console,
            refresh_per_second=20,
        ) as bar:
            task = bar.add_task(what, total=total)
            for step in steps:
                bar.advance(task)
                yield step

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names and values, one pair a line."""
        pairs = list(rows)
        column = max(len(name) for name, _ in pairs) + 2
        for name, value in pairs:
            self.show(Text.assemble("  ", (name.ljust(column), "dim"), value))

    def _head(self, sign: str, first: Text, headers: Mapping[str, str]) -> None:
        self._console.print(Text.assemble((f"  {sign} ", "cyan"), first))
        for name, value in headers.items():
            self._console.print(Text.assemble((f"  {sign} ", "cyan"), (f"{name}: ", "dim"), value))

    def _json(self, value: Any) -> None:
        # The terminal's own colours and background: what the reader chose is readable to the reader.
        paint = Syntax("", "json", theme="ansi_dark", background_color="default")
        self._indent(paint.highlight(lay_out(value, self._console.width - INDENT)), INDENT)

    def _dim(self, text: str) -> None:
        self._indent(Text(text, style="dim"), INDENT)

    def _indent(self, text: Text, indent: int, *, hang: int = 2) -> None:
        """Print ``text`` indented; a line that is too long goes on ``hang`` columns further right."""
        for line in text.split("\n"):
            lead = len(line.plain) - len(line.plain.lstrip())
            pieces = line[lead:].wrap(self._console, self._console.width - indent - lead - hang)
            for number, piece in enumerate(pieces):
                piece.rstrip()
                margin = " " * (indent + lead + (hang if number else 0))
                self._console.print(Text(margin) + piece, soft_wrap=True)
