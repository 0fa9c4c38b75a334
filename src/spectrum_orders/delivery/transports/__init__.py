"""Ways to have a file at a factory: a folder, SFTP, S3, or HTTPS."""

from spectrum_orders.delivery.transports.contract import Content, DeliveryFailed, Proof, Transport
from spectrum_orders.delivery.transports.opening import AUTHORITY, HOST_KEY, open_transport
from spectrum_orders.delivery.transports.ssh import fetch_host_key, fingerprint

__all__ = [
    "AUTHORITY",
    "HOST_KEY",
    "Content",
    "DeliveryFailed",
    "Proof",
    "Transport",
    "fetch_host_key",
    "fingerprint",
    "open_transport",
]
