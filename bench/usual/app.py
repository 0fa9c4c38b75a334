"""Its one route."""

from __future__ import annotations

import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Depends, FastAPI, Header, HTTPException
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.usual.tables import Line, Order, OutboxRow, Sku

POOL = 20
"""Connections of each of the two processes. 5, 10 and 40 made no difference beyond the noise."""


# FastAPI takes dataclasses as it takes pydantic's models, and validates them with pydantic.
@dataclass
class SkuBody:
    """A SKU, and how many."""

    sku: str
    quantity: int


@dataclass
class LineBody:
    """A line item as it is sent."""

    recipeSetId: str  # noqa: N815  # the name on the wire
    skuQuantities: list[SkuBody]  # noqa: N815  # the name on the wire
    giftMessage: str | None = None  # noqa: N815  # the name on the wire


@dataclass
class OrderBody:
    """An order as it is sent."""

    purchaseOrderNumber: str  # noqa: N815  # the name on the wire
    orderDate: datetime  # noqa: N815  # the name on the wire
    lineItems: list[LineBody]  # noqa: N815  # the name on the wire


engine = create_async_engine(os.environ["BENCH_USUAL_DATABASE"], pool_size=POOL, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
token = os.environ["BENCH_USUAL_TOKEN"]
cipher = AESGCM(bytes.fromhex(os.environ["BENCH_USUAL_KEY"]))


async def client(spectrum_api_token: Annotated[str, Header(convert_underscores=False)]) -> int:
    """Whose token it is."""
    if not hmac.compare_digest(spectrum_api_token, token):
        raise HTTPException(401)
    return 1


async def session() -> AsyncIterator[AsyncSession]:
    """The request's own session."""
    async with sessions() as opened:
        yield opened


def seal(text: str) -> bytes:
    """The nonce and what is sealed under it."""
    nonce = os.urandom(12)
    return nonce + cipher.encrypt(nonce, text.encode(), None)


async def acknowledge(
    body: OrderBody,
    client_id: Annotated[int, Depends(client)],
    opened: Annotated[AsyncSession, Depends(session)],
) -> dict[str, Any]:
    """Store one order; the documented answer."""
    opened.add(
        Order(
            client_id=client_id,
            purchase_order_number=body.purchaseOrderNumber,
            order_date=body.orderDate,
            lines=[
                Line(
                    recipe_set_id=line.recipeSetId,
                    gift_message=None if line.giftMessage is None else seal(line.giftMessage),
                    skus=[Sku(sku=pair.sku, quantity=pair.quantity) for pair in line.skuQuantities],
                )
                for line in body.lineItems
            ],
            outbox=[OutboxRow(kind="order.acknowledged")],
        )
    )
    try:
        await opened.commit()
    except IntegrityError:
        raise HTTPException(409, "Purchase order has already been submitted.") from None
    return {
        "purchaseOrderNumber": body.purchaseOrderNumber,
        "statuses": [
            {"recipeSetId": line.recipeSetId, "success": True, "message": "Processed Successfully"}
            for line in body.lineItems
        ],
        "allSuccessful": True,
    }


async def ready() -> dict[str, str]:
    """Whether it runs."""
    return {"status": "ok"}


@asynccontextmanager
async def life(_: FastAPI) -> AsyncIterator[None]:
    """Closes the pool at the end."""
    yield
    await engine.dispose()


app = FastAPI(lifespan=life)
app.add_api_route("/api/order/acknowledgement", acknowledge, methods=["POST"])
app.add_api_route("/healthz", ready, methods=["GET"])
