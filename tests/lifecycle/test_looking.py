"""What people look for: by the words of the exceptions, in the form that they accept, and nothing unread."""

from __future__ import annotations

import json
import time

import pytest
import sqlalchemy as sa

from spectrum_orders.domain.exceptions import HOUR_US, KINDS
from spectrum_orders.store import search
from spectrum_orders.store.problems import PROBLEMS
from spectrum_orders.store.schema import clients, deliveries, lines, orders, outbox
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web.orders.listing import PARAMETERS
from tests.harness.factory import Factory, opened_store, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import change, read, until
from tests.lifecycle.test_finding import numbers, seen


@pytest.mark.parametrize("form", ["json", "csv", "ndjson"])
@pytest.mark.parametrize(
    ("sent", "meant"),
    [("recipeSetId", "recipeSet"), ("poPrefix", "prefix"), ("acknowledged_from", "acknowledgedFrom"),
     ("since", None), ("sort", None), ("from", None), ("recipe%53ets", "recipeSet")],
)  # fmt: skip
def test_a_filter_that_nobody_reads_does_not_find_everything(
    own_shop: Shop, form: str, sent: str, meant: str | None
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    answer = own_shop.get(f"/api/orders?{sent}=ABCD1234&format={form}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert (f"did you mean {meant}?" if meant else "known are client, partner,") in answer.json()["detail"]


def test_a_filter_whose_name_is_encoded_is_read(own_shop: Shop) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    own_shop.acknowledge(order("PO-2", "EFGH5678"))
    for question, found in (
        ("recipe%53et=ABCD1234", ["PO-1"]),
        ("%50refix=PO-2", ["PO-2"]),
        ("acknowledged%46rom=2999-01-01", []),
    ):
        answer = own_shop.get(f"/api/orders?{question}")
        assert answer.status_code == 200, answer.text
        assert numbers(answer.json()["orders"]) == found
    held = own_shop.post("/api/order/hold?dry%52un=true", {"purchaseOrderNumber": "PO-1"})
    assert held.json()["dryRun"] is True
    assert "onHoldSince" not in read(own_shop, "PO-1")["lineItems"][0]


def test_every_kind_of_exception_about_an_order_is_a_problem_to_look_for(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    own_shop.acknowledge(order("PO-2", "EFGH5678"))
    seen(press, "PO-1", "PO-2")
    factory.await_packages(1)

    def listed(caller: Shop | Press, problem: str) -> list[str]:
        path = f"/api/orders?problem={problem}"
        answer = caller.get(path) if isinstance(caller, Shop) else caller.get("/api/orders", problem=problem)
        assert answer.status_code == 200, (problem, answer.text)
        return numbers(answer.json()["orders"])

    of_nobody = {
        "no-routes", "destination-missing", "destination-failing", "nobody-works", "silent-client",
        "webhook-parked", "webhook-buried",
    }  # fmt: skip
    assert KINDS.keys() - of_nobody == PROBLEMS.keys() - {"undelivered"}
    for name in sorted(PROBLEMS):
        for caller in (own_shop, press):
            assert set(listed(caller, name)) <= ({"PO-2"} if name == "awaiting-artwork" else {"PO-1"})
    for name in of_nobody:
        assert own_shop.get("/api/orders", params={"problem": name}).status_code == 400
    # Each as the list of exceptions has it.
    (package,) = press.get("/api/packages", state="delivered").json()["packages"]
    path = f"/api/packages/{package['packageId']}/rejected"
    assert press.post(path, {"reason": "No mugs left."}).status_code == 200
    deadline = time.monotonic() + 60
    while listed(own_shop, "refused") != ["PO-1"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert listed(press, "refused") == []
    (case,) = own_shop.get("/api/exceptions?kind=refused").json()["exceptions"]
    assert case["purchaseOrderNumber"] == "PO-1"


def test_what_a_factory_set_aside_forgot_or_cannot_get_for_want_of_a_disk_is_found(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    sell(own_shop, "ABCD1234")
    for number in ("ASIDE", "QUIET", "SAYS"):
        own_shop.acknowledge(order(number, "ABCD1234"))
    own_shop.acknowledge(order("AWAY", "EFGH5678"))
    factory.await_packages(3)
    for number in ("ASIDE", "QUIET", "SAYS"):
        until(own_shop, number, lambda it: it["lineItems"][0]["delivery"]["state"] == "delivered")
    until(own_shop, "AWAY", lambda it: it["lineItems"][0]["delivery"]["state"] == "waiting")

    def listed(problem: str) -> list[str]:
        found = (
            own_shop.get("/api/orders", params={"problem": problem}),
            press.get("/api/orders", problem=problem),
        )
        mine, its = (numbers(answer.json()["orders"]) for answer in found)
        assert mine == its
        return mine

    line = {"recipeSetReadableId": "ABCD1234", "workflowStatus": "revision"}
    aside = {"purchaseOrderNumber": "ASIDE", "lineItems": [line]}
    assert press.put("/api/order/status", aside).status_code == 200
    assert listed("set-aside") == ["ASIDE"]
    assert listed("stuck") == listed("files-away") == []
    with opened_store(working) as runtime, runtime.ledger.write() as tx:
        here = sa.select(clients.c.id).where(clients.c.handle == own_shop.handle).scalar_subquery()
        of = {
            number: sa.select(orders.c.id)
            .where(orders.c.client_id == here, orders.c.purchase_order_number == number)
            .scalar_subquery()
            for number in ("QUIET", "SAYS", "AWAY")
        }
        then = tx.now - 6 * 24 * HOUR_US
        for number, times in (
            ("QUIET", {"modified_at": then, "delivered_at": then}),
            ("SAYS", {"delivered_at": then}),
        ):
            one = (lines.c.client_id == here) & (lines.c.order_id == of[number])
            tx.connection.execute(sa.update(lines).where(one).values(times))
        parked = (outbox.c.client_id == here) & (outbox.c.order_id == of["AWAY"])
        tx.connection.execute(sa.update(outbox).where(parked).values(reason="files-away"))
    assert (listed("stuck"), listed("files-away")) == (["QUIET"], ["AWAY"])
    assert listed("set-aside") == ["ASIDE"]
    with opened_store(working) as runtime, runtime.database.read() as connection:
        ever = search.Filter(client=own_shop.handle, problem="stuck")
        for days, found in ((0, 0), (5, 1), (7, 0)):
            page = search.page(
                connection,
                Seat(None, None),
                ever,
                now_us(),
                before=None,
                most=9,
                stuck_us=days * 24 * HOUR_US,
            )
            assert len(page.marks) == found


def test_a_delivery_that_was_given_up_is_found_by_its_order(
    working: Server, own_shop: Shop, factory: Factory
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    own_shop.acknowledge(order("PO-2", "EFGH5678"))
    change(own_shop, "hold", "PO-1")
    sell(own_shop, "ABCD1234")
    until(own_shop, "PO-1", lambda it: it["lineItems"][0]["delivery"]["state"] == "ready")

    def listed(problem: str) -> list[str]:
        return numbers(own_shop.get("/api/orders", params={"problem": problem}).json()["orders"])

    assert listed("on-hold") == ["PO-1"]
    shown = json.loads(working.spectrum("destination", "list", "--json").stdout)
    (way,) = [one for one in shown if one["partner"] == factory.handle]
    working.spectrum("destination", "remove", str(way["id"]), "--yes")
    assert listed("destination-removed") == ["PO-1"]
    assert listed("delivery-buried") == []
    with opened_store(working) as runtime, runtime.ledger.write() as tx:
        tx.connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.destination_id == int(way["id"]))
            .values(proof='{"code":"no-folder"}')
        )
    assert listed("destination-removed") == []
    assert listed("delivery-buried") == ["PO-1"]


@pytest.mark.parametrize(
    ("accept", "type_"),
    [
        ("text/csv", "text/csv"),
        ("application/x-ndjson;q=0.9, text/html", "application/x-ndjson"),
        ("text/csv, */*;q=0.1", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("text/html", "application/json"),
    ],
)
def test_what_is_accepted_says_the_form_where_nothing_else_does(
    own_shop: Shop, accept: str, type_: str
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    answer = own_shop.get("/api/orders", Accept=accept)
    assert answer.headers["content-type"].partition(";")[0] == type_
    assert "PO-1" in answer.text
    said = own_shop.get("/api/orders", params={"format": "ndjson"}, Accept=accept)
    assert said.headers["content-type"] == "application/x-ndjson"


def test_what_a_search_did_not_read_is_named_in_a_header_and_refuses_nothing(own_shop: Shop) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    body = {
        "lastModificationStartDate": "2020-01-01T00:00:00Z",
        "workflowStatuses": ["not-started"],
        "ignoreDateRestriction": True,
    }
    plain = own_shop.post("/api/orders/search", body)
    assert "spectrum-warnings" not in plain.headers
    for more in ({}, {"limit": 5}):
        answer = own_shop.post("/api/orders/search", {**body, **more, "limitt": 3, 'ü"\\\r\n': 1})
        assert (answer.status_code, answer.json()) == (200, plain.json())
        said = answer.headers["spectrum-warnings"]
        assert said.startswith('"/limitt: The member is not known; it was not read; did you mean limit?", "/')
        assert "%C3%BC%22%5C%0D%0A" in said
    for name in ("x{}", "{}" + 100 * "\N{GRINNING FACE}"):
        many = own_shop.post("/api/orders/search", body | {name.format(place): 1 for place in range(1_000)})
        assert (many.status_code, many.json()) == (200, plain.json())
        said = many.headers["spectrum-warnings"]
        assert len(said) <= 2_000
        *whole, last = said.split('", "')
        assert last == 'There are more warnings."'
        assert whole[0].startswith('"/')
        assert all("it was not read" in one for one in whole)


def test_the_reference_names_every_parameter_that_is_read(own_shop: Shop) -> None:
    document = own_shop.get("/openapi.json").json()
    named = document["components"]["parameters"]
    listed = document["paths"]["/api/orders"]["get"]["parameters"]
    found = [named[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in listed]
    assert {one["name"] for one in found if one["in"] == "query"} == set(PARAMETERS)
