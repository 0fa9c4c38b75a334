"""A destination as it shall be: what was asked for, laid over what it is, and checked as a new one is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from spectrum_orders.cli.destination.fitting import refuse_foreign
from spectrum_orders.cli.destination.keeping import open_once, read_authority, refuse_second
from spectrum_orders.cli.destination.pinning import line_of, shown_key
from spectrum_orders.cli.destination.secret import read_secret
from spectrum_orders.cli.setting import UNSET, Unset
from spectrum_orders.errors import Invalid

if TYPE_CHECKING:
    from spectrum_orders.domain.destinations import Destination
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.partners import DestinationRow, Partner

URL, SECRET, KEY, CA, POSTS = "url", "secret", "hostKey", "ca", "body"
"""What can be changed, as JSON and the journal name it."""


class Asked(msgspec.Struct, frozen=True):
    """What was said of a destination; ``None`` of what was not."""

    url: str | None = None
    secret_file: str | None = None
    host_key: str | None = None
    accept_host_key: bool = False
    authority: Path | Unset | None = None
    body: str | None = None


class Wanted(msgspec.Struct, frozen=True):
    """What a destination shall be. ``secret`` is ``None`` when it keeps the one that it has."""

    destination: Destination
    options: dict[str, Any]
    secret: str | None
    what: tuple[str, ...]
    """What of it is other than before. A secret that is given is: nobody compares it."""


def wanted(
    context: click.Context, runtime: Runtime, before: DestinationRow, partner: Partner, asked: Asked
) -> Wanted:
    """Raises UsageError, Invalid and Conflict, as for a new destination."""
    from spectrum_orders.domain import destinations

    was = destinations.parse(before.url)
    refuse_foreign(
        context,
        was.scheme,
        secret=asked.secret_file is not None,
        host_key=asked.host_key is not None,
        accept_host_key=asked.accept_host_key,
        authority=asked.authority is not None,
        body=asked.body is not None,
    )
    there = was if asked.url is None else _place(context, was, asked.url)
    if there != was:
        refuse_second(runtime, partner, there, before.environment)
    secret = None if asked.secret_file is None else read_secret(asked.secret_file)
    options = _options(runtime, before.options, was, there, asked)
    open_once(runtime, there, secret if secret is not None else _kept(runtime, before), options)
    what = [URL] if str(there) != before.url else []
    what += [SECRET] if secret is not None else []
    what += [name for name, option in _stored().items() if options.get(option) != before.options.get(option)]
    return Wanted(there, options, secret, tuple(what))


def _place(context: click.Context, was: Destination, url: str) -> Destination:
    from spectrum_orders.domain import destinations

    try:
        there = destinations.parse(url)
    except Invalid as error:
        raise click.BadParameter(error.message, context, param_hint="--url") from None
    if there.scheme != was.scheme:
        raise click.UsageError(
            f"The destination is {was.scheme}:// and stays so. Add another one for {there.scheme}://, and "
            "replay to it what this one is owed: spectrum destination remove, then spectrum delivery replay.",
            context,
        )
    return there


def _options(
    runtime: Runtime, before: dict[str, Any], was: Destination, there: Destination, asked: Asked
) -> dict[str, Any]:
    from spectrum_orders.delivery.transports import AUTHORITY, BODY, HOST_KEY, TICKET
    from spectrum_orders.domain.destinations import SFTP

    options = dict(before)
    elsewhere = there.scheme == SFTP and (there.host, there.port) != (was.host, was.port)
    if asked.host_key is not None:
        options[HOST_KEY] = line_of(asked.host_key)
    elif asked.accept_host_key or elsewhere:
        # The key of one machine says nothing of another, and everything would be given up for a wrong one.
        options[HOST_KEY] = shown_key(runtime, there, asked.accept_host_key)
    if isinstance(asked.authority, Path):
        options[AUTHORITY] = read_authority(asked.authority)
    elif asked.authority is UNSET:
        options.pop(AUTHORITY, None)
    if asked.body == TICKET:
        options[BODY] = TICKET
    elif asked.body is not None:
        options.pop(BODY, None)
    return options


def _stored() -> dict[str, str]:
    """Under which name each of the options is stored."""
    from spectrum_orders.delivery.transports import AUTHORITY, BODY, HOST_KEY

    return {KEY: HOST_KEY, CA: AUTHORITY, POSTS: BODY}


def _kept(runtime: Runtime, before: DestinationRow) -> str | None:
    from spectrum_orders.delivery import vault

    with runtime.database.read() as connection:
        return vault.open_secret(connection, runtime.keys, before)
