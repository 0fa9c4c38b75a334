"""The application: one ASGI callable for everything that is served."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from spectrum_orders.artwork.pool import Pool
from spectrum_orders.capture import Intake
from spectrum_orders.config import Settings
from spectrum_orders.domain.order import Form
from spectrum_orders.errors import Internal, SpectrumError
from spectrum_orders.runtime import Runtime, open_runtime
from spectrum_orders.web import history, problems, times
from spectrum_orders.web.acknowledgement import Acknowledgement
from spectrum_orders.web.auth import Authenticator, need_scope
from spectrum_orders.web.catalogue import Assets, Products, RecipeSets, Schemas, Uploads
from spectrum_orders.web.exceptions import Exceptions
from spectrum_orders.web.exchange import PROBLEM, ClientGone, Exchange, Limits, Receive, Scope, Send
from spectrum_orders.web.health import Health
from spectrum_orders.web.housekeeping import keep_house
from spectrum_orders.web.idempotency import Keys
from spectrum_orders.web.lifecycle import Changes, Packages, Shipments, Statuses
from spectrum_orders.web.links import Links
from spectrum_orders.web.making import Making
from spectrum_orders.web.metrics import Cells, MeteredLedger, MetricsReading, Tally, pulse
from spectrum_orders.web.openapi import check_described
from spectrum_orders.web.order_lines import OrderLines
from spectrum_orders.web.orders import OrderListing, OrderReading, OrderSearch
from spectrum_orders.web.privacy import Erasures, Person
from spectrum_orders.web.rate_limit import rate_limit
from spectrum_orders.web.receipts import Receipts
from spectrum_orders.web.reference import Reference
from spectrum_orders.web.retention import keep_retention
from spectrum_orders.web.routes import Route, Router
from spectrum_orders.web.specification import Specification
from spectrum_orders.web.webhooks import Deliveries, Endpoints, Feed
from spectrum_orders.web.webtoprint import WebToPrint

_log = structlog.get_logger()

_LEVELS = {503: 30}
"""A 503 tells a caller to come back, which is no fault of anybody's; a store in trouble says so itself."""

AGAIN_SECONDS = 2.5
"""Longer than the last round of housekeeping may take, which a second cancellation would cut short."""


Beside = Callable[[Runtime], contextlib.AbstractAsyncContextManager[None]]
"""Something that runs as long as the application does, over the same runtime: it knows nothing of it."""


def routes(intake: Intake, authenticator: Authenticator, tally: Tally, judges: Pool) -> list[Route]:
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
        Route(
            "GET",
            "/api/order/order-number/{purchaseOrderNumber}",
            "read",
            OrderReading(intake),
            partners=True,
        ),
        Route("POST", "/api/orders/search", "read", OrderSearch(intake), partners=True),
        Route("GET", "/api/orders", "read", OrderListing(intake), partners=True),
        Route("GET", "/api/receipts/{receiptId}", "read", receipts.read),
        *_lifecycle(intake),
        Route(
            "GET",
            "/api/order/order-number/{purchaseOrderNumber}/times",
            "read",
            OrderLines(intake.runtime, times.tell),
            partners=True,
        ),
        Route(
            "GET",
            "/api/order/order-number/{purchaseOrderNumber}/history",
            "read",
            OrderLines(intake.runtime, history.tell),
            partners=True,
        ),
        Route("GET", "/api/exceptions", "read", Exceptions(intake.runtime), partners=True),
        *_catalogue(intake, judges),
        *_artwork(intake),
        *_privacy(intake),
        *_webhooks(intake),
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


def _lifecycle(intake: Intake) -> list[Route]:
    statuses, shipments, changes, packages = (
        Statuses(intake),
        Shipments(intake),
        Changes(intake),
        Packages(intake),
    )
    status = "/api/order/status"
    package = "/api/packages/{packageId}"
    return [
        Route("PUT", status, "acknowledge", statuses, partners=True),
        Route("POST", status, "acknowledge", statuses, partners=True),
        Route("POST", "/api/order/ship-notification", "acknowledge", shipments, partners=True),
        Route("POST", "/api/order/hold", "acknowledge", changes.hold),
        Route("POST", "/api/order/release", "acknowledge", changes.release),
        Route("POST", "/api/order/cancel", "acknowledge", changes.cancel),
        Route("POST", "/api/order/redeliver", "acknowledge", changes.redeliver),
        Route("POST", "/api/order/reprint", "acknowledge", changes.reprint),
        Route("POST", "/api/order/reroute", "acknowledge", changes.reroute),
        Route("POST", "/api/order/settle", "acknowledge", changes.settle),
        Route("GET", "/api/packages", "partner", packages.read_all, partners=True),
        Route("POST", f"{package}/accepted", "partner", packages.accept, partners=True),
        Route("POST", f"{package}/received", "partner", packages.receive, partners=True),
        Route("POST", f"{package}/rejected", "partner", packages.reject, partners=True),
    ]


def _catalogue(intake: Intake, judges: Pool) -> list[Route]:
    uploads = Uploads(intake.runtime.settings.max_asset_bytes, judges)
    products = Products(intake.runtime)
    recipe_sets = RecipeSets(intake, uploads)
    assets = Assets(intake.runtime, uploads)
    schemas = Schemas()
    return [
        Route("GET", "/api/products", "read", products.read_all),
        Route("PUT", "/api/products/{handle}", "acknowledge", products.put),
        Route("GET", "/api/products/{handle}", "read", products.read),
        Route("PUT", "/api/recipesets/{readableId}", "acknowledge", recipe_sets.put),
        Route("GET", "/api/recipesets/{readableId}", "read", recipe_sets.read),
        Route("PUT", "/api/recipesets/{readableId}/files/{area}", "acknowledge", recipe_sets.put_file),
        Route("POST", "/api/assets", "acknowledge", assets.add),
        Route("GET", "/api/assets/{sha256}", "read", assets.read),
        Route("GET", "/schemas/product.json", None, public=schemas.product),
        Route("GET", "/schemas/recipe-set.json", None, public=schemas.recipe_set),
    ]


def _artwork(intake: Intake) -> list[Route]:
    making = Making(intake)
    links = Links(intake, making)
    sheet = "/{clientHandle}/specification/{recipeSetReadableId}/pdf"
    return [
        Route("GET", "/api/webtoprint/{recipeSetReadableId}", "read", WebToPrint(making), partners=True),
        Route("GET", sheet, "read", Specification(making), partners=True),
        Route("POST", "/api/order/links", "read", links.make, partners=True),
        Route("GET", "/files/{link}", None, public=links.open),
    ]


def _privacy(intake: Intake) -> list[Route]:
    person = Person(intake.runtime)
    erasures = Erasures(intake)
    confirmed = "/api/erasures/{erasureId}/confirmed"
    return [
        Route("POST", "/api/person/export", "admin", person.export),
        Route("POST", "/api/person/erase", "admin", person.erase),
        Route("GET", "/api/erasures", "read", erasures.read_all, partners=True),
        Route("POST", confirmed, "partner", erasures.confirm, partners=True),
    ]


def _webhooks(intake: Intake) -> list[Route]:
    feed, endpoints, deliveries = Feed(intake), Endpoints(intake), Deliveries(intake)
    one = "/api/webhooks/{webhookId}"
    # An endpoint is sent what is acknowledged, so who may register one is who may acknowledge.
    own = [
        ("POST", "/api/webhooks", endpoints.add),
        ("GET", "/api/webhooks", endpoints.read_all),
        ("GET", one, endpoints.read),
        ("PATCH", one, endpoints.change),
        ("DELETE", one, endpoints.remove),
        ("POST", f"{one}/secret", endpoints.rotate),
        ("POST", f"{one}/test", endpoints.try_out),
        ("GET", f"{one}/deliveries", deliveries.read),
        ("POST", f"{one}/replay", deliveries.replay),
    ]
    return [
        Route("GET", "/api/events", "read", feed.read, partners=True),
        Route("GET", "/api/event-types", "read", feed.types, partners=True),
        *(Route(method, path, "acknowledge", handler, partners=True) for method, path, handler in own),
    ]


class App:
    """Made by ``create_app``; lives between the lifespan's startup and shutdown."""

    def __init__(self, settings: Settings, beside: Sequence[Beside] = ()) -> None:
        self.settings = settings
        self._beside = beside
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
                    need_scope(principal, route.scope, partners=route.partners)
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
                _LEVELS.get(exchange.status, 40 if exchange.status >= 500 else 20),
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
        judges = Pool(1, self.settings.render_timeout, self.settings.render_memory)
        stack.callback(judges.close)
        self._router = Router(routes(intake, self._authenticator, self._tally, judges))
        self._tally.serve(self._router.routes)
        for work in (
            self._authenticator.watch(),
            keep_house(intake, self._authenticator),
            keep_retention(runtime),
            pulse(self._tally, intake.writer),
        ):
            stack.push_async_callback(_end, asyncio.create_task(work))
        for other in self._beside:
            await stack.enter_async_context(other(runtime))


async def _end(task: asyncio.Task[Any]) -> None:
    # Again and again: before Python 3.12 a task that is cancelled in the very moment in which what it
    # waits for is done may lose the cancellation (asyncio.wait_for), and would never end.
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_SECONDS)


def create_app(settings: Settings, beside: Sequence[Beside] = ()) -> App:
    """The application with these settings; nothing is opened before its lifespan starts.

    What runs ``beside`` it is entered when the application could answer, and left before it ends.
    """
    return App(settings, beside)
