"""From a destination to its transport."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spectrum_orders.delivery.transports import ssh
from spectrum_orders.delivery.transports.contract import DeliveryFailed, Transport
from spectrum_orders.delivery.transports.folder import FolderTransport
from spectrum_orders.delivery.transports.s3 import S3Transport
from spectrum_orders.delivery.transports.s3_signing import Signer, read_keys
from spectrum_orders.delivery.transports.sftp import SftpTransport
from spectrum_orders.delivery.transports.webhook import WebhookTransport
from spectrum_orders.domain.destinations import FOLDER, S3, SFTP, Destination
from spectrum_orders.outbound import Outbound, parse_networks, tls_context
from spectrum_orders.webhooks.signature import read_secrets

HOST_KEY = "host_key"
"""The option of SFTP that pins the server: a public key's line, or ``SHA256:`` and a fingerprint."""

AUTHORITY = "ca"
"""The option of HTTPS and S3: certificates in PEM, to be trusted instead of the system's."""

BODY, TICKET = "body", "ticket"
"""The option of HTTPS that says what is posted, and its one word: the JSON ticket of a package alone."""


def open_transport(
    destination: Destination,
    secret: str | None,
    options: Mapping[str, Any],
    *,
    allowed: Iterable[str] = (),
) -> Transport:
    """The transport for a destination; connects to nothing yet.

    ``secret`` is a password or private key for SFTP, ``ACCESS_KEY_ID:SECRET_ACCESS_KEY`` for S3, one or
    more ``whsec_…`` for HTTPS, and nothing for a folder. ``allowed`` are networks that may be reached
    although they are not public. Raises DeliveryFailed, permanent, when something is missing or unreadable:
    whoever adds a destination opens it once to know.
    """
    networks = tuple(allowed)
    try:
        if destination.scheme == FOLDER:
            return FolderTransport(Path(destination.path))
        if secret is None:
            raise ValueError("it needs a secret: give it by --secret-file")
        if destination.scheme == SFTP:
            if not options.get(HOST_KEY):
                raise ValueError("it needs the server's host key")
            login = ssh.Login(str(options[HOST_KEY]).strip(), secret, parse_networks(networks))
            ssh.check(login)
            return SftpTransport(destination, login)
        authority = options.get(AUTHORITY)
        outbound = Outbound(networks, tls=None if authority is None else tls_context(str(authority)))
        if destination.scheme == S3:
            signer = Signer(read_keys(secret), destination.options["region"])
            return S3Transport(destination, signer, outbound)
        ticket_alone = options.get(BODY) == TICKET
        return WebhookTransport(destination, read_secrets(secret), outbound, ticket_alone=ticket_alone)
    except ValueError as error:
        raise DeliveryFailed(
            "configuration",
            f"The destination cannot be opened: {error}.",
            permanent=True,
            next_step="Mend it by spectrum destination set, then replay.",
        ) from None
