"""What a destination is told beside its URL, and which kind of destination is told what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from spectrum_orders.cli.destination.secret import secret_option

Verb = TypeVar("Verb", bound=Callable[..., Any])

CERTIFICATES = click.Path(path_type=Path, exists=True, dir_okay=False)
"""A file of certificates, as ``--ca`` takes it."""

WHOLE = "package"
BODIES = click.Choice([WHOLE, "ticket"])
"""What ``--body`` may be, and what it is unless it is said."""

_host_key = click.option(
    "--host-key",
    metavar="KEY",
    help="Of sftp://: the public key by which the server is known, as a line, or its SHA256:… fingerprint.",
)
_accept = click.option(
    "--accept-host-key",
    is_flag=True,
    help="Of sftp://: pin whatever key the server shows now. Only where nobody can stand between.",
)


def trust_options(command: Verb) -> Verb:
    """By what we are known there, and the server here."""
    return secret_option(_host_key(_accept(command)))


def refuse_foreign(
    context: click.Context,
    scheme: str,
    *,
    secret: bool,
    host_key: bool,
    accept_host_key: bool,
    authority: bool,
    body: bool,
) -> None:
    """Raises UsageError for what is given and means nothing to this kind of destination: a mistake, so it is
    told."""
    if scheme != "sftp" and (host_key or accept_host_key):
        raise click.UsageError("Only sftp:// has a host key.", context)
    if host_key and accept_host_key:
        raise click.UsageError("Give --host-key or --accept-host-key, not both.", context)
    if scheme not in ("https", "s3") and authority:
        raise click.UsageError("--ca is only for https:// and s3://.", context)
    if scheme == "folder" and secret:
        raise click.UsageError("A folder needs no secret.", context)
    if scheme not in ("https", "http") and body:
        raise click.UsageError("--body is only for https://.", context)
