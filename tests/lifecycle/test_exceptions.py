"""The one list of exceptions: each kind appears, is seen by those whom it concerns, and clears by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from spectrum_orders.domain.client import ClientSettings
from spectrum_orders.domain.exceptions import HOUR_US, KINDS
from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import exceptions, parties, partners
from spectrum_orders.store.exceptions import Look
from spectrum_orders.store.problems import PROBLEMS
from spectrum_orders.store.schema import endpoints, erasures, lines, webhooks
from spectrum_orders.store.transaction import now_us
from tests.harness.factory import PATIENCE, Factory, nobody_tries, opened_store, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, change
from tests.lifecycle.test_changes import until as read_until
from tests.lifecycle.test_corrected_artwork import correct, reject, sold

PATIENCE_US = 12 * HOUR_US
STUCK_US = 5 * 24 * HOUR_US


def listed(caller: Shop | Press, **params: str) -> list[dict[str, Any]]:
    """What the caller is told, the kinds' order kept."""
    return asked(caller, "exceptions", **params)


def asked(caller: Shop | Press, what: str, **params: str) -> list[dict[str, Any]]:
    path = f"/api/{what}"
    answer = caller.get(path, params=params) if isinstance(caller, Shop) else caller.get(path, **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()[what]
    return found


def kinds(caller: Shop | Press) -> list[tuple[str, str | None]]:
    return [(one["kind"], one["purchaseOrderNumber"]) for one in listed(caller)]


def until(caller: Shop | Press, wanted: list[tuple[str, str | None]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while (found := kinds(caller)) != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    for kind, number in wanted:
        if kind in PROBLEMS and isinstance(caller, Shop):  # an order is found by whatever is wrong with it
            found_by = caller.get(f"/api/orders?problem={kind}").json()["orders"]
            assert number in [one["purchaseOrderNumber"] for one in found_by], kind


def date(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def client_id(runtime: Runtime, shop: Shop) -> int:
    with runtime.database.read() as connection:
        client = parties.find_client(connection, shop.handle)
    assert client is not None
    return client.id


def partner_id(runtime: Runtime, factory: Factory) -> int:
    with runtime.database.read() as connection:
        partner = partners.find(connection, factory.handle)
    assert partner is not None
    return partner.id


def found_late(caller: Shop | Press) -> list[str]:
    """What the search finds; the newest first."""
    return [one["purchaseOrderNumber"] for one in asked(caller, "orders", problem="late")]


def test_a_line_is_late_until_it_is_shipped_delivered_or_cancelled(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    sell(own_shop, "ABCD1234")
    for number, due in (("LATE-1", -2), ("LATE-2", -1), ("LATE-3", -1), ("SOON", 0), ("LATER", 9)):
        sent = order(number, "ABCD1234", estimatedDeliveryDate=date(due))
        assert own_shop.acknowledge(sent).status_code == 200
    late = [("late", "LATE-1"), ("late", "LATE-2"), ("late", "LATE-3")]
    until(own_shop, [*late, ("due-soon", "SOON")])
    until(press, [*late, ("due-soon", "SOON")])
    first, *_, soon = listed(press)
    assert (first["waiting"], soon["waiting"]) == (False, True)
    assert first["dueAt"] == f"{date(-2)}T23:59:59.000000+00:00"
    assert first["nextStep"] == "Ship it and say so: POST /api/order/ship-notification"
    assert press.read("LATE-1")["lineItems"][0]["shipBy"] == first["dueAt"]
    with Shop(working) as stranger:
        assert listed(stranger) == []
        assert listed(stranger, partner=factory.handle) == []
    said = json.loads(
        working.spectrum(
            "exceptions", "--client", own_shop.handle, "--kind", "late", "--limit", "2", "--json"
        ).stdout
    )
    assert [one["purchaseOrderNumber"] for one in said] == ["LATE-1", "LATE-2"]
    assert said[0]["nextStep"].endswith(f"spectrum order show --client {own_shop.handle} LATE-1")

    pages: list[str] = []
    params = {"limit": "1"}
    while True:
        page = own_shop.get("/api/exceptions", params=params).json()
        pages += [one["purchaseOrderNumber"] for one in page["exceptions"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert pages == ["LATE-1", "LATE-2", "LATE-3", "SOON"]

    assert found_late(own_shop) == found_late(press) == ["LATE-3", "LATE-2", "LATE-1"]
    line = {"recipeSetReadableId": "ABCD1234"}
    shipped = {"purchaseOrderNumber": "LATE-1", "lineItems": [{**line, "shipmentTracking": ["1Z"]}]}
    assert press.post("/api/order/ship-notification", shipped).status_code == 200
    done = {"purchaseOrderNumber": "LATE-2", "lineItems": [{**line, "workflowStatus": "delivered"}]}
    assert press.put("/api/order/status", done).status_code == 200
    assert own_shop.post("/api/order/cancel", {"purchaseOrderNumber": "LATE-3"}).status_code == 200
    assert kinds(own_shop) == kinds(press) == [("due-soon", "SOON")]
    assert found_late(own_shop) == found_late(press) == []


def test_the_next_deadline_is_in_the_time_zone_that_its_client_has_by_then(
    working: Server, own_shop: Shop, factory: Factory
) -> None:
    def deadline(number: str) -> str:
        sent = order(number, "ABCD1234", estimatedDeliveryDate="2030-01-15")
        assert own_shop.acknowledge(sent).status_code == 200
        until_seen = time.monotonic() + PATIENCE
        while True:
            (line,) = own_shop.get(f"/api/order/order-number/{number}").json()["lineItems"]
            if "shipBy" in line:
                return str(line["shipBy"])
            assert time.monotonic() < until_seen, line
            time.sleep(0.05)

    assert deadline("PO-1") == "2030-01-15T23:59:59.000000+00:00"
    working.spectrum("client", "set", own_shop.handle, "--timezone", "Asia/Tokyo")
    assert deadline("PO-2") == "2030-01-15T14:59:59.000000+00:00"


def test_a_cursor_or_kind_that_nobody_gave_is_refused(own_shop: Shop) -> None:
    for params in (
        {"cursor": "nonsense"},
        {"cursor": "eyJraW5kIjoibGF0ZSIsImtleSI6WyJ4Il19"},
        {"kind": "nobody-works"},
        {"limit": "0"},
    ):
        assert own_shop.get("/api/exceptions", params=params).status_code == 400


def test_what_waits_for_somebody_clears_when_it_is_done(own_shop: Shop, working: Server) -> None:
    assert own_shop.acknowledge(order("PO-1", "MISSING1")).status_code == 200
    handle = own_shop.handle.replace("shop", "press")
    with opened_store(working) as runtime, runtime.ledger.write() as tx:
        partners.create(tx, handle, name="", settings=PartnerSettings())
    # There are rules in this house, of other shops, and none of this one.
    other = ("route", "add", "--client", own_shop.handle, "--partner", handle)
    working.spectrum(*other, "--sku", "NOTHING-*")
    until(own_shop, [("unrouted", "PO-1")])
    working.spectrum(*other)
    until(own_shop, [("awaiting-artwork", "PO-1")])
    (waits,) = listed(own_shop)
    assert (waits["waiting"], waits["partner"]) == (True, handle)
    sell(own_shop, "MISSING1")
    until(own_shop, [("no-destination", "PO-1")])
    said = json.loads(working.spectrum("exceptions", "--partner", handle, "--json").stdout)
    assert [one["kind"] for one in said] == ["no-destination"]
    assert own_shop.post("/api/order/cancel", {"purchaseOrderNumber": "PO-1"}).status_code == 200
    until(own_shop, [])


def test_a_package_is_uncollected_until_its_partner_says_that_it_has_it(
    own_shop: Shop, build: Callable[..., Factory], working: Server
) -> None:
    factory = build(PartnerSettings(collect_hours=0.000_01))
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    with Press(factory) as press, Press(build()) as other:
        until(press, [("uncollected", "PO-1")])
        assert kinds(own_shop) == [("uncollected", "PO-1")]
        assert listed(other) == []
        (case,) = listed(press)
        assert press.post(f"/api/packages/{case['packageId']}/received").status_code == 200
        assert listed(press) == []

        times = press.get("/api/order/order-number/PO-1/times").json()["lineItems"][0]
        stages = [one["stage"] for one in times["stages"]]
        assert stages == ["acknowledged", "routed", "ready", "delivered", "collected"]
        assert times["workflowStatuses"][0]["workflowStatus"] == "not-started"
        assert other.get("/api/order/order-number/PO-1/times").status_code == 404
    said = json.loads(
        working.spectrum("order", "times", "--client", own_shop.handle, "PO-1", "--json").stdout
    )
    assert [one["name"] for one in said if one["what"] == "stage"] == stages
    assert {one["line"] for one in said} == {times["id"]}


def test_a_line_that_a_partner_refuses_is_an_exception_until_another_makes_it(
    own_shop: Shop, build: Callable[..., Factory], working: Server
) -> None:
    first, second = build(PartnerSettings(sla_days=0)), build(PartnerSettings(sla_days=9))
    first.receives(own_shop)
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    first.await_packages()
    with Press(first) as press:
        (package,) = press.get("/api/packages").json()["packages"]
        path = f"/api/packages/{package['packageId']}/rejected"
        assert press.post(path, {"reason": "No mugs left."}).status_code == 200
        until(own_shop, [("refused", "PO-1")])
        assert listed(press) == []
        # Nobody has it any more, so that nobody is asked how far it is.
        with opened_store(working) as runtime, runtime.database.read() as connection:
            look = Look(now_us() + 9 * 24 * HOUR_US, PATIENCE_US, STUCK_US, client_id(runtime, own_shop))
            assert exceptions.find(connection, look, ("stuck",), 9).cases == ()
    # Its deadline went with the partner that had promised it.
    assert "shipBy" not in own_shop.get("/api/order/order-number/PO-1").json()["lineItems"][0]
    second.receives(own_shop)
    until(own_shop, [])
    second.await_packages()
    assert "shipBy" in own_shop.get("/api/order/order-number/PO-1").json()["lineItems"][0]


def test_a_week_of_deadlines_passes_in_a_second(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    """The list is asked at a moment, so that the clock can be turned for it: hour by hour for a week."""
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("HELD", "ABCD1234", estimatedDeliveryDate=date(3))).status_code == 200
    factory.await_packages()
    assert own_shop.acknowledge(order("WAITS", "MISSING9")).status_code == 200
    until(own_shop, [("awaiting-artwork", "WAITS")])
    with opened_store(working) as runtime:
        mine = client_id(runtime, own_shop)
        now = now_us()
        with runtime.ledger.write() as tx:
            client = parties.find_client(tx.connection, own_shop.handle)
            assert client is not None
            parties.change_settings(tx, client, ClientSettings(silent_hours=48), "cli")
            held = sa.update(lines).where(lines.c.client_id == mine, lines.c.ship_by.is_not(None))
            tx.connection.execute(held.values(held_at=now))
            owner = partner_id(runtime, factory)
            _insert(
                tx.connection, endpoints, owner_id=mine, id=tx.ids.take(), state="parked", url="x", kinds="[]"
            )
            endpoint = tx.ids.take()
            _insert(
                tx.connection,
                endpoints,
                owner_id=owner,
                id=endpoint,
                state="active",
                url="x",
                kinds="[]",
                sequence=1,
            )
            _insert(tx.connection, webhooks, endpoint_id=endpoint, sequence=1, state="buried", created_at=now)
            _insert(
                tx.connection,
                erasures,
                client_id=mine,
                order_id=1,
                partner_id=owner,
                purchase_order_number="GONE",
                erased_at=now - 27 * 24 * HOUR_US,
            )
        began: dict[str, int] = {}
        alarmed: dict[str, int] = {}
        with runtime.database.read() as connection:
            for hour in range(7 * 24 + 1):
                look = Look(now + hour * HOUR_US, PATIENCE_US, STUCK_US, mine)
                for case in exceptions.find(connection, look, tuple(KINDS), 500).cases:
                    began.setdefault(case.kind, hour)
                    if not case.waiting:
                        alarmed.setdefault(case.kind, hour)
            # What the clock calls an exception is what is counted.
            counts = exceptions.count(
                connection, Look(now + 168 * HOUR_US, PATIENCE_US, STUCK_US, mine), 1_000
            )
            its = Look(now, PATIENCE_US, STUCK_US, None, owner)
            (buried,) = exceptions.find(connection, its, ("webhook-buried",), 9).cases
    assert (buried.endpoint, buried.count, buried.partner) == (endpoint, "1 event", factory.handle)
    assert {kind for kind, number in counts.items() if number} == set(alarmed)
    assert 48 < began.pop("due-soon") + 1 <= 73
    assert 72 < alarmed.pop("late") <= 97
    assert (began["on-hold"], alarmed["on-hold"]) == (0, 24)
    assert (began["awaiting-artwork"], alarmed["awaiting-artwork"]) == (0, 12)
    assert 47 < alarmed["silent-client"] <= 49
    assert (alarmed["webhook-parked"], alarmed["erasure-unconfirmed"]) == (0, 73)
    assert [(one["kind"], one["purchaseOrderNumber"]) for one in listed(press)][-1] == (
        "webhook-buried",
        None,
    )


def _insert(connection: sa.Connection, table: sa.Table, **values: Any) -> None:
    """A row with everything that has to be there, as empty as it may be."""
    for column in table.columns:
        if not column.nullable and column.server_default is None and column.name not in values:
            values[column.name] = "" if isinstance(column.type, sa.Text) else 0
    connection.execute(table.insert().values(values))


def test_every_kind_is_read_by_an_index(working: Server) -> None:
    """However many orders there are: no kind reads a whole table of them."""
    large = ("orders", "lines", "outbox", "packages", "deliveries", "webhooks", "erasures")
    scans: list[str] = []
    with opened_store(working) as runtime, runtime.database.read() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        asked: list[tuple[str, Any]] = []

        def note(_c: Any, _u: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> None:
            asked.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", note)
        for look in (
            Look(now_us(), PATIENCE_US, STUCK_US),
            Look(now_us(), PATIENCE_US, STUCK_US, 1),
            Look(now_us(), PATIENCE_US, STUCK_US, 1, 1),
        ):
            exceptions.find(connection, look, tuple(KINDS), 10)
            exceptions.count(connection, look, 10)
        sa.event.remove(connection, "before_cursor_execute", note)
        for statement, parameters in asked:
            explained = connection.exec_driver_sql(
                ("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement, parameters
            )
            for row in explained:
                step = str(row[-1])
                if any(f"SCAN {table}" == step.strip() or f"Seq Scan on {table} " in step for table in large):
                    scans.append(f"{step}: {statement}")
    assert scans == []


def test_a_line_that_its_factory_sets_aside_is_told_at_once_until_it_goes_on(
    own_shop: Shop, factory: Factory, press: Press, working: Server
) -> None:
    sell(own_shop, "ABCD1234", "EFGH5678")
    assert own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678")).status_code == 200
    factory.await_packages()

    def put(*wanted: str) -> None:
        names = ("ABCD1234", "EFGH5678")
        lines = [
            {"recipeSetReadableId": name, "workflowStatus": status}
            for name, status in zip(names, wanted, strict=True)
        ]
        sent = {"purchaseOrderNumber": "PO-1", "lineItems": lines}
        assert press.put("/api/order/status", sent).status_code == 200

    put("revision", "on-hold")
    assert kinds(own_shop) == [("set-aside", "PO-1")] * 2
    assert kinds(press) == []
    first, second = listed(own_shop)
    assert first["waiting"] is False
    number = first["lineItem"]["id"]
    said = f"is revision at {factory.handle}, which does not go on before something is settled."
    assert first["cause"] == f"Line {number} (ABCD1234) {said}"
    assert " is on-hold at " in second["cause"]
    assert first["nextStep"].endswith("GET /api/order/order-number/PO-1/history")
    words = ("exceptions", "--client", own_shop.handle, "--kind", "set-aside", "--json")
    told, _ = json.loads(working.spectrum(*words).stdout)
    assert told["nextStep"].endswith(f": spectrum order history --client {own_shop.handle} PO-1")
    put("in-progress", "on-hold")
    assert kinds(own_shop) == [("set-aside", "PO-1")]
    put("in-progress", "cancelled")
    assert kinds(own_shop) == []


def test_a_line_of_which_its_factory_says_nothing_for_days_is_stuck(
    own_shop: Shop, factory: Factory, press: Press, working: Server
) -> None:
    sell(own_shop, "ABCD1234")
    for number in ("QUIET", "DATED", "SAYS", "SHIPPED"):
        more = {"estimatedDeliveryDate": date(30)} if number == "DATED" else {}
        assert own_shop.acknowledge(order(number, "ABCD1234", **more)).status_code == 200
    assert own_shop.acknowledge(order("WAITS", "MISSING9")).status_code == 200
    factory.await_packages(4)
    until(own_shop, [("awaiting-artwork", "WAITS")])
    line = {"recipeSetReadableId": "ABCD1234"}
    shipped = {"purchaseOrderNumber": "SHIPPED", "lineItems": [{**line, "shipmentTracking": ["1Z"]}]}
    assert press.post("/api/order/ship-notification", shipped).status_code == 200
    with opened_store(working) as runtime:
        mine, its = client_id(runtime, own_shop), partner_id(runtime, factory)
        wanted = sa.select(sa.func.count()).where(
            lines.c.client_id == mine, lines.c.delivered_at.is_not(None), lines.c.shipped_at.is_(None)
        )
        deadline = time.monotonic() + PATIENCE
        with runtime.database.read() as connection:
            day = 24 * HOUR_US
            now = now_us()

            def stuck(days: int, partner: int | None = None, after: int = 5) -> list[str | None]:
                look = Look(now + days * day, PATIENCE_US, after * day, mine, partner)
                found = exceptions.find(connection, look, ("stuck",), 500).cases
                assert exceptions.count(connection, look, 500)["stuck"] == len(found)
                return [case.purchase_order_number for case in found]

            while connection.execute(wanted).scalar_one() < 3:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            now = now_us()
            assert stuck(4) == []
            assert stuck(6) == ["QUIET", "SAYS"]
            assert stuck(6, its) == ["QUIET", "SAYS"]
            assert stuck(6, 1) == []
            assert stuck(6, after=7) == []
            assert stuck(6, after=0) == []
        moved = sa.update(lines).where(lines.c.client_id == mine, lines.c.delivered_at.is_not(None))
        with runtime.ledger.write() as tx:
            values = {"modified_at": now - 9 * day, "delivered_at": now - 8 * day}
            tx.connection.execute(moved.values(values))
    assert kinds(own_shop) == [("awaiting-artwork", "WAITS"), ("stuck", "QUIET"), ("stuck", "SAYS")]
    assert kinds(press) == [("stuck", "QUIET"), ("stuck", "SAYS")]
    (case, _) = listed(own_shop, kind="stuck")
    assert case["cause"] == (
        f"Line {case['lineItem']['id']} (ABCD1234) is at {factory.handle} without a deadline, and nobody has "
        "said anything of its order for 8 days."
    )
    assert case["waiting"] is False
    assert case["ageSeconds"] // 86_400 == 8
    says = {"purchaseOrderNumber": "SAYS", "lineItems": [{**line, "workflowStatus": "in-progress"}]}
    assert press.put("/api/order/status", says).status_code == 200
    assert kinds(press) == [("stuck", "QUIET")]
    assert own_shop.post("/api/order/cancel", {"purchaseOrderNumber": "QUIET"}).status_code == 200
    assert kinds(press) == []


@pytest.mark.parametrize("verb", ["reroute", "reject", "renew"])
def test_a_line_is_not_stuck_at_a_factory_that_has_not_got_it_yet(
    own_shop: Shop, factory: Factory, build: Callable[..., Factory], working: Server, verb: str
) -> None:
    other = build()
    other.receives(own_shop)
    sold(own_shop)
    its = factory if verb == "renew" else other

    def stuck() -> list[str | None]:
        with opened_store(working) as runtime:
            mine, day = client_id(runtime, own_shop), 24 * HOUR_US
            look = Look(now_us() + 6 * day, PATIENCE_US, 5 * day, mine, partner_id(runtime, its))
            with runtime.database.read() as connection:
                return [
                    one.purchase_order_number
                    for one in exceptions.find(connection, look, ("stuck",), 9).cases
                ]

    with nobody_tries(its):
        if verb == "reject":
            with Press(factory) as press:
                reject(press)
        elif verb == "reroute":
            change(own_shop, "reroute", "PO-1", partner=other.handle)
        else:
            line = {"recipeSetReadableId": "ABCD1234", "workflowStatus": "revision"}
            sent = {"purchaseOrderNumber": "PO-1", "lineItems": [line]}
            with Press(factory) as press:
                assert press.put("/api/order/status", sent).status_code == 200
            correct(own_shop, "ABCD1234")
            change(own_shop, "reroute", "PO-1", partner=factory.handle, artwork="newest")
        read_until(own_shop, "PO-1", lambda it: it["lineItems"][0]["routing"]["partner"] == its.handle)
        assert stuck() == []
    read_until(own_shop, "PO-1", all_delivered)
    assert stuck() == ["PO-1"]
