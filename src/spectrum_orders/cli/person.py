"""`spectrum person`: whose orders are these, without opening any address."""

from __future__ import annotations

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened


@click.group("person")
def command() -> None:
    """Find a person's orders."""


@command.command("find")
@click.option("--client", "handle", required=True, metavar="HANDLE", help="At which client.")
@click.option("--email", metavar="ADDRESS", help="The person's e-mail address.")
@click.option("--name", metavar="TEXT", help="First and last name, together with --postal-code.")
@click.option("--postal-code", metavar="CODE", help="The postal code, together with --name.")
@terminal.json_option
@click.pass_context
def find(
    context: click.Context,
    handle: str,
    email: str | None,
    name: str | None,
    postal_code: str | None,
    as_json: bool,
) -> None:
    """Print the purchase order numbers of a person's orders, one a line, oldest first.

    The person is found by an exact e-mail address, or by an exact name and postal code; upper and
    lower case do not matter. Give - as a value to type it unseen, so that it stays out of the
    shell's history.
    """
    if (email is None) == (name is None) or (name is None) != (postal_code is None):
        raise click.UsageError("Give either --email, or --name and --postal-code.", context)
    from spectrum_orders.crypto import normalise_email, normalise_name_postcode
    from spectrum_orders.store import people

    if email is not None:
        field, value = EMAIL, normalise_email(_typed(email, "E-mail address"))
    else:
        value = normalise_name_postcode(
            _typed(name or "", "Name"), "", _typed(postal_code or "", "Postal code")
        )
        field = NAME_POSTCODE
    with opened(context) as runtime, runtime.database.read() as connection:
        client = known_client(connection, handle)
        numbers = people.find(connection, client.id, runtime.keys.blind_index(client.id, field, value))
    if as_json:
        terminal.show_json(numbers)
        return
    for number in numbers:
        click.echo(terminal.visible(number))
    if not numbers:
        terminal.say("No orders of this person.")


EMAIL, NAME_POSTCODE = "email", "name-postcode"


def _typed(value: str, prompt: str) -> str:
    return str(click.prompt(prompt, hide_input=True, err=True)) if value == "-" else value
