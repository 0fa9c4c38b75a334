"""At most so many requests in a window of time, for each token and route.

Counted in this process's memory: with several web processes each counts by itself, so that a
token may reach up to their number times the limit. An exact count over processes would cost
every request a round trip, to protect from nothing that the bounded queue does not.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from spectrum_orders.errors import RateLimited
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import FixedWindowRateLimiter


class RateLimitedForbidden(RateLimited):
    """The same with the status that older clients expect."""

    status = 403


class RateLimit:
    """One limit for every token and route of a process. Made only when the setting asks for one."""

    def __init__(self, limit: RateLimitItem, limiter: FixedWindowRateLimiter, status: int) -> None:
        self._limit = limit
        self._limiter = limiter
        self._error = RateLimitedForbidden if status == RateLimitedForbidden.status else RateLimited
        window = limit.get_expiry()
        self._standing = (
            (b"ratelimit-limit", b"%d" % limit.amount),
            (b"ratelimit-policy", b'"token-and-route";q=%d;w=%d' % (limit.amount, window)),
        )
        self._sentence = f"This token sent this route more than {limit.amount} requests in {window} s."

    def count(self, exchange: Exchange, principal: Principal) -> None:
        """Count one request, and tell the client in headers what is left. Raises RateLimited.

        Nothing of the body has been read by then.
        """
        place = (str(principal.token_id), exchange.route)
        allowed = self._limiter.hit(self._limit, *place)
        window = self._limiter.get_window_stats(self._limit, *place)
        reset = max(1, math.ceil(window.reset_time - time.time()))
        exchange.extra_headers += (
            *self._standing,
            (b"ratelimit-remaining", b"%d" % window.remaining),
            (b"ratelimit-reset", b"%d" % reset),
            (b"ratelimit", b'"token-and-route";r=%d;t=%d' % (window.remaining, reset)),
        )
        if not allowed:
            raise self._error(f"{self._sentence} Try again in {reset} s.", retry_after=reset)


def rate_limit(text: str | None, status: int) -> RateLimit | None:
    """The limit of a setting such as ``100/minute``; ``None`` where none is set."""
    if text is None:
        return None
    # Imported here: it costs a tenth of a second, which a start without a limit need not pay.
    from limits import parse
    from limits.storage import MemoryStorage
    from limits.strategies import FixedWindowRateLimiter

    # A fixed window, because it alone can honestly say when how much will be free again. It allows
    # twice the limit around the turn of a window, which is no harm: it is there against runaway loops.
    return RateLimit(parse(text), FixedWindowRateLimiter(MemoryStorage()), status)
