"""Chapters about orders that are taken, and read back."""

from __future__ import annotations

import time

from spectrum_orders.cli.demo import orders
from spectrum_orders.cli.demo.shop import Shop

SINGLE = "/api/order/acknowledgement"


def one(shop: Shop) -> None:
    """A small order, and the documented answer."""
    shop.stage.say("A shop tells us what it has agreed with its customer.")
    answer = shop.post(SINGLE, orders.single())
    stored = answer.status == 200 and answer.json()["allSuccessful"]
    shop.stage.proves(stored, "the order was on disk before this answer was sent")
    shop.stored += 1


def many(shop: Shop) -> None:
    """A stream: one request, one order a line, one result a line."""
    stage = shop.stage
    stage.say(
        "One request, one order a line. Each result comes back on a line of its own, after its own commit; "
        "the bar counts these results."
    )
    stage.request("POST", SINGLE, {"Content-Type": "application/x-ndjson"}, note=f"{orders.MANY:,} lines")
    began = time.perf_counter()
    results = list(stage.track(shop.client.stream(orders.many()), orders.MANY, "acknowledged"))
    seconds = time.perf_counter() - began
    stored = sum(result["httpStatus"] == 200 for result in results)
    stage.proves(stored == orders.MANY == len(results), f"{stored:,} orders stored in {seconds:.2f} s")
    shop.stored += stored
    # The whole way, the making of the orders in this process included: a demo, not the benchmark.
    shop.tally.append(("in one request", f"{stored:,} orders in {seconds:.2f} s, {stored / seconds:,.0f}/s"))


def full(shop: Shop) -> None:
    """Addresses, an e-mail address and a gift message: sealed before the database sees them."""
    shop.stage.say(
        "Names, addresses and the gift message are sealed under a key of this order's own before the "
        "database sees them. (Every person here is invented.)"
    )
    answer = shop.post("/api/order", orders.full())
    shop.stage.proves(answer.status == 200, "stored, and every person in it sealed")
    shop.stored += 1


def read_back(shop: Shop) -> None:
    """Only the shop itself opens its people, and each opening is in the journal."""
    number = orders.full()["purchaseOrderNumber"]
    shop.stage.say("With its token the shop, and nobody else, reads its people in the clear.")
    answer = shop.get(
        f"/api/order/order-number/{number}",
        keep=("purchaseOrderNumber", "acknowledgedAt", "shippingAddress", "lineItems"),
    )
    body = answer.json()
    same = (
        answer.status == 200
        and body["shippingAddress"] == orders.ADDRESS
        and body["lineItems"][0]["giftMessage"] == orders.GIFT
    )
    shop.stage.proves(same, "all is as it was sent; that it was opened stands in the journal")
