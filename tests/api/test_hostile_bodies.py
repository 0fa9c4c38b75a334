"""Bodies that are wrong in every way: answered, never stored, and the next order is taken all the same."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders.domain.order import Form
from spectrum_orders.domain.payloads import Accepted
from tests.api.meddling import count_orders
from tests.api.orders import (
    ACKNOWLEDGEMENT,
    FULL,
    NDJSON,
    PLURAL,
    check_members,
    check_problem,
    codes,
    full,
    line,
    lines,
    order,
    read,
)
from tests.api.rawhttp import CHUNKED, LAST_CHUNK, Wire, chunk, head
from tests.domain import samples, test_matrix
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    """One shop for all of these tests: none of them minds what the others have sent."""
    with Shop(server) as one:
        yield one


MIB = 1024**2


@pytest.fixture
def unharmed(shop: Shop) -> Iterator[None]:
    """Nothing may be stored by the test, and an order must be taken after it."""
    before = count_orders(shop.server.place)
    yield
    assert count_orders(shop.server.place) == before
    assert shop.get("/readyz").status_code == 200
    assert shop.acknowledge(order()).status_code == 200


@pytest.mark.parametrize("path", [ACKNOWLEDGEMENT, FULL])
def test_every_wrong_value_of_every_member_is_answered_as_the_domain_judges_it(
    server: Server, path: str
) -> None:
    """The generated matrix, in one request: members times wrong values."""
    form = Form.FULL if path == FULL else Form.ACKNOWLEDGEMENT
    sent = []
    for member in test_matrix.KINDS:
        for name, wrong in test_matrix.WRONG.items():
            number = f"{'/'.join(map(str, member))} {name}"
            sent.append(samples.put({**test_matrix.BASE, "purchaseOrderNumber": number}, member, wrong))
    before = count_orders(server.place)
    with Shop(server) as shop:
        answer = shop.post(path, content=json.dumps(sent))
        assert answer.status_code == 207
        assert test_matrix.CANARY not in answer.text
        taken = set()
        for one, result in zip(sent, answer.json()["results"], strict=True):
            found = samples.read(one, form)
            assert codes(result.get("warnings", [])) == [(w.pointer, w.code) for w in found.warnings]
            if not isinstance(found, Accepted):
                check_members(result, 422, "invalid")
                assert codes(result["errors"]) == [(p.pointer, p.code) for p in found.problems]
                continue
            number = found.order.content.purchase_order_number
            assert result["httpStatus"] == (409 if number in taken else 200)
            taken.add(number)
        assert count_orders(server.place) == before + len(taken)
        assert len(taken) > 100
        for number in sorted(taken)[::20]:
            assert read(shop, number).json()["purchaseOrderNumber"] == number


ORDER = json.dumps(order(purchaseOrderNumber="hostile")).encode()
TEXT = b'{"purchaseOrderNumber": "%s", "orderDate": "2022-01-31", "lineItems": []}'

NOT_JSON = {
    "nothing": b"",
    "white space": b" \r\n\t ",
    "one brace": b"{",
    "the other brace": b"}",
    "a word": b"nope",
    "single quotes": ORDER.replace(b'"', b"'"),
    "a comment": b"/* order */" + ORDER,
    "a trailing comma": ORDER[:-1] + b",}",
    "two orders in a row": ORDER + ORDER,
    "an order and a half": ORDER + ORDER[:40],
    "an order cut off": ORDER[:-1],
    "not a number": ORDER[:-1] + b', "x": NaN}',
    "beyond all numbers": ORDER[:-1] + b', "x": 1e999}',
    "an invalid byte": TEXT % b"\xff",
    "half a letter": TEXT % b"\xc3",
    "an overlong slash": TEXT % b"\xc0\xaf",
    "a surrogate as bytes": TEXT % b"\xed\xa0\x80",
    "a lone surrogate": TEXT % b"\\ud800",
    "a surrogate the wrong way round": TEXT % b"\\udc00\\ud800",
    "a naked NUL": TEXT % b"\x00",
    "a NUL behind": ORDER + b"\x00",
    "UTF-16": ORDER.decode().encode("utf-16"),
    "UTF-32": ORDER.decode().encode("utf-32"),
    "compressed": gzip.compress(ORDER),
    "an array open": b"[" + ORDER,
    "an array closed twice": b"[" + ORDER + b"]]",
    "a hundred thousand arrays": b"[" * 100_000 + b"]" * 100_000,
    "a hundred thousand arrays open": b"[" * 100_000,
    "a hundred thousand objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "an order a hundred thousand deep": ORDER[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "an order sixty-five deep": ORDER[:-1] + b', "x": ' + b"[" * 64 + b"]" * 64 + b"}",
    "orders a hundred thousand deep": b'{"orders": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
    "a megabyte of digits": TEXT.replace(b'"%s"', b"9" * 1_000_000),
    "quotes without end": b'["' + b'\\"' * 100_000,
}


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("what", NOT_JSON)
def test_what_is_not_json_is_said_to_be_none(shop: Shop, what: str) -> None:
    for path in (ACKNOWLEDGEMENT, PLURAL, FULL):
        answer = shop.post(path, content=NOT_JSON[what])
        check_problem(answer, 400, "not-json")
        assert "hostile" not in answer.text


@pytest.mark.usefixtures("unharmed")
def test_a_stream_of_what_is_not_json_is_told_so_line_by_line(shop: Shop) -> None:
    sent = [body for body in NOT_JSON.values() if b"\n" not in body and body.strip()]
    answer = shop.post(ACKNOWLEDGEMENT, content=b"\n".join(sent), Content_Type=NDJSON)
    *results, last = (json.loads(one) for one in answer.text.splitlines())
    assert [result["httpStatus"] for result in results] == [400] * len(sent)
    assert last["counts"]["rejected"] == len(sent)


INVALID = {
    "null": b"null",
    "true": b"true",
    "a number": b"42015953",
    "a text": b'"order"',
    "an empty object": b"{}",
    "a NUL in a text": TEXT % b"PO\\u0000",
    "a control character": TEXT % b"PO\\u001b[2J",
    "a purchase order number without end": TEXT % (b"9" * 256),
    "a million values": b'{"x": [' + b"[]," * 1_000_000 + b"1]}",
    "a million names": b"{" + b",".join(b'"%d":0' % number for number in range(300_000)) + b"}",
}


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("what", INVALID)
def test_what_is_no_order_is_refused_in_few_words(shop: Shop, what: str) -> None:
    for path in (ACKNOWLEDGEMENT, FULL):
        answer = shop.post(path, content=INVALID[what])
        assert check_problem(answer, 422, "invalid")["errors"]
        # A hostile request does not buy a larger answer than an honest one.
        assert len(answer.content) < 64 * 1024


def test_an_order_sixty_four_deep_is_still_an_order(shop: Shop) -> None:
    sent = json.dumps(order()).encode()[:-1] + b', "x": ' + b"[" * 63 + b"]" * 63 + b"}"
    answer = shop.post(ACKNOWLEDGEMENT, content=sent)
    assert (answer.status_code, codes(answer.json()["warnings"])) == (200, [("/x", "unknown-member")])


def test_a_name_that_comes_twice_is_read_as_one_of_the_two(shop: Shop) -> None:
    sent = (
        json.dumps(order(purchaseOrderNumber="first")).encode()[:-1] + b', "purchaseOrderNumber": "second"}'
    )
    number = shop.post(ACKNOWLEDGEMENT, content=sent).json()["purchaseOrderNumber"]
    assert number in ("first", "second")
    assert read(shop, number).json()["purchaseOrderNumber"] == number
    other = {"first": "second", "second": "first"}[number]
    assert read(shop, other).status_code == 404


def test_names_that_mean_something_to_programs_mean_nothing_here(shop: Shop) -> None:
    names = [
        "__proto__",
        "constructor",
        "__class__",
        "$where",
        "\u202e",
        "",
        "a" * 10_000,
        "\n",
        "'; DROP TABLE orders",
    ]
    sent = order(**{name: {"canary": 1} for name in names})
    answer = shop.acknowledge(sent)
    assert answer.status_code == 200
    assert len(answer.json()["warnings"]) == len(names)
    assert "canary" not in answer.text


TEXTS = [
    "'; DROP TABLE orders; --",
    "%s %d {0} ${jndi:ldap://x}",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "👩‍👩‍👧‍👦",
    "ﷺ" * 20,
    "a\u0300" * 50,
    "\ufeffmark",
    "\ufffe",
    "\\u0000",
    '{"a": 1}',
    "NULL",
    "1e5",
]


def test_any_text_that_is_valid_comes_back_as_it_was(shop: Shop) -> None:
    sent = [
        full(accountNumber=text, emailAddress=text, lineItems=[line(giftMessage=text, shipmentVendor=text)])
        for text in TEXTS
    ]
    assert shop.acknowledge(sent).json()["counts"]["acknowledged"] == len(TEXTS)
    for text, one in zip(TEXTS, sent, strict=True):
        body = read(shop, one["purchaseOrderNumber"]).json()
        (kept,) = body["lineItems"]
        assert {body["accountNumber"], body["emailAddress"], kept["giftMessage"], kept["shipmentVendor"]} == {
            text
        }


def peak_memory(shop: Shop) -> int:
    """The most memory that the server has ever held, in bytes."""
    status = Path(f"/proc/{shop.server.pid}/status").read_text()
    (peak,) = (entry.split()[1] for entry in status.splitlines() if entry.startswith("VmHWM"))
    return int(peak) * 1024


@pytest.mark.usefixtures("unharmed")
def test_two_hundred_megabytes_are_refused_by_their_announcement(shop: Shop) -> None:
    with Wire(shop.server) as wire:
        wire.send(head(shop, 200 * MIB))
        answer = wire.answer()
        assert answer.status == 413
        check_members(answer.json, 413, "too-large")


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("announced", [True, False])
def test_two_hundred_megabytes_fill_no_memory_and_the_connection_can_be_used_again(
    shop: Shop, announced: bool
) -> None:
    before = peak_memory(shop)
    with Wire(shop.server) as wire:
        wire.send(head(shop, 200 * MIB) if announced else head(shop, None, CHUNKED))
        piece = b" " * MIB
        for _ in range(200):
            wire.send(piece if announced else chunk(piece))
        if not announced:
            wire.send(LAST_CHUNK)
        assert wire.answer().status == 413
        wire.send(head(shop, path="/healthz", method="GET"))
        assert wire.answer().status == 200
    assert peak_memory(shop) - before < 50 * MIB


@pytest.mark.usefixtures("unharmed")
def test_many_large_bodies_at_once_do_not_add_up(shop: Shop) -> None:
    before = peak_memory(shop)
    wires = [Wire(shop.server) for _ in range(24)]
    # All but the end: each is held to its last byte, and not in memory.
    left = [memoryview(head(shop, 15 * MIB) + b" " * (14 * MIB)) for _ in wires]
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 0.5:
        for index, wire in enumerate(wires):
            if left[index] and (sent := wire.send_some(left[index])):
                left[index] = left[index][sent:]
                quiet_since = time.monotonic()
    assert shop.get("/healthz").status_code == 200
    assert not any(left)
    for wire in wires:
        wire.close()
    assert peak_memory(shop) - before < 50 * MIB


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("sent", [lines({}), b""])
def test_a_media_type_that_lies_is_found_out(shop: Shop, sent: Any) -> None:
    assert shop.post(ACKNOWLEDGEMENT, content=sent + b"[", Content_Type="application/json").status_code == 400
    answer = shop.post(ACKNOWLEDGEMENT, content=b"[\n{}\n]", Content_Type=NDJSON)
    *results, _ = (json.loads(one) for one in answer.text.splitlines())
    assert [result["httpStatus"] for result in results] == [400, 422, 400]
