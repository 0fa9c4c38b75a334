"""Why a request did not get through. None of these repeats more of a URL than its host."""

from __future__ import annotations

from spectrum_orders.errors import SpectrumError


class OutboundError(SpectrumError):
    """The root: nothing was answered."""

    code, title, status, retryable = "outbound", "A request did not get through", 503, True


class Refused(OutboundError):
    """The guard does not let it leave. Nothing was connected to."""

    code, title, status, retryable = "refused", "The address is not allowed", 422, False


class Unresolved(OutboundError):
    """The name has no address now."""

    code, title = "unresolved", "The host has no address"


class Unreachable(OutboundError):
    """Nobody took the connection, or it broke."""

    code, title = "unreachable", "The host cannot be reached"


class TimedOut(OutboundError):
    """A time limit ended it; whether the other side has acted is not known."""

    code, title = "timeout", "The host took too long"


class Untrusted(OutboundError):
    """TLS failed. Counts as temporary, because certificates that have run out are renewed."""

    code, title = "certificate", "The host's certificate is not trusted"
