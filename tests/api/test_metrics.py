"""Metrics: every order is counted once, over all processes, and nobody is named."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests.domain.samples import ADDRESS, ORDER, order
from tests.harness.place import POSTGRESQL, Places
from tests.harness.postgres import Cluster
from tests.harness.processes import spawned
from tests.harness.server import Server
from tests.harness.shop import Shop

TOKEN = "metrics-token-for-a-test"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
FULL: dict[str, Any] = {**ORDER, "customerAddress": ADDRESS, "shippingAddress": ADDRESS}


class Numbers(dict[tuple[str, frozenset[tuple[str, str]]], float]):
    """One scrape, by name and labels."""

    def one(self, name: str, **labels: str) -> float:
        return self.get((name, frozenset(labels.items())), 0.0)

    def orders(self, form: str = "acknowledgement") -> dict[str, float]:
        outcomes = ("acknowledged", "completed", "duplicate", "rejected", "failed")
        return {
            outcome: self.one("spectrum_orders_total", form=form, outcome=outcome) for outcome in outcomes
        }


def scrape(server: Server) -> Numbers:
    answer = httpx.get(f"{server.url}/metrics", trust_env=False)
    assert answer.status_code == 200, answer.text
    found = Numbers()
    for family in read_text(answer.text):
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def gained(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def test_every_order_is_counted_once_under_what_became_of_it(shop: Shop) -> None:
    before = scrape(shop.server)
    shop.acknowledge([order(purchaseOrderNumber=str(number)) for number in range(5)])
    shop.acknowledge(order(purchaseOrderNumber="1"))
    shop.acknowledge(order(orderDate="yesterday"))
    shop.acknowledge([order(purchaseOrderNumber="6"), order(lineItems=[]), 7])
    shop.post("/api/order", {**FULL, "purchaseOrderNumber": "1"})
    after = scrape(shop.server)
    assert gained(before.orders(), after.orders()) == {"acknowledged": 6, "duplicate": 1, "rejected": 3}
    assert gained(before.orders("full"), after.orders("full")) == {"completed": 1}


def test_a_dry_run_and_a_replayed_answer_count_nothing(shop: Shop) -> None:
    shop.acknowledge(ORDER, Idempotency_Key="first")
    before = scrape(shop.server)
    assert shop.acknowledge(ORDER, Idempotency_Key="first").headers["Idempotency-Replayed"] == "true"
    shop.acknowledge(order(purchaseOrderNumber="new"), params={"dryRun": "true"})
    shop.acknowledge(order(lineItems=[]), params={"dryRun": "true"})
    after = scrape(shop.server)
    assert gained(before.orders(), after.orders()) == {}


def test_a_stream_counts_its_lines_and_keeps_its_time_to_itself(shop: Shop) -> None:
    before = scrape(shop.server)
    lines = '{"purchaseOrderNumber": "1"}\nnot JSON\n\n[]\n'
    shop.post("/api/order/acknowledgement", content=lines, Content_Type="application/x-ndjson")
    after = scrape(shop.server)
    assert after.one("spectrum_stream_lines_total") - before.one("spectrum_stream_lines_total") == 3
    assert gained(before.orders(), after.orders()) == {"rejected": 3}
    for route, more in (("/api/order/acknowledgement (stream)", 1), ("/api/order/acknowledgement", 0)):
        name = "spectrum_request_seconds_count"
        assert after.one(name, route=route) - before.one(name, route=route) == more


def test_requests_are_counted_by_route_and_status_and_paths_make_no_routes(shop: Shop) -> None:
    before = scrape(shop.server)
    for number in range(3):
        shop.get(f"/api/order/order-number/missing-{number}")
        shop.get(f"/no/such/path/{number}")
    shop.request("DELETE", "/api/order")
    after = scrape(shop.server)
    for route, status, count in (
        ("/api/order/order-number/{purchaseOrderNumber}", "404", 3),
        ("unmatched", "404", 3),
        ("/api/order", "405", 1),
    ):
        name = "spectrum_requests_total"
        assert (
            after.one(name, route=route, status=status) - before.one(name, route=route, status=status)
            == count
        )
    assert not [name for name in after if "missing-" in str(name) or "such" in str(name)]


def test_commits_are_counted_with_what_they_made_durable(shop: Shop) -> None:
    before = scrape(shop.server)
    shop.acknowledge([order(purchaseOrderNumber=str(number)) for number in range(40)])
    after = scrape(shop.server)
    commits = after.one("spectrum_commits_total") - before.one("spectrum_commits_total")
    facts = after.one("spectrum_commit_facts_sum") - before.one("spectrum_commit_facts_sum")
    assert 1 <= commits < 40
    assert facts >= 40
    assert after.one("spectrum_commit_seconds_count") == after.one("spectrum_commits_total")
    assert after.one("spectrum_store_up") == 1
    assert after.one("spectrum_writer_waiting") == 0


def test_both_formats_can_be_read_and_say_the_same(server: Server) -> None:
    plain = httpx.get(f"{server.url}/metrics", trust_env=False)
    opened = httpx.get(f"{server.url}/metrics", trust_env=False, headers={"Accept": OPENMETRICS})
    assert plain.headers["Content-Type"].startswith("text/plain")
    assert opened.headers["Content-Type"].startswith("application/openmetrics-text")
    assert opened.text.endswith("# EOF\n")
    families = list(openmetrics.text_string_to_metric_families(opened.text))  # type: ignore[no-untyped-call]  # theirs
    # The text format has no counter families of its own names; the values are what must agree.
    names = {sample.name for family in families for sample in family.samples}
    assert names == {sample.name for family in read_text(plain.text) for sample in family.samples}
    assert {"spectrum_build_info", "process_resident_memory_bytes", "process_cpu_seconds_total"} <= names


def test_every_metric_is_in_the_guide(server: Server) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
    text = httpx.get(f"{server.url}/metrics", trust_env=False).text
    for family in read_text(text):
        assert f"`{family.name.removesuffix('_info')}`" in guide, family.name


def test_no_shop_no_token_and_no_person_is_in_them(shop: Shop) -> None:
    person = {**ADDRESS, "firstName": "Kanarienvogel"}
    shop.post("/api/order", {**FULL, "purchaseOrderNumber": "Paradiesvogel", "shippingAddress": person})
    shop.get("/api/order/order-number/Paradiesvogel")
    text = httpx.get(f"{shop.server.url}/metrics", trust_env=False).text
    for secret in ("Kanarienvogel", "Paradiesvogel", shop.handle, shop.token, shop.token[-10:]):
        assert secret not in text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_without_a_token_nobody_reads_them_through_a_proxy(server: Server, header: str) -> None:
    answer = httpx.get(f"{server.url}/metrics", headers={header: "203.0.113.9"}, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "SPECTRUM_METRICS_TOKEN" in answer.json()["detail"]


def test_with_a_token_set_only_its_holder_reads_them(fresh_server: Any) -> None:
    server = fresh_server(SPECTRUM_METRICS_TOKEN=TOKEN)
    url = f"{server.url}/metrics"
    assert httpx.get(url, trust_env=False).status_code == 401
    for wrong in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer"):
        assert httpx.get(url, headers={"Authorization": wrong}, trust_env=False).status_code == 401
    sent = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.9"}
    assert httpx.get(url, headers=sent, trust_env=False).status_code == 200


@pytest.fixture
def postgres_places(cluster: Cluster, tmp_path: Path) -> Places:
    """Several processes, and a database that can be taken away, are PostgreSQL's alone."""
    return Places(POSTGRESQL, tmp_path, lambda: cluster)


@pytest.fixture
def two_workers(postgres_places: Places) -> Iterator[Server]:
    with Server(postgres_places.new(), {}, "--workers", "2") as running:
        yield running


def send(shop: Shop, numbers: range) -> None:
    """Each on a connection of its own, so that the kernel deals them out to both processes."""
    for number in numbers:
        headers = {"SPECTRUM_API_TOKEN": shop.token}
        answer = httpx.post(
            f"{shop.server.url}/api/order/acknowledgement",
            json=order(purchaseOrderNumber=str(number)),
            headers=headers,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text


def processes(numbers: Numbers) -> set[str]:
    """The places of the processes that a scrape speaks of."""
    return {dict(labels)["worker"] for name, labels in numbers if name == "process_resident_memory_bytes"}


def test_whichever_process_answers_a_scrape_gives_the_sum_of_all(two_workers: Server) -> None:
    with Shop(two_workers) as shop:
        send(shop, range(40))
        for _ in range(12):
            numbers = scrape(two_workers)
            assert numbers.orders()["acknowledged"] == 40
            assert numbers.one("spectrum_web_processes") == 2
            assert processes(numbers) == {"1", "2"}


def test_a_process_that_dies_takes_no_count_with_it(two_workers: Server) -> None:
    with Shop(two_workers) as shop:
        send(shop, range(30))
        workers = list(spawned(two_workers.pid))
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        assert scrape(two_workers).orders()["acknowledged"] == 30
        deadline = time.monotonic() + 60
        while scrape(two_workers).one("spectrum_web_processes") != 2:
            assert time.monotonic() < deadline, two_workers.logs()
            time.sleep(0.1)
        send(shop, range(30, 50))
        assert scrape(two_workers).orders()["acknowledged"] == 50


def test_a_database_that_goes_away_is_an_outage_until_it_is_back(tmp_path: Path) -> None:
    with Cluster() as own:
        places = Places(POSTGRESQL, tmp_path, lambda: own)
        with Server(places.new()) as server, Shop(server) as shop:
            assert shop.acknowledge(ORDER).status_code == 200
            own.crash()
            for number in range(3):
                assert shop.acknowledge(order(purchaseOrderNumber=f"lost {number}")).status_code == 503
            # On a busy machine the crash takes so long that all three were refused for their token, which
            # could not be compared any more; this asks the writer itself.
            assert httpx.get(f"{server.url}/readyz", trust_env=False).status_code == 503
            gone = scrape(server)
            assert gone.one("spectrum_store_up") == 0
            assert gone.one("spectrum_store_outages_total") == 1
            assert gone.orders()["failed"] <= 3
            own.start()
            deadline = time.monotonic() + 60
            while shop.acknowledge(order(purchaseOrderNumber="after")).status_code == 503:
                assert time.monotonic() < deadline, server.logs()
                time.sleep(0.1)
            back = scrape(server)
            assert back.one("spectrum_store_up") == 1
            assert back.one("spectrum_store_outages_total") == 1
