"""`python -m bench`: measure, print one table, write one JSON file."""

from __future__ import annotations

import signal
from pathlib import Path

import click
from rich.console import Console

from bench import machine, report
from bench.figures import Dishonest, Figure, Missing
from bench.lab import Lab, Options
from bench.scenarios import SCENARIOS
from spectrum_orders import log

RESULTS = Path(__file__).with_name("results") / "latest.json"
WIDTH = 120
"""Characters a line where the terminal does not say: in a file, a pipe, a build's log."""

NAMES = [scenario.name for scenario in SCENARIOS]


def _epilog() -> str:
    lines = "\n".join(f"  {scenario.name:18} {scenario.sentence}" for scenario in SCENARIOS)
    return f"\b\nScenarios:\n{lines}"


@click.command(epilog=_epilog())
@click.option("--only", multiple=True, type=click.Choice(NAMES), help="Measure only this; may be repeated.")
@click.option("--quick", is_flag=True, help="Leave out what stores millions of orders.")
@click.option("--seconds", default=10.0, show_default=True, help="How long each load lasts.")
@click.option("--runs", default=3, show_default=True, help="How often; medians are reported.")
@click.option("--orders", type=int, help="How many orders or rows, where a scenario takes a number.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the databases lie while they are measured. Default: a temporary folder on a disk.",
)
@click.option(
    "--json",
    "results",
    type=click.Path(dir_okay=False, path_type=Path),
    default=RESULTS,
    help="The JSON file.",
)
@click.option("--markdown", is_flag=True, help="Print the table as Markdown as well.")
@click.pass_context
def main(
    context: click.Context,
    only: tuple[str, ...],
    quick: bool,
    seconds: float,
    runs: int,
    orders: int | None,
    folder: Path | None,
    results: Path,
    markdown: bool,
) -> None:
    """Measure this checkout on this machine, beside its yardsticks.

    Everything runs here: the server, its database, and the load generator, on the same cores. Exits
    with 1 when a measurement could not be trusted; a missed target is no failure, it is shown.
    """
    # Whoever ends the bench ends its servers too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log.configure(level="error", format="console", environment="test")
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    try:
        options = Options(folder or machine.durable_folder(), seconds, runs, orders)
        facts = machine.look(options.folder)
        for sentence in facts.sentences:
            console.print(sentence, highlight=False)
        for scenario in SCENARIOS:
            if (only and scenario.name not in only) or (quick and scenario.long):
                continue
            with Lab(options, lambda said: console.print(said, style="dim", highlight=False)) as lab:
                try:
                    figures += scenario.run(lab)
                except Dishonest as error:
                    failures[scenario.name] = str(error)
                    console.print(f"{scenario.name}: {error}", style="red", highlight=False, markup=False)
    except Missing as error:
        raise click.ClickException(str(error)) from error
    console.print(report.table(figures))
    if markdown:
        click.echo(report.markdown(figures))
    report.write(results, facts, options, figures, failures)
    console.print(f"written to {results}", style="dim", highlight=False)
    context.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
