"""The application: one ASGI callable for everything that is served."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import structlog

from spectrum_orders.capture import Intake
from spectrum_orders.config import Settings
from spectrum_orders.domain.order import Form
from spectrum_orders.errors import Internal, SpectrumError
from spectrum_orders.runtime import Runtime, open_runtime
from spectrum_orders.web import problems
from spectrum_orders.web.acknowledgement import Acknowledgement
from spectrum_orders.web.auth import Authenticator, need_scope
from spectrum_orders.web.exchange import PROBLEM, ClientGone, Exchange, Limits, Receive, Scope, Send
from spectrum_orders.web.health import Health
from spectrum_orders.web.housekeeping import keep_house
from spectrum_orders.web.idempotency import Keys
from spectrum_orders.web.metrics import Cells, MeteredLedger, MetricsReading, Tally, pulse
from spectrum_orders.web.openapi import check_described
from spectrum_orders.web.order_reading import OrderReading
from spectrum_orders.web.rate_limit import rate_limit
from spectrum_orders.web.receipts import Receipts
from spectrum_orders.web.reference import Reference
from spectrum_orders.web.routes import Route, Router

_log = structlog.get_logger()

AGAIN_SECONDS = 2.5
"""Longer than the last round of housekeeping may take, which a second cancellation would cut short."""


def routes(intake: Intake, authenticator: Authenticator, tally: Tally) -> list[Route]:
    """Every route that is served."""
    keys = Keys(intake.runtime)
    acknowledge = Acknowledgement(intake, authenticator, keys, Form.ACKNOWLEDGEMENT, tally)
    full = Acknowledgement(intake, authenticator, keys, Form.FULL, tally)
    receipts = Receipts(intake.runtime)
    health = Health(intake)
    served: list[Route] = []
    reference = Reference(served, intake.runtime.settings.environment)
    served += [
        Route("POST", "/api/order/acknowledgement", "acknowledge", acknowledge),
        Route("POST", "/api/order/acknowledgements", "acknowledge", acknowledge),
        Route("POST", "/api/order", "acknowledge", full),
        Route("GET", "/api/order/order-number/{purchaseOrderNumber}", "read", OrderReading(intake)),
        Route("GET", "/api/receipts/{receiptId}", "read", receipts.read),
        Route("GET", "/.well-known/spectrum-receipt-key", None, public=receipts.key),
        Route("GET", "/healthz", None, public=health.live),
        Route("GET", "/readyz", None, public=health.ready),
        Route("GET", "/metrics", None, public=MetricsReading(intake, tally)),
        Route("GET", "/openapi.json", None, public=reference.openapi),
        Route("GET", "/docs", None, public=reference.page),
        Route("GET", "/", None, public=reference.front),
    ]
    check_described(served)
    return served


class App:
    """Made by ``create_app``; lives between the lifespan's startup and shutdown."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._rate_limit = rate_limit(settings.rate_limit, settings.rate_limit_status)
        self._limits = Limits(environment=settings.environment, max_body_bytes=settings.max_body_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if len(path) > 1 and path.endswith("/"):
            path = path.rstrip("/")
        exchange = Exchange(scope, receive, send, path, self._limits)
        began = time.perf_counter()
        try:
            route = self._router.find(exchange)
            if route.handler is not None:
                principal = await self._authenticator.authenticate(exchange.headers)
                exchange.principal = principal
                if self._rate_limit is not None:
                    self._rate_limit.count(exchange, principal)
                if route.scope is not None:
                    need_scope(principal, route.scope)
                await route.handler(exchange, principal)
            elif route.public is not None:
                await route.public(exchange)
        except ClientGone:
            exchange.status = exchange.status or 499  # nginx's number for it; nobody reads the answer
        except SpectrumError as error:
            await self._fail(exchange, error)
        except Exception as error:  # noqa: BLE001  the last door: whatever it is, the client gets an answer
            _log.exception("unexpected", request_id=exchange.request_id, route=exchange.route)
            await self._fail(
                exchange,
                Internal(
                    f"A fault of ours; it is logged under {exchange.request_id}. "
                    "Send the order again: nothing doubles."
                ),
                cause=error,
            )
        finally:
            exchange.give_room()
        seconds = time.perf_counter() - began
        self._tally.note(exchange.route, exchange.status, seconds)
        self._note(exchange, seconds)

    async def _fail(self, exchange: Exchange, error: SpectrumError, cause: Exception | None = None) -> None:
        if exchange.status:  # the head is gone; ending the connection is the only honest answer
            raise cause or error
        await exchange.respond(
            error.status,
            problems.encode(error, f"{exchange.path}#{exchange.request_id}"),
            PROBLEM,
            problems.headers(error),
        )

    def _note(self, exchange: Exchange, seconds: float) -> None:
        if exchange.status >= 400 or self.settings.log_requests == "all":
            _log.log(
                40 if exchange.status >= 500 else 20,
                "request",
                request_id=exchange.request_id,
                method=exchange.method,
                route=exchange.route,
                status=exchange.status,
                client=exchange.principal.client_handle if exchange.principal else None,
                ms=round(seconds * 1000, 1),
            )

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        stack = contextlib.AsyncExitStack()
        try:
            await self._start(stack)
        except BaseException:
            await send({"type": "lifespan.startup.failed", "message": "see the error"})
            await stack.aclose()
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        runtime: Runtime = stack.enter_context(open_runtime(self.settings))
        cells = Cells()
        stack.callback(cells.close)
        self._tally = Tally(cells)
        runtime.ledger = MeteredLedger(runtime.database, self._tally)
        intake = Intake(runtime)
        stack.callback(intake.stop)
        self._authenticator = Authenticator(runtime)
        self._router = Router(routes(intake, self._authenticator, self._tally))
        self._tally.serve(self._router.routes)
        for work in (
            self._authenticator.watch(),
            keep_house(intake, self._authenticator),
            pulse(self._tally, intake.writer),
        ):
            stack.push_async_callback(_end, asyncio.create_task(work))


async def _end(task: asyncio.Task[Any]) -> None:
    # Again and again: before Python 3.12 a task that is cancelled in the very moment in which what it
    # waits for is done may lose the cancellation (asyncio.wait_for), and would never end.
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_SECONDS)


def create_app(settings: Settings) -> App:
    """The application with these settings; nothing is opened before its lifespan starts."""
    return App(settings)
