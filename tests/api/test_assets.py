"""`/api/assets`: files by the hash of their bytes, told apart by their bytes, whole or not there."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.api import designs
from tests.api.orders import check_members, check_problem, codes, order
from tests.api.rawhttp import CHUNKED, Wire, chunk, head
from tests.conftest import FreshServer
from tests.harness.server import Server
from tests.harness.shop import Shop

OCTETS = "application/octet-stream"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10mm" height="10mm"><path d="M0 0h9v9z"/></svg>'


def stored(server: Server) -> list[Path]:
    """Every file that lies below the server's folder of files, half ones too."""
    return [path for path in (server.data_dir / "files").rglob("*") if path.is_file()]


def test_an_upload_is_found_under_the_hash_of_its_bytes(shop: Shop) -> None:
    data = designs.picture()
    digest = hashlib.sha256(data).hexdigest()
    first = designs.upload(shop, data)
    assert first.status_code == 201
    assert first.headers["location"] == f"/api/assets/{digest}"
    said = first.json()
    assert {name: said[name] for name in ("sha256", "mediaType", "bytes", "kind")} == {
        "sha256": digest,
        "mediaType": "image/png",
        "bytes": len(data),
        "kind": "png",
    }
    assert (said["facts"]["widthPixels"], said["facts"]["heightPixels"]) == (64, 32)
    again = designs.upload(shop, data)
    assert (again.status_code, again.json(), again.headers["location"]) == (
        200,
        said,
        first.headers["location"],
    )
    read = shop.get(f"/api/assets/{digest.upper()}")
    assert (read.status_code, read.json()) == (200, said)
    assert shop.get(f"/api/assets/{digest}", If_None_Match=read.headers["etag"]).status_code == 304


def test_the_same_bytes_are_stored_once(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off")
    with Shop(server) as shop:
        data = designs.picture()
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: designs.upload(shop, data), range(12)))
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert len({answer.text for answer in answers}) == 1
        assert len(stored(server)) == 1
        assert data not in stored(server)[0].read_bytes()


@pytest.mark.parametrize("said", [OCTETS, "image/jpeg", "application/json", "nonsense"])
def test_what_it_is_is_found_out_from_its_bytes(shop: Shop, said: str) -> None:
    answer = shop.post("/api/assets", content=SVG, Content_Type=said)
    assert (answer.json()["kind"], answer.json()["mediaType"]) == ("svg", "image/svg+xml")


def test_an_upload_may_come_in_pieces_of_no_declared_length(shop: Shop) -> None:
    data = designs.picture(size=(700, 700))

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(data), 1_000):
            yield data[start : start + 1_000]

    answer = shop.post("/api/assets", content=pieces(), Content_Type=OCTETS)
    assert designs.taken(answer)["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        (b"", {}, 400, "bad-request"),
        (b"--x\r\n", {"Content_Type": "multipart/form-data; boundary=x"}, 415, "unsupported-media-type"),
        (b"x", {"Content_Encoding": "gzip"}, 415, "unsupported-media-type"),
    ],
    ids=["empty", "form", "compressed"],
)
def test_what_is_no_upload_is_refused(
    shop: Shop, data: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    check_problem(shop.post("/api/assets", content=data, **headers), status, code)


def test_an_upload_has_no_dry_run(shop: Shop) -> None:
    data = designs.picture("salmon")
    check_problem(designs.upload(shop, data, params={"dryRun": "true"}), 400, "bad-request")
    check_problem(shop.get(f"/api/assets/{hashlib.sha256(data).hexdigest()}"), 404, "not-found")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"just words", "kind"),
        (b"PK\x03\x04" + bytes(100), "kind"),
        (designs.picture()[:60], "image"),
        (designs.bomb(), "image"),
        (b"%PDF-1.7\nnothing of a PDF", "pdf"),
        (SVG.replace(b"<path", b"<script>alert(1)</script><path"), "script"),
        (
            SVG.replace(b"<path", b'<image href="http://elsewhere.example/x.png" width="9"/><path'),
            "external-content",
        ),
    ],
    ids=["words", "zip", "cut picture", "bomb", "no pdf", "script", "outside"],
)
def test_what_cannot_be_printed_with_is_refused_and_not_kept(shop: Shop, data: bytes, code: str) -> None:
    body = check_problem(designs.upload(shop, data), 422, "invalid")
    found = [one for _, one in codes(body["errors"])]
    assert found in ([code], ["damaged"])
    check_problem(shop.get(f"/api/assets/{hashlib.sha256(data).hexdigest()}"), 404, "not-found")


def test_what_was_refused_leaves_no_file(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off", SPECTRUM_MAX_ASSET_BYTES="200000")
    with Shop(server) as shop:
        for data in (b"just words", designs.bomb(), designs.picture()[:60]):
            check_problem(designs.upload(shop, data), 422, "invalid")
        large = bytes(200_001)
        told = check_problem(designs.upload(shop, large), 413, "too-large")
        assert "SPECTRUM_MAX_ASSET_BYTES" in told["detail"]
        in_pieces = shop.post("/api/assets", content=iter([large]), Content_Type=OCTETS)
        check_problem(in_pieces, 413, "too-large")
        designs.put_product(shop, designs.product(designs.area(output="png")))
        designs.put_recipe_set(shop, "ABCD1234")
        check_problem(
            shop.put("/api/recipesets/ABCD1234/files/front", content=large, Content_Type=OCTETS),
            413,
            "too-large",
        )
        assert stored(server) == []


def test_an_upload_that_is_declared_too_large_is_refused_before_it_is_sent(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off", SPECTRUM_MAX_ASSET_BYTES="200000")
    with Shop(server) as shop, Wire(server) as wire:
        wire.send(head(shop, 200_001, path="/api/assets", media_type=OCTETS))
        answer = wire.answer()
        assert answer.status == 413
        check_members(answer.json, 413, "too-large")


def test_an_upload_that_is_cut_off_leaves_nothing(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off")
    data = designs.picture() + bytes(700_000)
    with Shop(server) as shop:
        for sent in (0, 1, 50_000, 700_000):
            part = data[:sent]
            for length, framing, body in (
                (len(data), (), part),
                (None, (CHUNKED,), chunk(part) if part else b""),
            ):
                with Wire(server) as wire:
                    wire.send(head(shop, length, *framing, path="/api/assets", media_type=OCTETS), body)
            answer = shop.get(f"/api/assets/{hashlib.sha256(part).hexdigest()}")
            check_problem(answer, 404, "not-found")
        # The server learns of it when it reads on; an order after it shows that nobody was held up.
        assert shop.acknowledge(order()).status_code == 200
        until = time.monotonic() + 30
        while stored(server):
            assert time.monotonic() < until, stored(server)
            time.sleep(0.05)


def test_slow_uploads_are_let_go_and_hold_up_nobody(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off", SPECTRUM_BODY_TIMEOUT="2s")
    data = designs.picture()
    with Shop(server) as shop:
        # More of them than are stored at once, small ones and such that have begun to be stored.
        wires = [Wire(server) for _ in range(12)]
        for at, wire in enumerate(wires):
            part = data[:20] if at % 2 else data + bytes(400_000)
            wire.send(head(shop, 500_000, path="/api/assets", media_type=OCTETS), part)
        assert designs.upload(shop, data).status_code == 201
        for wire in wires:
            with wire:
                answer = wire.answer()
                assert answer.status in (408, 503), answer.json
                check_members(answer.json, answer.status, answer.json["code"])
        # The thread of an upload that was let go hears of it within a second, and then clears away.
        deadline = time.monotonic() + 30
        while len(stored(server)) != 1:
            assert time.monotonic() < deadline, stored(server)
            time.sleep(0.05)


def test_another_shops_uploads_are_not_found(server: Server, shop: Shop) -> None:
    data = designs.picture("indigo")
    digest = designs.taken(designs.upload(shop, data))["sha256"]
    with Shop(server) as other:
        check_problem(other.get(f"/api/assets/{digest}"), 404, "not-found")
        # Whether somebody else has uploaded the same cannot be told from the answer either.
        assert designs.upload(other, data).status_code == 201


@pytest.mark.parametrize("name", ["x", "0" * 63, "g" * 64, "0" * 65, "..", "%2e%2e%2f"])
def test_what_is_no_hash_is_not_found(shop: Shop, name: str) -> None:
    check_problem(shop.get(f"/api/assets/{name}"), 404, "not-found")
