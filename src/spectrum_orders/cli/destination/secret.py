"""A destination's secret, taken from a file and from nowhere else.

An argument would stand in the shell's history and in the list of processes.
"""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import click

from spectrum_orders.cli import terminal
from spectrum_orders.errors import Invalid

LARGEST = 64 * 1024
"""Bytes: more than any private key."""

secret_option = click.option(
    "--secret-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Where its secret stands; - is standard input, asked for on a terminal.",
)


def read_secret(file: str) -> str:
    """The secret in a file, or of standard input (``-``). Raises Invalid, which does not repeat it."""
    if file == "-":
        if sys.stdin.isatty():
            return str(click.prompt("Secret", hide_input=True, err=True))
        data = sys.stdin.buffer.read(LARGEST + 1)
    else:
        path = Path(file)
        with path.open("rb") as handle:
            data = handle.read(LARGEST + 1)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            terminal.say(f"Others on this machine may read {path.name}. Run: chmod 600, or remove it.")
    if len(data) > LARGEST:
        raise Invalid("The secret is longer than any secret: is it the right file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The secret is no text in UTF-8: is it the right file?") from None
    if not text.strip():
        raise Invalid("The secret is empty.")
    return text
