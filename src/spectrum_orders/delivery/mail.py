"""A message by SMTP: the other channel, for owners who cannot be told by a webhook."""

from __future__ import annotations

import smtplib
import socket
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from spectrum_orders.config import Settings
from spectrum_orders.errors import SpectrumError
from spectrum_orders.outbound import tls_context

SECONDS = 20.0

_STARTTLS = "smtp+starttls"
_PORTS = {"smtp": 25, _STARTTLS: 587, "smtps": 465}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class MailFailed(SpectrumError):
    """The mail server did not take it. Nothing of what it said is repeated, which may name people."""

    code, title, status, retryable = "mail", "A message could not be sent", 503, True


def sender(settings: Settings) -> str:
    """The address that messages come from."""
    # The name as this machine has it: to ask a name server for a longer one may take seconds.
    return settings.mail_from or f"spectrum-orders@{socket.gethostname()}"


def send(settings: Settings, to: str, subject: str, text: str, name: str) -> None:
    """Send a message, once for each ``name`` as far as the receiver's program can tell. Blocks.

    A password leaves only over TLS, or to this machine; with ``smtp+starttls`` the message does so too.
    Raises MailFailed.
    """
    assert settings.smtp_url is not None
    parts = urlsplit(settings.smtp_url)
    host = parts.hostname or ""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender(settings), to, subject
    message["Message-ID"] = f"<{name}@spectrum-orders>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply comes back
    message.set_content(text)
    try:
        with _connect(parts.scheme, host, parts.port or _PORTS[parts.scheme], _domain(settings)) as server:
            safe = parts.scheme == "smtps" or host in _LOOPBACK
            if parts.scheme != "smtps" and server.has_extn("starttls"):
                server.starttls(context=tls_context())
                server.ehlo()
                safe = True
            elif parts.scheme == _STARTTLS:
                # Whoever stands between could have taken the offer away.
                raise MailFailed("The mail server offers no STARTTLS, and gets nothing without it.")
            if parts.username is not None:
                if not safe:
                    raise MailFailed("The mail server offers no TLS, and gets no password without it.")
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
        raise MailFailed(f"The mail server did not take the message ({type(error).__name__}).") from None


def _domain(settings: Settings) -> str:
    return sender(settings).rpartition("@")[2]


def _connect(scheme: str, host: str, port: int, name: str) -> smtplib.SMTP:
    """``name`` is what we call ourselves."""
    if scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, local_hostname=name, timeout=SECONDS, context=tls_context()
        )
    else:
        server = smtplib.SMTP(host, port, local_hostname=name, timeout=SECONDS)
    server.ehlo()
    return server
