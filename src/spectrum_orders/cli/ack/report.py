"""What became of the orders: a bar while they go, their counts, and why any were refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.errors import SpectrumError

MOST_SHOWN = 20
"""Refused orders that are listed for people; ``--json`` gives all of them."""

MOST_REASONS = 3


class Report:
    """Takes results as they come."""

    def __init__(self, *, as_json: bool, dry_run: bool, bar: bool) -> None:
        self._as_json = as_json
        self._dry_run = dry_run
        self._bar = bar
        self._step: Callable[[], object] = lambda: None
        self.acknowledged = self.duplicates = self.identical = self.rejected = self.warned = 0
        self._refused: list[tuple[str, ...]] = []

    @property
    def total(self) -> int:
        """Results that came."""
        return self.acknowledged + self.duplicates + self.rejected

    @contextmanager
    def progress(self, total: int | None) -> Iterator[None]:
        """Show a bar on standard error while the block runs, on a terminal only."""
        if not self._bar:
            yield
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("answered"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=total)
            self._step = lambda: bar.advance(task)
            yield

    def add(self, result: dict[str, Any]) -> None:
        """Count one result, and keep or print it."""
        self._step()
        if self._as_json:
            click.echo(json.dumps(result, ensure_ascii=False))
        status = result.get("httpStatus")
        if status == 200:
            self.acknowledged += 1
            self.warned += bool(result.get("warnings"))
            return
        if status == 409:
            self.duplicates += 1
            self.identical += result.get("identical") is True
        else:
            self.rejected += 1
        if len(self._refused) < MOST_SHOWN:
            number = str(result.get("purchaseOrderNumber", "?"))
            self._refused.append((str(result.get("index", "?")), number, str(status), reason(result)))

    def close(self, *, whole: bool = True) -> int:
        """Print what it came to; the exit code, 0 when every order is stored as it was sent.

        ``whole``: every order got its result.
        """
        refused = self.duplicates + self.rejected
        if self._as_json:
            counts = {
                "acknowledged": self.acknowledged,
                "duplicates": self.duplicates,
                "rejected": self.rejected,
            }
            click.echo(json.dumps({"counts": counts, "allSuccessful": whole and not refused}))
            return self._code
        if self._refused:
            _show_refused(self._refused)
            if refused > len(self._refused):
                click.echo(f"… and {refused - len(self._refused):,} more; --json prints every result.")
            click.echo()
        click.echo(self._summary())
        if self.warned:
            click.echo(f"{self.warned:,} of them with warnings; --json prints these.")
        return self._code

    @property
    def _code(self) -> int:
        return 1 if self.rejected or self.identical < self.duplicates else 0

    def _summary(self) -> str:
        would, end = ("would be ", "; nothing was stored") if self._dry_run else ("", "")
        there = f"{self.duplicates:,} already there"
        if self.duplicates:
            some = "identical" if self.duplicates == 1 else "all identical"
            if self.identical < self.duplicates:
                some = f"{self.identical:,} identical" if self.identical else "not identical"
            there += f" ({some})"
        return (
            f"{terminal.count(self.total, 'order')}: {self.acknowledged:,} {would}acknowledged, {there}, "
            f"{self.rejected:,} {would}rejected{end}."
        )


def reason(result: dict[str, Any], most: int = MOST_REASONS) -> str:
    """Why one order was refused, in words; of several reasons at most ``most``, one a line."""
    if result.get("httpStatus") == 409 and "identical" in result:
        if result["identical"]:
            return "already acknowledged, identical"
        return "already acknowledged, differs at " + _some(result.get("differences", ()), most)
    problems = [f"{each.get('pointer')}: {each.get('message')}" for each in result.get("errors", ())]
    return (
        _some(problems, most) if problems else str(result.get("detail") or result.get("error") or "not said")
    )


def show_one(answer: dict[str, Any], *, as_json: bool) -> None:
    """Print the answer to one order that was taken."""
    if as_json:
        terminal.show_json(answer)
        return
    number = terminal.visible(str(answer.get("purchaseOrderNumber")))
    if answer.get("dryRun"):
        click.echo(f"{number} would be acknowledged; nothing was stored.")
    else:
        click.echo(f"{number} is acknowledged, receipt {terminal.visible(str(answer.get('receiptId')))}.")
    for warning in answer.get("warnings", ()):
        terminal.say(terminal.visible(f"Warning: {warning.get('pointer')}: {warning.get('message')}"))


def show_refusal(error: SpectrumError, *, as_json: bool) -> int:
    """Print why the one order was refused; the exit code, 0 when it is stored just as it was sent."""
    identical = error.status == 409 and error.extra.get("identical") is True
    if as_json:
        terminal.show_json(error.extra)
        return 0 if identical else 1
    number = error.extra.get("purchaseOrderNumber")
    if identical:
        receipt = error.extra.get("receiptId")
        proof = f", receipt {receipt}" if receipt else ""
        click.echo(terminal.visible(f"{number} is already acknowledged, identical{proof}."))
        return 0
    lines = [error.message if number is None else f"{number}: {error.message}"]
    why = reason({**error.extra, "httpStatus": error.status}, most=100)
    if why != error.message:
        lines += [f"  {line}" for line in why.split("\n")]
    terminal.say("Error: " + "\n".join(terminal.visible(line) for line in lines))
    return 1


def _show_refused(rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("INDEX", "PURCHASE ORDER", "STATUS", "REASON"):
        table.add_column(heading, overflow="fold", header_style="bold")
    for row in rows:
        table.add_row(*(Text("\n".join(terminal.visible(line) for line in cell.split("\n"))) for cell in row))
    console = Console(highlight=False)
    with console.capture() as drawn:
        console.print(table)
    for line in drawn.get().splitlines():
        click.echo(line.rstrip())


def _some(texts: Sequence[object], most: int) -> str:
    rest = len(texts) - most
    return "\n".join([str(text) for text in texts[:most]] + ([f"… and {rest} more"] if rest > 0 else []))
