"""Chapters about what is refused, and what a retry is."""

from __future__ import annotations

import copy

from spectrum_orders.cli.demo import orders
from spectrum_orders.cli.demo.shop import Shop
from spectrum_orders.cli.demo.taking import SINGLE

DUPLICATE = ("status", "error", "lastModification", "identical", "differences", "receiptId")


def duplicate(shop: Shop) -> None:
    """409 says whether what was sent is what is stored, and where it differs."""
    stage = shop.stage
    stage.say("A purchase order number is taken once, for ever.")
    first = shop.client.order("42015953")
    again = orders.single() | {"orderDate": first["orderDate"]}
    answer = shop.post(SINGLE, again, keep=DUPLICATE, note="the same body again")
    same = answer.status == 409 and answer.json()["identical"] is True
    stage.proves(same, "refused: it is there already, and identical")
    stage.say("")
    stage.say("The same number with another quantity is refused as well, and says where it differs:")
    other = copy.deepcopy(again)
    other["lineItems"][0]["skuQuantities"][0]["quantity"] = 3
    answer = shop.post(SINGLE, other, keep=DUPLICATE)
    differs = answer.status == 409 and answer.json()["differences"] == [
        "/lineItems/0/skuQuantities/0/quantity"
    ]
    stage.proves(differs, "refused: the quantity differs, and the stored order stays as it was agreed")


def retry(shop: Shop) -> None:
    """With an Idempotency-Key the first answer comes again, byte for byte."""
    shop.stage.say("When an answer gets lost, a shop sends its request again with the same Idempotency-Key.")
    order = orders.single() | {"purchaseOrderNumber": "42015954"}
    key = {"Idempotency-Key": "checkout-7781"}
    first = shop.post(
        SINGLE,
        order,
        key,
        keep=("purchaseOrderNumber", "allSuccessful", "receiptId"),
        note="the first order, with the number 42015954",
    )
    second = shop.post(
        SINGLE,
        order,
        key,
        keep=("purchaseOrderNumber", "allSuccessful", "receiptId"),
        show=("Idempotency-Replayed",),
        note="the same body again",
    )
    same = first.status == second.status == 200 and first.body == second.body
    shop.stage.proves(same, "the first answer again, byte for byte; one order was stored")
    shop.stored += 1


def invalid(shop: Shop) -> None:
    """422 names every problem with a pointer into the request."""
    shop.stage.say("An order that cannot be taken is answered with everything that has to be corrected.")
    answer = shop.post(SINGLE, orders.invalid(), keep=("status", "detail", "errors", "retryable"))
    found = len(answer.json().get("errors", []))
    shop.stage.proves(
        answer.status == 422 and found == 5, f"all {found} problems in one answer; nothing was stored"
    )


def dry_run(shop: Shop) -> None:
    """The answer that would come, and no order afterwards."""
    order = orders.single() | {"purchaseOrderNumber": "42015999"}
    shop.stage.say("What would happen to this order?")
    answer = shop.post(f"{SINGLE}?dryRun=true", order, note="the first order, with the number 42015999")
    foreseen = answer.status == 200 and answer.json().get("dryRun") is True
    gone = shop.get("/api/order/order-number/42015999", keep=("status", "detail"))
    shop.stage.proves(foreseen and gone.status == 404, "it would be taken, and it was not stored")
