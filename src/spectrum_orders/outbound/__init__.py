"""Everything that leaves the house by HTTP, and the guard for what leaves otherwise."""

from spectrum_orders.outbound.addresses import Network, judge, parse_networks
from spectrum_orders.outbound.answer import Answer
from spectrum_orders.outbound.client import TOTAL_SECONDS, Outbound, tls_context
from spectrum_orders.outbound.failures import (
    OutboundError,
    Refused,
    TimedOut,
    Unreachable,
    Unresolved,
    Untrusted,
)
from spectrum_orders.outbound.guard import Resolver, connect_guarded, find_addresses
from spectrum_orders.outbound.urls import Target, parse_url

__all__ = [
    "TOTAL_SECONDS",
    "Answer",
    "Network",
    "Outbound",
    "OutboundError",
    "Refused",
    "Resolver",
    "Target",
    "TimedOut",
    "Unreachable",
    "Unresolved",
    "Untrusted",
    "connect_guarded",
    "find_addresses",
    "judge",
    "parse_networks",
    "parse_url",
    "tls_context",
]
