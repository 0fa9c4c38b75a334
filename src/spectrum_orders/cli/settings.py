"""`spectrum config`: every setting, its value, and where the value comes from."""

from __future__ import annotations

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import read_settings
from spectrum_orders.config import OTHER_VARIABLES, SECRET_FILES, SETTINGS, describe


@click.command("config")
@click.option(
    "--markdown", is_flag=True, help="Print the table of settings as it stands in docs/configuration.md."
)
@terminal.json_option
@click.pass_context
def command(context: click.Context, markdown: bool, as_json: bool) -> None:
    """Show every setting, its value and where it comes from. Secrets are not shown."""
    if markdown:
        click.echo("\n".join(markdown_table()))
        return
    rows = describe(read_settings(context))
    if as_json:
        terminal.show_json(
            [{"name": r.name, "value": r.value, "source": r.source, "help": r.help} for r in rows]
        )
        return
    terminal.show_table(
        ("VARIABLE", "VALUE", "FROM"),
        [(row.variable, row.value, row.source) for row in rows],
    )


def markdown_table() -> list[str]:
    """The lines of the table in docs/configuration.md."""
    lines = ["| variable | default | what it is for | allowed |", "|---|---|---|---|"]
    for setting in SETTINGS:
        default = setting.unset if setting.default is None else f"`{setting.default}`"
        mark = " Secret." if setting.secret else ""
        lines.append(f"| `{setting.variable}` | {default} | {setting.help}{mark} | {setting.kind.allowed} |")
    for name, setting in SECRET_FILES.items():
        lines.append(
            f"| `SPECTRUM_{name.upper()}` | not set | The path of a file that holds `{setting.variable}`. "
            "| the path of a file |"
        )
    for variable, text in OTHER_VARIABLES:
        lines.append(f"| `{variable}` | not set | {text} | text |")
    return lines
