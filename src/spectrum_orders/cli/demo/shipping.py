"""Chapters after the packages have left: the factory collects, says how far it is, ships; the shop hears "
"of it."""

from __future__ import annotations

import time

from spectrum_orders.cli.demo import orders
from spectrum_orders.cli.demo.shop import Shop
from spectrum_orders.client import Client

TYPES = ("package.collected", "line.status_changed", "line.shipped", "order.shipped")
"""What the shop wants to be told."""

TOLD_SECONDS = 60.0
"""Ends a wait that hangs; a webhook takes a fraction of a second."""


def shipped(shop: Shop) -> None:
    """A factory with a token of its own finds its order, collects it, and ships it; the shop is told."""
    stage, listener = shop.stage, shop.listener
    stage.say("The shop would rather be told than ask, and gives the address of a server of its own:")
    answer = shop.post("/api/webhooks", {"url": listener.url, "types": TYPES}, keep=("id", "url", "types"))
    stage.proves(answer.status == 201, "registered; the secret for its signatures is shown this once")
    listener.secret = answer.json()["secret"]
    stage.say("")
    stage.say("The studio has a token of its own. It sees the lines that are routed to it, and nothing else:")
    token = shop.call("token", "create", "--partner", "studio")
    number = orders.full()["purchaseOrderNumber"]
    with Client(shop.child.url, token) as client:
        studio = shop.seen_by(token, client)
        _work(studio, number)
    _await(shop)
    stage.say("")
    stage.say("And so the shop was told, every message signed:")
    stage.facts(
        [(one["type"], f"{one['id']}, {one['data']['purchaseOrderNumber']}") for one in listener.told]
    )
    stage.proves(
        {one["type"] for one in listener.told} == set(TYPES) and not listener.refused,
        "everything it asked for, and every signature holds",
        otherwise=f"{[one['type'] for one in listener.told]}",
    )
    line = shop.client.order(number)["lineItems"][0]
    stage.proves(line["shipmentTracking"] == "1Z999AA10123456784", "the order knows its tracking number")


def _work(studio: Shop, number: str) -> None:
    stage = studio.stage
    since = orders.now()[:10]
    found = studio.post(
        "/api/orders/search",
        {"lastModificationStartDate": since, "workflowStatuses": ["not-started"]},
        keep=("purchaseOrderNumber",),
    ).json()
    stage.proves([one["purchaseOrderNumber"] for one in found] == [number], "one order is the studio's")
    (package,) = studio.get("/api/packages", keep=("packages",)).json()["packages"]
    answer = studio.post(f"/api/packages/{package['packageId']}/received", {}, keep=("state", "collectedAt"))
    stage.proves(answer.status == 200, "the studio has it: proof of delivery")
    recipe_set = found[0]["lineItems"][0]["recipeSetId"]
    line = {"recipeSetReadableId": recipe_set}
    body = {"purchaseOrderNumber": number, "lineItems": [{**line, "workflowStatus": "in-progress"}]}
    answer = studio.put("/api/order/status", body)
    stage.proves(answer.json()["status"] == "OK", "in the words that factories' programs know")
    body = {
        "purchaseOrderNumber": number,
        "lineItems": [{**line, "shipmentTracking": ["1Z999AA10123456784"]}],
    }
    answer = studio.post("/api/order/ship-notification", body)
    stage.proves(answer.json()["status"] == "OK", "shipped")


def _await(shop: Shop) -> None:
    deadline = time.monotonic() + TOLD_SECONDS
    while {one["type"] for one in shop.listener.told} < set(TYPES) and time.monotonic() < deadline:
        time.sleep(0.05)
