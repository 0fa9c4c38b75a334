"""What a run leaves: a table to read, the same as Markdown, and a JSON file."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.table import Table
from rich.text import Text

from bench.figures import Figure
from bench.lab import Options
from bench.machine import Machine

HEADINGS = ("scenario", "what", "median", "lowest, highest", "target", "")


class Document(msgspec.Struct, frozen=True):
    """The JSON file."""

    at: str
    machine: Machine
    options: Options
    figures: list[dict[str, object]]
    failures: dict[str, str]


def table(figures: Sequence[Figure]) -> Table:
    """The table for a terminal; yardsticks are dimmed, missed targets red."""
    drawn = Table(pad_edge=False)
    for heading in HEADINGS[1:]:
        number = heading in ("median", "target")
        drawn.add_column(heading, justify="right" if number else "left", no_wrap=heading != HEADINGS[1])
    scenario = ""
    for figure in figures:
        if figure.scenario != scenario:
            scenario = figure.scenario
            drawn.add_section()
            drawn.add_row(scenario, style="bold")
        _, *row, verdict = _row(figure)
        colour = {True: "green", False: "red", None: ""}[figure.met]
        drawn.add_row(*row, Text(verdict, colour), style="dim" if figure.yardstick else None)
    return drawn


def markdown(figures: Sequence[Figure]) -> str:
    """The table for docs/benchmarks.md."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|---|---|---:|---|---:|---|"]
    lines += [f"| {' | '.join(_row(figure))} |" for figure in figures]
    return "\n".join(lines)


def write(
    path: Path, machine: Machine, options: Options, figures: Sequence[Figure], failures: dict[str, str]
) -> None:
    """Write everything as JSON, every run's value included. Makes the folder."""
    document = Document(
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        machine,
        options,
        [{"median": figure.median, "met": figure.met, **msgspec.to_builtins(figure)} for figure in figures],
        failures,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2) + b"\n")


def _row(figure: Figure) -> tuple[str, ...]:
    name = f"{figure.name} ({figure.note})" if figure.note else figure.name
    target = figure.target
    aimed = verdict = ""
    if target is not None:
        aimed = f"{'≥' if target.sense == 'at least' else '≤'} {_number(target.value)}"
        verdict = "met" if figure.met else f"missed by {target.shortfall(figure.median):.0%}"
    spread = f"{_number(min(figure.values))}, {_number(max(figure.values))}"
    median = f"{_number(figure.median)} {figure.unit}".rstrip()
    return figure.scenario, name, median, spread, aimed, verdict


def _number(value: float) -> str:
    """Three digits that count, thousands apart, no zeros for show."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
