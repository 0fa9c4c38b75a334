"""Spectrum Orders: an order-acknowledgement server that does not lose orders."""

__version__ = "0.1.0"
