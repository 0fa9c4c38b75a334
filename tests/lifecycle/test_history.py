"""Who moved a line, when, and why: for its shop, its factory and the operator, each as far as it may know."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import spectrum_orders.lifecycle
from spectrum_orders.lifecycle import redelivering
from spectrum_orders.lifecycle.history import WHAT
from tests.harness.factory import Factory, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle import somebody
from tests.lifecycle.somebody import SCOPES
from tests.lifecycle.test_changes import all_delivered, change, until
from tests.lifecycle.test_exceptions import listed
from tests.lifecycle.test_exceptions import until as until_listed

STATUS, SHIPPING = "/api/order/status", "/api/order/ship-notification"
WHY = "The White plate is missing, we need it"


def history(caller: Shop | Press, number: str) -> dict[str, Any]:
    answer = caller.get(f"/api/order/order-number/{number}/history")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def steps(caller: Shop | Press, number: str) -> list[dict[str, Any]]:
    """Of the order's first line."""
    found: list[dict[str, Any]] = history(caller, number)["lineItems"][0]["history"]
    return found


def shown(one: dict[str, Any]) -> tuple[str, str, str, str | None, str]:
    by = one["by"] or {"role": None, "handle": None}
    return one["what"], one["from"], one["to"], by["handle"] or by["role"], one.get("reason", "")


def package_of(press: Press) -> str:
    (found,) = press.get("/api/packages").json()["packages"]
    return str(found["packageId"])


def status(number: str, to: str, name: str = "ABCD1234") -> dict[str, Any]:
    return {"purchaseOrderNumber": number, "lineItems": [{"recipeSetReadableId": name, "workflowStatus": to}]}


def parcel(number: str) -> dict[str, Any]:
    line = {"recipeSetReadableId": "ABCD1234", "shipmentTracking": ["1Z1"]}
    return {"purchaseOrderNumber": number, "lineItems": [line]}


def test_every_move_of_a_line_is_told_with_who_when_and_why(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    assert own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678")).status_code == 200
    change(own_shop, "hold", "PO-1", "ABCD1234", reason="ask Ann")
    released = ("order", "release", "--client", own_shop.handle, "PO-1", "--reason", "Ann says yes")
    working.spectrum(*released)
    sell(own_shop, "ABCD1234", "EFGH5678")
    until(own_shop, "PO-1", all_delivered)
    package = package_of(press)
    assert press.post(f"/api/packages/{package}/received").status_code == 200
    for to in ("in-progress", "completed", "delivered", "in-progress"):
        assert press.put(STATUS, status("PO-1", to)).status_code == 200
    assert press.post(SHIPPING, parcel("PO-1")).status_code == 200
    told = history(own_shop, "PO-1")
    assert (told["clientHandle"], told["purchaseOrderNumber"]) == (own_shop.handle, "PO-1")
    assert [line["recipeSetReadableId"] for line in told["lineItems"]] == ["ABCD1234", "EFGH5678"]
    assert "tok_" not in json.dumps(told)
    first, second = (line["history"] for line in told["lineItems"])
    assert [one["at"] for one in first] == sorted(one["at"] for one in first)
    moves = {"held", "released", "status", "shipped"}
    own, made_by = own_shop.handle, factory.handle
    assert [shown(one) for one in first if one["what"] in moves] == [
        ("held", "", "held", own, "ask Ann"),
        ("released", "held", "", "operator", "Ann says yes"),
        ("status", "not-started", "in-progress", made_by, ""),
        ("status", "in-progress", "completed", made_by, ""),
        ("status", "completed", "delivered", made_by, ""),
        ("status", "delivered", "delivered", made_by, ""),
        ("shipped", "", "1Z1", made_by, ""),
    ]
    assert [one["note"] for one in first if "note" in one] == ["in-progress came too late"]
    making = [shown(one) for one in second]
    assert making[:1] == [("acknowledged", "", "", own, "")]
    assert set(making) == {
        ("acknowledged", "", "", own, ""),
        ("routed", "", made_by, "worker", ""),
        ("made", "", "ready", "worker", ""),
        ("planned", "", "package", "worker", ""),
        ("delivered", "", "package", "worker", ""),
        ("collected", "", "package", made_by, ""),
    }
    assert {one["packageId"] for one in second if "packageId" in one} == {package}
    # As the operator reads it: the same, and a line by what --line wants.
    words = ("order", "history", "--client", own_shop.handle, "PO-1")
    rows = json.loads(working.spectrum(*words, "--json").stdout)
    assert len(rows) == len(first) + len(second)
    assert {row["line"] for row in rows} == {line["id"] for line in told["lineItems"]}
    said = working.spectrum(*words).stdout
    assert f"held, by shop {own} (ask Ann)" in said
    assert "released: held, by operator (Ann says yes)" in said
    assert f"status: not-started -> in-progress, by partner {made_by}" in said


def test_a_rejection_is_told_with_its_reason_and_a_factory_learns_nothing_of_another(
    own_shop: Shop, factory: Factory, build: Callable[..., Factory], press: Press, working: Server
) -> None:
    sell(own_shop, "ABCD1234", "EFGH5678")
    assert own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678")).status_code == 200
    until(own_shop, "PO-1", all_delivered)
    assert press.put(STATUS, status("PO-1", "in-progress")).status_code == 200
    assert press.post(f"/api/packages/{package_of(press)}/rejected", {"reason": WHY}).status_code == 200
    until_listed(own_shop, [("refused", "PO-1")])
    (case,) = listed(own_shop)
    assert case["partner"] == factory.handle
    assert case["reason"] == WHY
    last = case["lineItem"]["id"]
    said = f"{factory.handle} will not make line {last} (EFGH5678) and 1 more line (“{WHY}”); no rule leads"
    assert case["cause"].startswith(said)
    (row,) = json.loads(working.spectrum("exceptions", "--client", own_shop.handle, "--json").stdout)
    assert (row["lineItemId"], row["partner"], row["reason"]) == (last, factory.handle, WHY)
    assert press.get("/api/order/order-number/PO-1/history").status_code == 404
    refused = ("refused", factory.handle, "", factory.handle, WHY)
    assert refused in [shown(one) for one in steps(own_shop, "PO-1")]
    other = build()
    working.spectrum(
        *("order", "reroute", "--client", own_shop.handle, "PO-1"),
        *("--partner", other.handle, "--reason", f"{factory.handle} is slow"),
    )
    with Press(other) as second:
        until(own_shop, "PO-1", all_delivered)
        assert second.put(STATUS, status("PO-1", "completed")).status_code == 200
        told = history(second, "PO-1")
        assert factory.handle not in json.dumps(told)
        moves = [shown(one) for one in steps(second, "PO-1") if one["what"] in ("status", "rerouted")]
        assert moves == [
            ("rerouted", "", other.handle, "operator", ""),
            ("status", "in-progress", "completed", other.handle, ""),
        ]
    whole = [shown(one) for one in steps(own_shop, "PO-1")]
    assert ("rerouted", "", other.handle, "operator", f"{factory.handle} is slow") in whole
    assert ("status", "not-started", "in-progress", factory.handle, "") in whole


def test_a_hold_says_why_until_the_people_of_its_order_are_erased(
    working: Server, build: Callable[..., Factory]
) -> None:
    with Shop(working, scopes=SCOPES) as shop:
        build().receives(shop)
        somebody.send(shop, "PO-1")
        change(shop, "hold", "PO-1", reason="Ask Zinnia")
        (case,) = [one for one in listed(shop) if one["kind"] == "on-hold"]
        assert case["reason"] == "Ask Zinnia"
        assert case["cause"] == f"Line {case['lineItem']['id']} (ABCD1234) is on hold (“Ask Zinnia”)."
        with Shop(working) as stranger:
            assert stranger.get("/api/order/order-number/PO-1/history").status_code == 404
        somebody.erase(shop, "PO-1")
        assert ("held", "", "held", shop.handle, "") in [shown(one) for one in steps(shop, "PO-1")]
        (case,) = [one for one in listed(shop) if one["kind"] == "on-hold"]
        assert case["cause"] == f"Line {case['lineItem']['id']} (ABCD1234) is on hold."
        assert "reason" not in case


def kinds_of_moves() -> Iterator[str]:
    """What the rooms of the lifecycle write into the history of lines, as their code names it."""
    (folder,) = spectrum_orders.lifecycle.__path__
    for path in sorted(Path(folder).glob("*.py")):
        names = vars(importlib.import_module(f"spectrum_orders.lifecycle.{path.stem}"))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Move":
                match node.args[1]:
                    case ast.Name(id) if id in names:
                        yield names[id]
                    case ast.Attribute(ast.Name(module), attr):
                        yield getattr(names[module], attr)
                    case _:
                        assert path.stem == "redelivering", "whose kinds are named below"
    yield from (redelivering.REDELIVERED, redelivering.REPRINTED)


def test_every_move_that_is_kept_has_a_name_in_the_documented_history() -> None:
    assert {*kinds_of_moves()} - {*WHAT} == set()
    assert len({*kinds_of_moves()}) > 9
