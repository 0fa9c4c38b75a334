"""Tokens: which are taken, how soon one is not any more, and what a wrong one costs."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Iterator

import pytest

from spectrum_orders import ids
from spectrum_orders.store import parties
from spectrum_orders.store.transaction import now_us
from tests.api.meddling import execute
from tests.api.orders import FULL, READING, check_members, check_problem, order, read
from tests.api.rawhttp import Answer, Wire, hear_all, processes, send_all
from tests.conftest import FreshServer
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    """One shop for all of these tests: none of them minds what the others have sent."""
    with Shop(server) as one:
        yield one


def ask(token: bytes | str, *headers: str) -> bytes:
    """A request to read an order that is not there: 404 for whoever may read."""
    text = token.encode() if isinstance(token, str) else token
    more = "".join(f"{header}\r\n" for header in headers).encode()
    return b"GET %snothing HTTP/1.1\r\nHost: shop.test\r\nSPECTRUM_API_TOKEN: %s\r\n%s\r\n" % (
        READING.encode(),
        text,
        more,
    )


def test_a_token_with_any_one_character_wrong_is_refused_without_asking_the_database(
    fresh_server: FreshServer,
) -> None:
    server = fresh_server()
    with Shop(server) as shop, Wire(server) as wire:

        def answer(token: str) -> Answer:
            wire.send(ask(token))
            return wire.answer()

        assert answer(shop.token).status == 404
        # From here on whoever asks for a token meets a fault: the table is gone.
        execute(server.place, "ALTER TABLE tokens RENAME TO taken_away")
        assert answer(ids.new_token("test")).status >= 500
        chance = random.Random(20)
        visible = string.ascii_letters + string.digits + string.punctuation
        for count in range(2_000):
            place = count % len(shop.token)
            wrong = chance.choice(visible.replace(shop.token[place], ""))
            refused = answer(shop.token[:place] + wrong + shop.token[place + 1 :])
            assert refused.status == 401, (place, wrong)
        for other in (
            "",
            "spk_",
            "spk_test_",
            shop.token[:-1],
            shop.token + "0",
            shop.token * 9,
            shop.token[::-1],
        ):
            assert answer(other).status == 401
        execute(server.place, "ALTER TABLE taken_away RENAME TO tokens")
        assert answer(shop.new_token()).status == 404


def check_revoked_within_a_second(server: Server, workers: int) -> None:
    with Shop(server) as shop:
        token = shop.new_token()
        # Every process has seen it by now, and believes it.
        answers = hear_all(send_all(server, [ask(token)] * 40))
        assert {answer.status for answer in answers} == {404}
        assert len(processes(answers)) == workers
        server.spectrum("token", "revoke", token)
        time.sleep(1)
        answers = hear_all(send_all(server, [ask(token)] * 40))
        assert {answer.status for answer in answers} == {401}
        assert len(processes(answers)) == workers
        assert "revoked" in answers[0].json["error"]
        # Its sister lives.
        assert shop.get(READING + "nothing").status_code == 404
        # And a token that was asked for too early is taken as soon as it is there.
        assert shop.get(READING + "nothing", token=shop.new_token()).status_code == 404


def test_a_revoked_token_is_refused_within_a_second(server: Server) -> None:
    check_revoked_within_a_second(server, workers=1)


@pytest.mark.parametrize("places", ["postgresql"], indirect=True)
def test_a_revoked_token_is_refused_within_a_second_by_every_process(fresh_server: FreshServer) -> None:
    check_revoked_within_a_second(fresh_server("--workers", "2"), workers=2)


def test_a_token_ends_when_it_was_said_to(shop: Shop) -> None:
    with shop.server.opened() as opened, opened.ledger.write() as tx:
        client = parties.find_client(tx.connection, shop.handle)
        assert client is not None
        ends = now_us() + 1_500_000
        token, _ = parties.create_token(tx, client, "test", expires_at=ends)
    assert shop.get(READING + "nothing", token=token).status_code == 404
    time.sleep(max(0.0, (ends - now_us()) / 1e6))
    body = check_problem(shop.get(READING + "nothing", token=token), 401, "unauthenticated")
    assert "expired" in body["error"]


@pytest.mark.parametrize("scope", ["acknowledge", "read", "partner", "admin"])
def test_a_scope_is_what_a_token_may_do_and_no_more(shop: Shop, scope: str) -> None:
    token = shop.new_token(scope)
    sent = order()
    acknowledged = shop.acknowledge(sent, token=token)
    assert shop.post(FULL, {}, token=token).status_code == (422 if scope == "acknowledge" else 403)
    found = shop.get(READING + "nothing", token=token)
    if scope == "acknowledge":
        assert acknowledged.status_code == 200
    else:
        assert f"'acknowledge'; it has: {scope}" in check_problem(acknowledged, 403, "forbidden")["error"]
        assert read(shop, sent["purchaseOrderNumber"]).status_code == 404
    if scope == "read":
        assert found.status_code == 404
    else:
        check_problem(found, 403, "forbidden")


def test_of_several_token_headers_the_documented_one_counts(shop: Shop) -> None:
    good, bad = shop.token, ids.new_token("test")
    for sent, status in (
        (ask(good, f"Authorization: Bearer {bad}", f"Spectrum-Api-Token: {bad}"), 404),
        (ask(bad, f"Authorization: Bearer {good}", f"Spectrum-Api-Token: {good}"), 401),
        (ask(bad).replace(b"SPECTRUM_API", b"Spectrum-Api").replace(b"\r\n\r\n", b"\r\nX: y\r\n\r\n"), 401),
        (ask(f"  {good} \t"), 404),
    ):
        with Wire(shop.server) as wire:
            wire.send(sent)
            assert wire.answer().status == status


@pytest.mark.parametrize(
    "header",
    [
        b"Authorization: Basic dXNlcjpwYXNz",
        b"Authorization: Bearer",
        b"Authorization: Bearer ",
        b"Authorization: bearer spk_test_",
        b"SPECTRUM_API_TOKEN:",
        b"SPECTRUM_API_TOKEN: \xff\xfe",
        b"SPECTRUM_API_TOKEN: spk_\xc3\xa9_" + b"A" * 38,
        b"SPECTRUM_API_TOKEN: " + b"spk_test_" + b"A" * 5_000,
        b"SPECTRUM_API_TOKEN: %s",
        b"SPECTRUM_API_TOKEN: ' OR 1=1 --",
        b"X-Nothing: 1",
    ],
)
def test_what_is_no_token_is_refused(shop: Shop, header: bytes) -> None:
    with Wire(shop.server) as wire:
        wire.send(b"GET %sx HTTP/1.1\r\nHost: shop.test\r\n%s\r\n\r\n" % (READING.encode(), header))
        answer = wire.answer()
    assert answer.status == 401
    check_members(answer.json, 401, "unauthenticated")


def test_no_token_is_ever_written_down(shop: Shop) -> None:
    wrong = shop.token[:-1] + "_"
    shop.get(READING + "x")
    shop.get(READING + "x", token=wrong)
    shop.get(READING + "x", token=ids.new_token("production"))
    logs = shop.server.logs()
    for text in (shop.token, wrong, shop.token[-20:]):
        assert text not in logs
    for file in shop.server.data_dir.rglob("*"):
        if file.is_file():
            assert shop.token.encode() not in file.read_bytes()
