"""`spectrum receipt`: prove what was agreed."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import read_settings
from spectrum_orders.errors import SpectrumError

MAX_BYTES = 64 * 1024**2
"""A receipt holds one order's content; what is larger is something else."""


@click.group("receipt")
def command() -> None:
    """Check a receipt offline."""


@command.command("verify")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--public-key",
    metavar="FILE|BASE64",
    help="The deployment's public key, as it publishes it. Default: that of the key ring here, if any.",
)
@terminal.json_option
@click.pass_context
def verify(context: click.Context, file: BinaryIO, public_key: str | None, as_json: bool) -> int:
    """Check the signed receipt in FILE; - reads standard input. Needs no network and no database.

    Exits with 0 only when every check holds, which includes that the trusted public key signed it:
    a receipt that merely agrees with itself can be made by anybody.
    """
    from spectrum_orders.crypto import verify_receipt

    document = file.read(MAX_BYTES)
    trusted = _own_key(context) if public_key is None else _given_key(public_key)
    verdict = verify_receipt(document, trusted)
    if as_json:
        terminal.show_json(
            {
                "genuine": verdict.genuine,
                "consistent": verdict.consistent,
                "checks": [
                    {"name": check.name, "ok": check.ok, "sentence": check.sentence}
                    for check in verdict.checks
                ],
            }
        )
        return 0 if verdict.genuine else 1
    for check in verdict.checks:
        line = f"{'ok  ' if check.ok else 'FAIL'}  {check.sentence}"
        click.echo(terminal.folded(line, sys.stdout, hang=6))
    if verdict.genuine:
        terminal.say("The receipt is genuine.")
        return 0
    if verdict.consistent:
        terminal.say("Error: the receipt is unaltered, but nothing proves that the deployment signed it.")
    else:
        terminal.say("Error: this is not a genuine receipt.")
    return 1


def _own_key(context: click.Context) -> bytes | None:
    """The public key of this machine's deployment; ``None`` where there is none, and none is made."""
    from spectrum_orders.crypto import BadKeyRing, KeyRing, load

    settings = read_settings(context)
    try:
        if settings.keyring is not None:
            return KeyRing.parse(settings.keyring).public_key
        return load(settings.keyring_file).public_key if settings.keyring_file.is_file() else None
    except (BadKeyRing, OSError):
        return None


def _given_key(given: str) -> bytes:
    """A public key from base64, or from a file that holds base64 or JSON with a ``publicKey``."""
    key = _decoded(given)
    if key is None:
        try:
            text = Path(given).read_text(encoding="utf-8-sig")[:MAX_BYTES].strip()
        except (OSError, ValueError):
            raise SpectrumError(
                "--public-key is neither 32 bytes in base64 nor a file that can be read."
            ) from None
        key = _decoded(text) or _from_json(text) or _from_pem(text)
    if key is None:
        raise SpectrumError(
            "The file of --public-key holds none: neither base64, nor PEM, nor the JSON that is published."
        )
    return key


def _decoded(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 else None


def _from_pem(text: str) -> bytes | None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(text.encode())
    except ValueError:
        return None
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else None


def _from_json(text: str) -> bytes | None:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = value.get("publicKey") if isinstance(value, dict) else None
    return _decoded(found) if isinstance(found, str) else None
