"""Connections to SSH servers: through the guard, to the pinned key, with nothing of this machine's own.

No configuration file, agent, known-hosts file or private key of the user who runs the server is read.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from spectrum_orders.delivery.transports.contract import DeliveryFailed
from spectrum_orders.delivery.transports.wire import failed
from spectrum_orders.domain.destinations import Destination
from spectrum_orders.outbound import Network, OutboundError, connect_guarded

if TYPE_CHECKING:
    import asyncssh

CONNECT_SECONDS = 15.0

ALIVE_SECONDS = 10
"""A server that says nothing is asked this often whether it is there, and given up after three times."""

FINGERPRINT = "SHA256:"


class Login(msgspec.Struct, frozen=True):
    """How to know the server, and how to be known by it. Does not print itself."""

    host_key: str
    """A public key's line, or ``SHA256:`` and its fingerprint. Of a server with keys of several kinds the
    line says which to ask for; a fingerprint cannot, and has to be that of the kind which it prefers."""
    secret: str
    """A password, or a private key in PEM or OpenSSH form without a passphrase."""
    allowed: tuple[Network, ...] = ()

    def __repr__(self) -> str:
        return f"Login({self.host_key!r})"


def is_private_key(secret: str) -> bool:
    """Whether a secret is meant as a private key."""
    return secret.lstrip().startswith("-----BEGIN ")


def check(login: Login) -> None:
    """Raises ValueError with what is wrong with the pinned key or the private key."""
    import asyncssh

    if not login.host_key.startswith(FINGERPRINT):
        try:
            asyncssh.import_public_key(login.host_key)
        except asyncssh.KeyImportError:
            raise ValueError("the host key is no public key's line and no SHA256: fingerprint") from None
    if is_private_key(login.secret):
        try:
            asyncssh.import_private_key(login.secret)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            # The library has one error for both, and only its words tell them apart.
            if "passphrase" in str(error).lower():
                raise ValueError("the private key has a passphrase: give one without") from None
            raise ValueError("the private key cannot be read") from None


async def connect(destination: Destination, login: Login) -> asyncssh.SSHClientConnection:
    """A connection that is logged in. Raises DeliveryFailed, asyncssh.Error and OSError."""
    import asyncssh

    logging.getLogger("asyncssh").setLevel(logging.WARNING)  # it tells every connection and file name
    pinned = login.host_key
    trusted = [] if pinned.startswith(FINGERPRINT) else [asyncssh.import_public_key(pinned)]

    class Pinned(asyncssh.SSHClient):
        """Is asked about keys that are not ``trusted``."""

        def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
            return key.get_fingerprint() == pinned

    by_key = is_private_key(login.secret)
    try:
        sock = await connect_guarded(destination.host, destination.port or 22, login.allowed)
    except OutboundError as error:
        raise failed(error) from None
    try:
        return await asyncssh.connect(
            destination.host,
            destination.port or 22,
            sock=sock,
            config=None,
            client_factory=Pinned,
            known_hosts=(trusted, [], []),
            x509_trusted_certs=None,
            username=destination.user,
            password=None if by_key else login.secret.rstrip("\r\n"),
            client_keys=[asyncssh.import_private_key(login.secret)] if by_key else None,
            preferred_auth="publickey" if by_key else "password,keyboard-interactive",
            agent_path=None,
            gss_host=None,
            connect_timeout=CONNECT_SECONDS,
            login_timeout=CONNECT_SECONDS,
            keepalive_interval=ALIVE_SECONDS,
        )
    except BaseException:
        sock.close()
        raise


async def fetch_host_key(host: str, port: int, allowed: tuple[Network, ...]) -> str:
    """The line of the public key that a server shows now, for a person to compare before it is pinned.

    Raises DeliveryFailed.
    """
    import asyncssh

    try:
        sock = await connect_guarded(host, port, allowed)
    except OutboundError as error:
        raise failed(error) from None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):  # the library itself would wait for ever
            key = await asyncssh.get_server_host_key(host, port, sock=sock, config=None)
    except (asyncssh.Error, OSError) as error:
        raise explain(error, host) from None
    finally:
        sock.close()
    if key is None:
        raise DeliveryFailed(
            "host-key", f"{host} shows no host key.", permanent=True, next_step="Ask the receiver for it."
        )
    return key.export_public_key("openssh").decode().strip()


def fingerprint(line: str) -> str:
    """``SHA256:…`` of a public key's line, as a receiver would read it out. Raises ValueError."""
    import asyncssh

    try:
        return asyncssh.import_public_key(line).get_fingerprint()
    except asyncssh.KeyImportError:
        raise ValueError("no public key's line") from None


def explain(error: Exception, host: str) -> DeliveryFailed:
    """The delivery's failure for what the library or the server said."""
    import asyncssh

    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return DeliveryFailed(
            "host-key",
            f"{host} shows another host key than the pinned one.",
            permanent=True,
            next_step="Ask the receiver whether the key was changed. Only then pin the new one by "
            "spectrum destination set, then replay.",
        )
    if isinstance(error, asyncssh.PermissionDenied):
        # At once and for good: repeating a wrong password locks accounts.
        return DeliveryFailed(
            "auth",
            f"{host} does not let this user in.",
            permanent=True,
            next_step="Check its user and secret, change them by spectrum destination set, then replay.",
        )
    if isinstance(error, asyncssh.SFTPNoSpaceOnFilesystem | asyncssh.SFTPQuotaExceeded):
        return DeliveryFailed(
            "no-space",
            f"{host} has no space left.",
            permanent=False,
            next_step="Ask the receiver to make room.",
        )
    if isinstance(error, asyncssh.SFTPPermissionDenied | asyncssh.SFTPWriteProtect):
        return DeliveryFailed(
            "read-only",
            f"{host} does not let this user write there.",
            permanent=True,
            next_step="Ask the receiver for the right to write, then replay.",
        )
    if isinstance(error, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath):
        return DeliveryFailed(
            "no-folder",
            f"{host} does not have the destination's folder.",
            permanent=False,
            next_step="Ask the receiver to make it: only folders below it are made by themselves.",
        )
    if isinstance(error, asyncssh.SFTPError) and not isinstance(
        error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection
    ):
        return DeliveryFailed(
            "receiver",
            f"{host} did not take the file ({type(error).__name__}).",
            permanent=False,
            next_step="Nothing now: it is tried again. If it lasts, ask the receiver.",
        )
    if isinstance(error, TimeoutError):
        return DeliveryFailed(
            "timeout", f"{host} did not answer in time.", permanent=False, next_step="Check the server."
        )
    return DeliveryFailed(
        "unreachable",
        f"The connection to {host} broke, or is not SSH ({type(error).__name__}).",
        permanent=False,
        next_step="Check that the server runs, and firewalls on the way.",
    )
