"""`spectrum token`: what clients prove themselves with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.expiry import ALLOWED, read_expiry
from spectrum_orders.cli.partner import known_partner

if TYPE_CHECKING:
    from spectrum_orders.store.parties import Token
    from spectrum_orders.store.partner_tokens import PartnerToken

SCOPES = ("acknowledge", "read", "partner", "admin")
"""As in ``store.parties``, which is not imported here because help texts should not wait for a database."""


@click.group("token")
def command() -> None:
    """Create, list and revoke API tokens."""


@command.command("create")
@click.option("--client", "handle", metavar="HANDLE", help="Whose token it is.")
@click.option(
    "--partner",
    metavar="HANDLE",
    help="A factory's token, which sees and moves the lines that are routed to it: of every client, or with "
    "--client of that one alone.",
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What a client's token may do; may be given several times. Default: acknowledge and read, which is "
    "all that its shop needs: sending, moving, shipping and reading its own orders. admin is always "
    "explicit.",
)
@click.option("--expires", metavar="WHEN", help=f"When it ends: {ALLOWED}. Default: never.")
@click.option("--label", default="", help="A note to recognise it by.")
@click.pass_context
def create(
    context: click.Context,
    handle: str | None,
    partner: str | None,
    scopes: tuple[str, ...],
    expires: str | None,
    label: str,
) -> None:
    """Make a token and print it, alone, on standard output. It is shown this once."""
    if handle is None and partner is None:
        raise click.UsageError("Say whose token it is: --client or --partner.", context)
    if partner is not None and scopes not in ((), ("partner",)):
        raise click.UsageError("A partner's token has the scope partner and no other.", context)
    if partner is None and "partner" in scopes:
        raise click.UsageError("The scope partner is for a factory's token: name it with --partner.", context)
    from spectrum_orders.store import parties, partner_tokens
    from spectrum_orders.store.transaction import now_us

    expires_at = None
    if expires is not None:
        try:
            expires_at = read_expiry(expires, now_us())
        except ValueError:
            raise click.BadParameter(f"allowed is {ALLOWED}.", context, param_hint="--expires") from None
    with opened(context) as runtime:
        environment = runtime.settings.environment
        token: Token | PartnerToken
        with runtime.ledger.write() as tx:
            client = None if handle is None else known_client(tx.connection, handle)
            if partner is not None:
                text, token = partner_tokens.create(
                    tx,
                    known_partner(tx.connection, partner),
                    environment,
                    client=client,
                    label=label,
                    expires_at=expires_at,
                )
            else:
                assert client is not None  # one of the two was given
                text, token = parties.create_token(
                    tx,
                    client,
                    environment,
                    scopes=tuple(dict.fromkeys(scopes)) or parties.DEFAULT_SCOPES,
                    label=label,
                    expires_at=expires_at,
                )
        # Only after the commit: a token that is shown exists.
        click.echo(text)
        until = terminal.instant(token.expires_at)
        note = (
            f"Created {token.readable_id} for {_whose(partner, handle)} ({', '.join(token.scopes)}), "
            f"{'valid until ' + until if until else 'without an end'}. "
            "It cannot be shown again: keep it where secrets are kept."
        )
        terminal.say(terminal.folded(note, sys.stderr))


@command.command("list")
@click.option("--client", "handle", metavar="HANDLE", help="Only this client's.")
@click.option("--partner", metavar="HANDLE", help="Only this factory's.")
@terminal.json_option
@click.pass_context
def list_(context: click.Context, handle: str | None, partner: str | None, as_json: bool) -> None:
    """List tokens, without the tokens themselves, which nobody knows."""
    from spectrum_orders.store import parties, partner_tokens
    from spectrum_orders.store.transaction import now_us

    with opened(context) as runtime, runtime.database.read() as connection:
        client = None if handle is None else known_client(connection, handle)
        handles = {each.id: each.handle for each in parties.list_clients(connection)}
        factory = None if partner is None else known_partner(connection, partner)
        tokens = [] if factory is not None else parties.list_tokens(connection, client)
        bearers = partner_tokens.list_all(connection, None if factory is None else factory.id)
    now = now_us()
    rows = [_plain(token, handles[token.client_id], None, now) for token in tokens]
    rows += [
        _plain(one.token, one.client_handle, one.partner_handle, now)
        for one in bearers
        if handle in (None, one.client_handle)
    ]
    if as_json:
        terminal.show_json(rows)
        return
    terminal.show_table(
        ("ID", "CLIENT", "PARTNER", "STATE", "SCOPES", "EXPIRES", "LAST USED", "LABEL"),
        [
            (
                row["id"],
                row["client"] or "any",
                row["partner"] or "",
                row["state"],
                ", ".join(row["scopes"]),
                _moment(row["expiresAt"]),
                _moment(row["lastUsedAt"]),
                row["label"],
            )
            for row in rows
        ],
    )


@command.command("revoke")
@click.argument("token")
@click.pass_context
def revoke(context: click.Context, token: str) -> None:
    """Revoke TOKEN, given by its id (tok_…) or by the token itself; - reads it from standard input.

    Every process refuses it within a second.
    """
    from spectrum_orders.store import parties, partner_tokens

    reads_it = token == "-"  # noqa: S105  a word of the command line
    which = sys.stdin.readline().strip() if reads_it else token
    with opened(context) as runtime, runtime.ledger.write() as tx:
        revoked = partner_tokens.revoke(tx, which) or parties.revoke_token(tx, which)
    terminal.say(f"{revoked.readable_id} is revoked, since {terminal.instant(revoked.revoked_at)}.")


def _moment(instant: str | None) -> str:
    """For a table: with a space, at which a narrow column breaks it."""
    return instant.replace("T", " ") if instant else "never"


def _whose(partner: str | None, client: str | None) -> str:
    return f"{partner}, for the orders of {client or 'every client'}" if partner else str(client)


def _plain(token: Token | PartnerToken, client: str | None, partner: str | None, now: int) -> dict[str, Any]:
    if token.revoked_at is not None:
        state = "revoked"
    elif token.expires_at is not None and token.expires_at <= now:
        state = "expired"
    else:
        state = "valid"
    return {
        "id": token.readable_id,
        "client": client,
        "partner": partner,
        "state": state,
        "scopes": list(token.scopes),
        "label": token.label,
        "createdAt": terminal.instant(token.created_at),
        "expiresAt": terminal.instant(token.expires_at),
        "lastUsedAt": terminal.instant(token.last_used_at),
        "revokedAt": terminal.instant(token.revoked_at),
    }
