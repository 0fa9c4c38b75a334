"""Promise: whoever asks hears of everything that happened to its orders, in order, and of nobody else's."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from spectrum_orders.domain.events import KINDS
from spectrum_orders.store.endpoints import MOST
from tests.api.orders import order
from tests.delivery.working import until
from tests.harness.place import SOURCE
from tests.harness.receiver import Receiver, answer
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.harness.told import LOOPBACK, taken, verified

PAGE = SOURCE.parent / "docs" / "events.md"


def events(shop: Shop, **query: str) -> dict[str, Any]:
    found = shop.get("/api/events", params=query)
    assert found.status_code == 200, found.text
    page: dict[str, Any] = found.json()
    return page


def heard(shop: Shop, count: int) -> list[dict[str, Any]]:
    """The shop's events, once there are so many."""
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        found[:] = events(shop, limit="1000")["events"]
        return len(found) >= count

    until(enough, f"{count} events")
    return found


def register(shop: Shop, receiver: Receiver, **more: Any) -> dict[str, Any]:
    found = shop.post("/api/webhooks", {"url": receiver.url, **more})
    assert found.status_code == 201, found.text
    made: dict[str, Any] = found.json()
    return made


@pytest.fixture(scope="module")
def telling(places: Any) -> Any:
    """A server that may post to this machine."""
    with Server(places.new(), LOOPBACK) as running:
        yield running


def test_an_acknowledged_order_is_told_signed_and_without_a_person(telling: Server) -> None:
    with Shop(telling) as shop, Receiver() as receiver:
        made = register(shop, receiver)
        sent = order(emailAddress="canary@shop.test")
        shop.acknowledge(sent)
        until(lambda: bool(receiver.posted), "a webhook")
        (posted,) = receiver.posted
        told = verified(posted, made["secret"])
        assert "canary" not in posted.body.decode()
        assert told["type"] == "order.acknowledged"
        assert told["sequence"] == 1
        assert told["data"] == {
            "clientHandle": shop.handle,
            "purchaseOrderNumber": sent["purchaseOrderNumber"],
        }
        (entry,) = events(shop)["events"]
        assert {**entry, "feedSequence": entry["sequence"]} == told


def test_a_page_leads_to_the_next_and_types_are_chosen(shop: Shop) -> None:
    assert events(shop) == {"events": [], "next": 0, "more": False}
    for _ in range(5):
        shop.acknowledge(order())
    whole = heard(shop, 5)
    assert [one["sequence"] for one in whole] == [1, 2, 3, 4, 5]
    seen: list[dict[str, Any]] = []
    after, more = 0, True
    while more:
        page = events(shop, after=str(after), limit="2")
        seen += page["events"]
        after, more = page["next"], page["more"]
    assert seen == whole
    assert events(shop, after=str(after)) == {"events": [], "next": 5, "more": False}
    assert events(shop, types="order.shipped,line.shipped") == {"events": [], "next": 5, "more": False}
    assert len(events(shop, types="order.acknowledged,line.held", limit="3")["events"]) == 3


def test_who_waits_is_answered_as_soon_as_something_happens(shop: Shop) -> None:
    events(shop)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(events, shop, wait="30")
        shop.acknowledge(order())
        began = time.monotonic()
        assert [one["type"] for one in waiting.result()["events"]] == ["order.acknowledged"]
        assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "query", [{"after": "-1"}, {"limit": "0"}, {"limit": "1001"}, {"wait": "31"}, {"types": "nothing"}]
)
def test_a_question_that_means_nothing_is_told_so(shop: Shop, query: dict[str, str]) -> None:
    assert shop.get("/api/events", params=query).status_code == 400


def test_another_shops_events_are_not_seen(server: Server, shop: Shop) -> None:
    shop.acknowledge(order())
    heard(shop, 1)
    with Shop(server) as other:
        assert events(other)["events"] == []
        other.acknowledge(order())
        (own,) = heard(other, 1)
        assert own["sequence"] == 1
        assert own["data"]["clientHandle"] == other.handle


def test_the_list_of_types_is_the_catalogue_and_so_is_the_page_about_it(shop: Shop) -> None:
    listed = shop.get("/api/event-types").json()["types"]
    assert [one["type"] for one in listed] == list(KINDS)
    rows = [
        f"| `{one['type']}` | {one['when']} | "
        + "; ".join(f"`{adds['member']}`: {adds['meaning']}" for adds in one["data"])
        + " |"
        for one in listed
    ]
    table = PAGE.read_text().partition("| type | when |")[2].partition("\n\n")[0]
    assert [line.replace("|  |", "| |") for line in table.splitlines()[2:]] == [
        row.replace("|  |", "| |") for row in rows
    ]


def test_the_documented_way_to_verify_takes_what_is_sent_and_nothing_else(telling: Server) -> None:
    code = PAGE.read_text().partition("<!-- example: verify -->\n```python\n")[2].partition("```")[0]
    found: dict[str, Any] = {}
    exec(code, found)
    verify = found["verify"]
    with Shop(telling) as shop, Receiver() as receiver:
        made = register(shop, receiver)
        shop.post(f"/api/webhooks/{made['id']}/test")
        (posted,) = receiver.posted
        verify(made["secret"], posted.headers, posted.body)
        old = {**posted.headers, "webhook-timestamp": str(int(time.time()) - 301)}
        other = "whsec_" + base64.b64encode(bytes(32)).decode()
        for secret, headers, body in (
            (made["secret"], posted.headers, posted.body + b" "),
            (made["secret"], {**posted.headers, "webhook-id": "evt_0000000000000"}, posted.body),
            (made["secret"], old, posted.body),
            (other, posted.headers, posted.body),
        ):
            with pytest.raises(ValueError, match=r"not signed|too old"):
                verify(secret, headers, body)


HOSTILE = (
    "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.1/", "https://169.254.169.254/",
    "https://[::ffff:127.0.0.1]/", "https://100.64.0.1/", "http://8.8.8.8/", "https://0x7f.1/",
    "https://2130706433/", "https://user:pass@8.8.8.8/", "https://8.8.8.8/#part", "https://8.8.8.8\\@127.0.0.1/",
    "ftp://8.8.8.8/", "folder:///etc", "s3://bucket/x", "https://8.8.8.8/?token=abc", "https://8.8.8.8:0/",
    "https://", "", 7, None,
)  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_an_address_that_nothing_may_be_sent_to_is_refused_with_its_place(shop: Shop, url: Any) -> None:
    public = shop.post("/api/webhooks", {"url": "https://8.8.8.8/"}).json()["id"]
    asked = [
        shop.post("/api/webhooks", {"url": url}),
        shop.request("PATCH", f"/api/webhooks/{public}", json={"url": url}),
        shop.post(f"/api/webhooks/{public}/replay", {"buried": True, "url": url}),
    ]
    for found in asked if url is not None else asked[:1]:
        assert found.status_code == 422, found.text
        assert {one["pointer"] for one in found.json()["errors"]} == {"/url"}
        assert "abc" not in found.text
    assert len(shop.get("/api/webhooks").json()["webhooks"]) == 1


def test_every_problem_of_a_webhook_is_told_at_once(shop: Shop) -> None:
    found = shop.post(
        "/api/webhooks", {"types": ["nothing"], "contact": "nobody", "note": 1.5, "state": "parked"}
    )
    assert {(one["pointer"], one["code"]) for one in found.json()["errors"]} == {
        ("/url", "missing"),
        ("/types/0", "unknown-value"),
        ("/contact", "malformed"),
        ("/note", "wrong-type"),
        ("/state", "unknown-value"),
    }
    assert shop.post("/api/webhooks", content=b"{").json()["code"] == "not-json"
    assert shop.post("/api/webhooks", [1]).status_code == 422


@pytest.mark.parametrize(
    "said",
    [
        {}, {"sequence": 1, "buried": True}, {"sequence": 0}, {"sequence": "1"}, {"since": "yesterday"},
        {"buried": False}, {"buried": True, "untill": "2026-01-01"}, {"after": 3}, [],
    ],
)  # fmt: skip
def test_a_replay_of_nothing_in_particular_is_refused(shop: Shop, said: Any) -> None:
    made = shop.post("/api/webhooks", {"url": "https://8.8.8.8/"}).json()
    assert shop.post(f"/api/webhooks/{made['id']}/replay", said).status_code == 422


def test_a_contact_whom_nobody_can_tell_is_warned_of(shop: Shop) -> None:
    """The server of these tests sends no mail."""
    url = {"url": "https://8.8.8.8/"}
    made = shop.post("/api/webhooks", {**url, "contact": "orders@shop.example"}).json()
    (warning,) = made["warnings"]
    assert (warning["pointer"], warning["code"]) == ("/contact", "contact-not-told")
    silent = shop.post("/api/webhooks", url).json()
    assert silent["warnings"] == []

    def changed(**said: str) -> list[str]:
        answer = shop.request("PATCH", f"/api/webhooks/{silent['id']}", json=said)
        return [one["code"] for one in answer.json()["warnings"]]

    assert changed(note="own") == []
    assert changed(contact="orders@shop.example") == ["contact-not-told"]


def test_an_owner_has_a_limited_number_of_webhooks(shop: Shop) -> None:
    said = [shop.post("/api/webhooks", {"url": "https://8.8.8.8/"}).status_code for _ in range(MOST + 1)]
    assert said == [201] * MOST + [409]


def test_a_test_tells_what_came_back(telling: Server) -> None:
    with Shop(telling) as shop, Receiver() as receiver:
        made = register(shop, receiver)
        receiver.answers = [
            answer(200, b"hello"),
            answer(500, b"broken"),
            answer(302, b"", {"location": receiver.url}),
        ]
        path = f"/api/webhooks/{made['id']}/test"
        said = [shop.post(path).json() for _ in range(3)]
        assert [(one["delivered"], one["status"], one["answer"]) for one in said] == [
            (True, 200, "hello"),
            (False, 500, "broken"),
            (False, 302, ""),
        ]
        assert len(receiver.posted) == 3, "a redirect is not followed"
        told = verified(receiver.posted[0], made["secret"])
        assert (told["type"], told["sequence"]) == ("webhook.test", 0)
        gone = receiver.url
    with Shop(telling) as shop, Receiver() as receiver:
        made = register(shop, receiver)
        shop.request("PATCH", f"/api/webhooks/{made['id']}", json={"url": gone})
        said_last = shop.post(f"/api/webhooks/{made['id']}/test").json()
        assert (said_last["delivered"], said_last["status"], said_last["error"]) == (False, 0, "unreachable")


def test_the_log_has_every_attempt_and_what_was_sent_can_be_sent_again(telling: Server) -> None:
    with Shop(telling) as shop, Receiver() as receiver:
        made = register(shop, receiver, types=["order.acknowledged"])
        path = f"/api/webhooks/{made['id']}"
        for _ in range(3):
            shop.acknowledge(order())
        until(lambda: len(receiver.posted) == 3, "webhooks")
        until(lambda: len(deliveries(shop, path, state="sent")) == 3, "their log")
        assert deliveries(shop, path, state="pending") == []
        (second,) = deliveries(shop, path, after="1", limit="1")
        assert (second["sequence"], second["attempts"], second["log"][0]["status"]) == (2, 1, 200)
        assert shop.get(f"{path}/deliveries", params={"state": "lost"}).status_code == 400

        assert shop.post(f"{path}/replay", {"sequence": 2}).json()["replayed"] == 1
        until(lambda: len(receiver.posted) == 4, "one again")
        assert shop.post(f"{path}/replay", {"buried": True}).json()["replayed"] == 0
        until(lambda: len(deliveries(shop, path, state="sent")) == 3, "that it is settled")
        assert shop.post(f"{path}/replay", {"since": "2020-01-01", "after": 1}).json()["replayed"] == 2
        assert shop.post(f"{path}/replay", {"until": "2020-01-01"}).json()["replayed"] == 0
        until(lambda: len(receiver.posted) == 6, "a window again")
        for posted in receiver.posted:
            verified(posted, made["secret"])
        assert sorted(one["sequence"] for one in taken(receiver)) == [1, 2, 2, 2, 3, 3]


def deliveries(shop: Shop, path: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.get(f"{path}/deliveries", params=query).json()["deliveries"]
    return found


def test_a_secret_is_shown_once_and_a_second_rotation_waits(shop: Shop) -> None:
    made = shop.post("/api/webhooks", {"url": "https://8.8.8.8/"}).json()
    path = f"/api/webhooks/{made['id']}"
    new = shop.post(f"{path}/secret").json()
    assert new["secret"] != made["secret"]
    assert shop.post(f"{path}/secret").status_code == 409
    shown = shop.get(path).text + shop.get("/api/webhooks").text
    assert "whsec_" not in shown
    assert "whsec_" not in shop.server.logs()
    assert new["secondSecretUntil"] == shop.get(path).json()["secondSecretUntil"]


def test_what_was_removed_is_gone_with_its_secret(telling: Server) -> None:
    with Shop(telling) as shop, Receiver() as receiver:
        made = register(shop, receiver)
        path = f"/api/webhooks/{made['id']}"
        shop.request("PATCH", path, json={"state": "disabled"})
        assert shop.request("DELETE", path).json() == {"id": made["id"], "removed": True}
        for method, end in (("GET", ""), ("POST", "/test"), ("DELETE", ""), ("POST", "/secret")):
            assert shop.request(method, path + end).status_code == 404
        shop.acknowledge(order())
        heard(shop, 1)
        assert not receiver.posted
