"""Promise 9: a person who asks to be forgotten is, everywhere, and what proves the order stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from spectrum_orders.store.schema import (
    assets,
    events,
    journal,
    line_moves,
    order_keys,
    people,
    person_index,
)
from tests.delivery.working import until
from tests.harness.factory import Factory, opened, opened_store
from tests.harness.place import Places
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.somebody import (
    ADDRESS,
    EMAIL,
    SCOPES,
    erase,
    order,
    partner_token,
    read,
    sell,
    send,
    stored,
    traces,
)


@pytest.fixture(scope="module")
def serving(places: Places) -> Iterator[Server]:
    """A server that makes and delivers."""
    with Server(places.new(), {"SPECTRUM_DELIVER": "on"}) as running:
        yield running


@pytest.fixture
def own_shop(serving: Server) -> Iterator[Shop]:
    with Shop(serving, scopes=SCOPES) as shop:
        yield shop


@pytest.fixture
def factory(serving: Server, own_shop: Shop, tmp_path: Path) -> Factory:
    made = Factory(serving, tmp_path / "factory", handle=f"press-{own_shop.handle}")
    made.receives(own_shop)
    return made


def is_delivered(found: dict[str, Any]) -> bool:
    return all(line["delivery"]["state"] == "delivered" for line in found["lineItems"])


def test_an_erased_person_is_gone_and_the_order_is_still_proved(
    own_shop: Shop, serving: Server, factory: Factory
) -> None:
    acknowledged = send(own_shop, "PO-1")
    for verb in ("hold", "release"):
        asked = {"purchaseOrderNumber": "PO-1", "reason": f"A {verb}, Zinnia said."}
        assert own_shop.post(f"/api/order/{verb}", asked).status_code == 200
    asset = sell(own_shop, "ABCD1234")
    (package,) = factory.await_packages()
    receipt = own_shop.get(f"/api/receipts/{acknowledged['receiptId']}").json()
    # It lies there a moment before that is known here.
    until(lambda: is_delivered(read(own_shop, "PO-1")), "that the package is delivered")
    before = read(own_shop, "PO-1")
    with opened_store(serving) as runtime:
        found = stored(runtime, own_shop, "PO-1")
        assert found.key is not None

        told = erase(own_shop, "PO-1")

        assert told["erased"] is True
        assert set(told["fields"]) == {
            "/customerAddress",
            "/shippingAddress",
            "/emailAddress",
            "/lineItems/0/giftMessage",
        }
        assert told["partnersTold"] == [factory.handle]
        assert told["uploads"] == 1
        assert [one["recipeSetId"] for one in told["artwork"]] == ["ABCD1234"]
        with runtime.database.read() as connection:
            for table in (order_keys, person_index):
                mine = sa.select(table).where(table.c.order_id == found.id)
                assert connection.execute(mine).all() == []
            sealed = sa.select(people.c.sealed).where(people.c.order_id == found.id)
            assert {bytes(one) for one in connection.execute(sealed).scalars()} == {b""}
            mine = sa.select(assets).where(assets.c.client_id == found.client_id)
            assert connection.execute(mine).all() == []
            said = sa.select(events.c.data).where(
                events.c.order_id == found.id, events.c.kind == "person.erased"
            )
            assert connection.execute(said).scalars().all() == ["{}"]
            # Who held and released it, and when, but no words about it.
            for text in (events.c.data, line_moves.c.note, journal.c.body):
                mine = sa.select(text).where(text.table.c.order_id == found.id)
                assert "Zinnia" not in str(connection.execute(mine).scalars().all())
            past = sa.select(line_moves.c.kind, line_moves.c.actor).where(line_moves.c.order_id == found.id)
            assert [kind for kind, actor in connection.execute(past) if actor] == ["held", "released"]
    # What there was besides people is as it was.
    after = read(own_shop, "PO-1")
    assert after.pop("erasedAt") == after.pop("lastModification")
    del before["lastModification"]
    for name in ("customerAddress", "shippingAddress", "emailAddress"):
        del before[name]
    for line in before["lineItems"]:
        del line["giftMessage"], line["artwork"]["madeAt"]
        line["artwork"]["state"] = "erased"
    assert after == before
    assert own_shop.get(f"/api/receipts/{acknowledged['receiptId']}").json() == receipt
    # The artwork is gone, and whoever asks for it is told so.
    answer = own_shop.get("/api/webtoprint/ABCD1234")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "The artwork of this recipe set was erased.",
    )
    assert own_shop.get(f"/api/assets/{asset}").status_code == 404
    assert not list((serving.data_dir / "files").rglob(f"{found.client_id}/*"))
    # The factory is asked to delete what it has.
    notice = next(one for one in factory.await_packages(2) if one != package)
    assert notice.name.endswith("_erasure.zip")
    members = opened(notice)
    assert set(members) == {"manifest.json", "ticket.json", "SHA256SUMS"}
    ticket = json.loads(members["ticket.json"])
    assert ticket["erases"] == [json.loads(opened(package)["manifest.json"])["packageId"]]
    assert ticket["lines"] == []
    assert not [name for name, data in members.items() if b"Feather" in data or b"Zinnia" in data]
    # Nobody is found any more, nothing is exported any more, and the journal holds.
    found_now = serving.spectrum("person", "find", "--client", own_shop.handle, "--email", EMAIL)
    assert found_now.stdout == ""
    assert "The journal holds" in serving.spectrum("journal", "verify").stderr
    assert traces(serving.data_dir) == []


def test_an_erased_order_sent_again_is_a_duplicate_that_nobody_calls_identical(own_shop: Shop) -> None:
    send(own_shop, "PO-1")
    plain = own_shop.acknowledge(order("PO-2", emailAddress=None, customerAddress=None, shippingAddress=None))
    assert plain.status_code == 200
    erase(own_shop, "PO-1")
    again = own_shop.post("/api/order", order("PO-1"))
    said = again.json()
    assert (again.status_code, said["identical"], said["differences"]) == (409, False, [])
    assert said["incomparable"] == [
        "/customerAddress",
        "/emailAddress",
        "/lineItems/0/giftMessage",
        "/shippingAddress",
    ]
    assert said["erasedAt"]
    # That somebody is missing, or was not there, can still be told.
    fewer = own_shop.post("/api/order", {**order("PO-1"), "emailAddress": None, "phoneNumber": "1"}).json()
    assert fewer["differences"] == ["/emailAddress", "/phoneNumber"]


def test_an_erased_order_takes_no_address_any_more(own_shop: Shop) -> None:
    bare = order("PO-1", customerAddress=None, shippingAddress=None)
    assert own_shop.acknowledge(bare).status_code == 200
    erase(own_shop, "PO-1")
    late = own_shop.post("/api/order", order("PO-1"))
    assert late.status_code == 409
    assert late.json()["differences"] == ["/customerAddress", "/shippingAddress"]
    assert "shippingAddress" not in read(own_shop, "PO-1")


def test_a_person_is_erased_in_every_order_and_nobody_else_is(own_shop: Shop, serving: Server) -> None:
    sell(own_shop, "ABCD1234")
    other = {**ADDRESS, "firstName": "Odalys", "lastName": "Brankovic"}
    for number in ("PO-1", "PO-2", "PO-3"):
        send(own_shop, number)
    send(own_shop, "PO-4", emailAddress="odalys@shop.example", customerAddress=other, shippingAddress=other)
    who = ("--client", own_shop.handle, "--email", f" {EMAIL.upper()}")
    dry = json.loads(serving.spectrum("person", "erase", *who, "--dry-run", "--json").stdout)
    assert [(one["purchaseOrderNumber"], one["erased"]) for one in dry] == [
        ("PO-1", False),
        ("PO-2", False),
        ("PO-3", False),
    ]
    assert "shippingAddress" in read(own_shop, "PO-1")
    refused = serving.spectrum("person", "erase", *who, check=False, given="n\n")
    assert refused.returncode == 130
    assert "shippingAddress" in read(own_shop, "PO-1")
    done = serving.spectrum("person", "erase", *who, given="y\n")
    assert "PO-3: 4 personal values went." in done.stdout
    assert ["shippingAddress" in read(own_shop, f"PO-{number}") for number in (1, 2, 3, 4)] == [
        False,
        False,
        False,
        True,
    ]
    assert read(own_shop, "PO-4")["shippingAddress"]["firstName"] == "Odalys"
    assert serving.spectrum("person", "erase", *who, "--yes").stderr == "No orders of this person.\n"


def test_erasing_twice_is_erasing_once(own_shop: Shop, serving: Server) -> None:
    send(own_shop, "PO-1")
    first = erase(own_shop, "PO-1")
    again = erase(own_shop, "PO-1")
    assert (first["erased"], again["erased"]) == (True, False)
    assert first["erasedAt"] == again["erasedAt"] == read(own_shop, "PO-1")["erasedAt"]
    with opened_store(serving) as runtime, runtime.database.read() as connection:
        found = stored(runtime, own_shop, "PO-1")
        entries = sa.select(journal.c.kind).where(
            journal.c.order_id == found.id, journal.c.kind == "person.erased"
        )
        assert connection.execute(entries).scalars().all() == ["person.erased"]


def test_artwork_that_another_order_needs_stays_until_the_last_one(own_shop: Shop, serving: Server) -> None:
    asset = sell(own_shop, "ABCD1234", "EFGH5678")
    send(own_shop, "PO-1", "ABCD1234")
    send(own_shop, "PO-2", "ABCD1234")
    send(own_shop, "PO-3", "EFGH5678")
    first = erase(own_shop, "PO-1")
    assert first["artwork"] == []
    assert [one["why"] for one in first["artworkKept"]] == ["another order needs it"]
    assert own_shop.get("/api/webtoprint/ABCD1234", params={"wait": "60"}).status_code == 200
    second = erase(own_shop, "PO-2")
    assert [one["recipeSetId"] for one in second["artwork"]] == ["ABCD1234"]
    # The picture is on the other mug as well.
    assert second["uploads"] == 0
    assert own_shop.get(f"/api/assets/{asset}").status_code == 200
    assert erase(own_shop, "PO-3")["uploads"] == 1
    assert own_shop.get(f"/api/assets/{asset}").status_code == 404


def test_of_a_design_that_is_sold_on_only_the_persons_own_version_goes(own_shop: Shop) -> None:
    sell(own_shop, "ABCD1234", words="Zinnia")
    send(own_shop, "PO-1")
    sell(own_shop, "ABCD1234", words="Grace", colour="red")
    send(own_shop, "PO-2")
    sell(own_shop, "ABCD1234", words="Ada", colour="blue")
    told = erase(own_shop, "PO-1")
    assert len(told["artwork"]) == 1
    assert [one["why"] for one in told["artworkKept"]] == [
        "another order needs it",
        "it is what new orders get",
    ]
    assert (
        own_shop.get("/api/recipesets/ABCD1234").json()["recipes"][0]["fillings"][0]["layers"][1]["text"]
        == "Ada"
    )


def test_a_design_that_was_erased_can_be_put_and_ordered_again(
    own_shop: Shop, factory: Factory, serving: Server
) -> None:
    sell(own_shop, "ABCD1234")
    send(own_shop, "PO-1")
    factory.await_packages(1)
    erase(own_shop, "PO-1")
    assert own_shop.get("/api/recipesets/ABCD1234").status_code == 404
    send(own_shop, "PO-2")
    said = ""
    while "awaiting-artwork" not in said:
        said = serving.spectrum("exceptions", "--json").stdout
    sell(own_shop, "ABCD1234")
    # The first package, its erasure, and the new one.
    assert [one for one in factory.await_packages(3) if one.name.startswith("PO-2_")]


def test_a_factory_confirms_and_nobody_else_can(own_shop: Shop, factory: Factory, serving: Server) -> None:
    sell(own_shop, "ABCD1234")
    send(own_shop, "PO-1")
    factory.await_packages(1)
    erase(own_shop, "PO-1")
    factory.await_packages(2)
    token = partner_token(serving, factory)
    stranger = Factory(serving, factory.folder.with_name("stranger"), handle=f"other-{own_shop.handle}")

    def state() -> str:
        (one,) = own_shop.get("/api/erasures").json()["erasures"]
        return str(one["state"])

    until(lambda: state() == "told", "the notice")
    (listed,) = own_shop.get("/api/erasures").json()["erasures"]
    assert listed["partner"] == factory.handle
    assert own_shop.get("/api/erasures", token=token).json()["erasures"] == [listed]
    path = f"/api/erasures/{listed['id']}/confirmed"
    own = own_shop.new_token("partner", "read", "admin")
    assert own_shop.post(path, token=own).status_code == 403
    assert own_shop.post(path, token=partner_token(serving, stranger)).status_code == 404
    assert own_shop.get("/api/erasures", token=partner_token(serving, stranger)).json()["erasures"] == []
    confirmed = own_shop.post(path, token=token)
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    assert own_shop.post(path, token=token).json() == confirmed.json()
    assert own_shop.get("/api/erasures?confirmed=false").json() == {"erasures": [], "next": None}
    by_hand = serving.spectrum(
        "person", "confirm", "--client", own_shop.handle, "--partner", factory.handle, "PO-1"
    )
    assert confirmed.json()["confirmedBy"] in by_hand.stderr
    wrong = serving.spectrum(
        *("person", "confirm", "--client", own_shop.handle, "--partner", stranger.handle, "PO-1"), check=False
    )
    assert "was not asked to delete anything" in wrong.stderr
    shown = serving.spectrum("person", "erasures", "--client", own_shop.handle).stdout
    assert "confirmed" in shown
