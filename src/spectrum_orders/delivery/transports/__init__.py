"""Ways to have a file at a factory: a folder, SFTP, S3, or HTTPS."""

from spectrum_orders.delivery.transports.contract import Content, DeliveryFailed, Proof, Transport
from spectrum_orders.delivery.transports.opening import AUTHORITY, BODY, HOST_KEY, TICKET, open_transport
from spectrum_orders.delivery.transports.ssh import fetch_host_key, fingerprint

__all__ = [
    "AUTHORITY",
    "BODY",
    "HOST_KEY",
    "TICKET",
    "Content",
    "DeliveryFailed",
    "Proof",
    "Transport",
    "fetch_host_key",
    "fingerprint",
    "open_transport",
]
