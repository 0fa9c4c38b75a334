"""`spectrum destination add`: where a partner's packages go from now on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.destination.advising import say_what_next
from spectrum_orders.cli.destination.fitting import (
    BODIES,
    CERTIFICATES,
    WHOLE,
    refuse_foreign,
    trust_options,
)
from spectrum_orders.cli.destination.keeping import open_once, read_authority, refuse_second, store
from spectrum_orders.cli.destination.pinning import line_of, shown_key
from spectrum_orders.cli.destination.secret import read_secret
from spectrum_orders.cli.partner import known_partner
from spectrum_orders.errors import Invalid


@click.command("add")
@click.option("--partner", "handle", required=True, metavar="HANDLE", help="Whose packages go there.")
@click.argument("url")
@click.option(
    "--environment",
    metavar="NAME",
    help="The environment it is for; servers of any other never send there. Default: this deployment's own.",
)
@trust_options
@click.option(
    "--ca",
    "authority",
    type=CERTIFICATES,
    metavar="FILE",
    help="Of https:// and s3://: certificates (PEM) to trust instead of the system's.",
)
@click.option(
    "--body",
    type=BODIES,
    default=WHOLE,
    show_default=True,
    help="Of https://: post whole packages, or the JSON job ticket of each alone.",
)
@terminal.json_option
@click.pass_context
def add(
    context: click.Context,
    handle: str,
    url: str,
    environment: str | None,
    secret_file: str | None,
    host_key: str | None,
    accept_host_key: bool,
    authority: Path | None,
    body: str,
    as_json: bool,
) -> None:
    """Have a partner's packages delivered to URL. Packages that waited for a destination are made at once.

    \b
    folder:///var/factory                  a folder of this machine, or a mounted share
    sftp://user@host/incoming              absolute; sftp://user@host/~/incoming below the home
    s3://bucket/prefix?region=eu-central-1 with &endpoint=https://… when it is not AWS
    https://host/hook                      a signed POST (Standard Webhooks)

    The secret is read from a file and never given as an argument: a password or private key for sftp://,
    ACCESS_KEY_ID:SECRET_ACCESS_KEY for s3://, whsec_… for https://. It is stored sealed.

    An SFTP server is known by its host key. With neither --host-key nor --accept-host-key its fingerprint is
    shown, and you are asked.
    """
    from spectrum_orders.delivery.transports import AUTHORITY, BODY, HOST_KEY, TICKET
    from spectrum_orders.domain import destinations

    try:
        destination = destinations.parse(url)
    except Invalid as error:
        raise click.BadParameter(error.message, context, param_hint="URL") from None
    refuse_foreign(
        context,
        destination.scheme,
        secret=secret_file is not None,
        host_key=host_key is not None,
        accept_host_key=accept_host_key,
        authority=authority is not None,
        body=body == TICKET,
    )
    if destination.scheme != destinations.FOLDER and secret_file is None:
        raise click.UsageError(f"{destination.scheme}:// needs a secret: give it by --secret-file.", context)
    options: dict[str, Any] = {}
    with opened(context) as runtime:
        marked = environment or runtime.settings.environment
        with runtime.database.read() as connection:
            partner = known_partner(connection, handle)
        refuse_second(runtime, partner, destination, marked)
        secret = None if secret_file is None else read_secret(secret_file)
        if destination.scheme == destinations.SFTP:
            options[HOST_KEY] = (
                line_of(host_key) if host_key else shown_key(runtime, destination, accept_host_key)
            )
        if authority is not None:
            options[AUTHORITY] = read_authority(authority)
        if body == TICKET:
            options[BODY] = TICKET
        open_once(runtime, destination, secret, options)
        number, woken = store(runtime, partner, destination, marked, options, secret)
        here = marked == runtime.settings.environment
    if as_json:
        terminal.show_json(
            {
                "id": str(number),
                "partner": partner.handle,
                "url": str(destination),
                "environment": marked,
                "hasSecret": secret is not None,
                "hostKey": options.get(HOST_KEY),
                "body": body,
                "woken": woken,
            }
        )
        return
    terminal.say(f"Packages of {partner.handle} now go to {destination} (destination {number}, {marked}).")
    if woken:
        terminal.say(f"{terminal.count(woken, 'package')} had waited for a destination and will now be sent.")
    say_what_next(destination, number, here=here)
