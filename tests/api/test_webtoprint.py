"""`GET /api/webtoprint/{recipeSetReadableId}`, as a factory's client program reads it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pikepdf
import pytest
from PIL import Image

from tests.api import designs
from tests.api.orders import check_problem, line, order
from tests.api.test_recipe_sets import entries
from tests.conftest import FreshServer
from tests.harness.server import Server
from tests.harness.shop import Shop

PATH = "/api/webtoprint/"
JSON = "application/json"


def fetched(shop: Shop, name: str, **options: Any) -> httpx.Response:
    return shop.get(PATH + name, params=designs.WAIT, **options)


def members(answer: httpx.Response) -> dict[str, bytes]:
    """What is in the ZIP of an answer."""
    assert answer.status_code == 200, answer.text[:2_000]
    assert answer.headers["content-type"] == "application/zip"
    assert len(answer.content) == int(answer.headers["content-length"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names) > 0
        assert not any("/" in name or "\\" in name for name in names)
        return {name: archive.read(name) for name in names}


def sold(shop: Shop, name: str, words: str) -> None:
    designs.put_product(shop)
    designs.put_recipe_set(shop, name, designs.recipe_set(designs.filling("front", designs.text(words))))


def test_the_answer_is_a_flat_zip_of_print_files_whose_names_carry_the_area(shop: Shop) -> None:
    name = designs.new_id()
    shoe = designs.product(designs.area("upper", output="tiff", dpi=100), designs.area("sole", output="png"))
    designs.put_product(shop, shoe, "shoe")
    designs.put_product(shop)
    designs.put_recipe_set(
        shop,
        name,
        {
            "recipes": [
                {"product": "shoe", "fillings": [designs.filling("upper"), designs.filling("sole")]},
                {"product": "tag", "fillings": [designs.filling("front")]},
            ]
        },
    )
    answer = fetched(shop, name)
    files = members(answer)
    assert set(files) == {f"{name}_upper.tif", f"{name}_sole.png", f"{name}_front.pdf"}
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.zip"'
    with pikepdf.open(io.BytesIO(files[f"{name}_front.pdf"])) as pdf:
        assert len(pdf.pages) == 1
    for member, mode in ((f"{name}_upper.tif", "CMYK"), (f"{name}_sole.png", "RGB")):
        with Image.open(io.BytesIO(files[member])) as image:
            image.load()
            assert image.mode.startswith(mode)
    # Asked for again it is the same, byte for byte.
    assert fetched(shop, name).content == answer.content
    assert shop.get(f"{PATH}{name.lower()}/").content == answer.content


def test_the_status_says_what_the_zip_holds(shop: Shop) -> None:
    name = designs.new_id()
    sold(shop, name, "Grace")
    files = members(fetched(shop, name))
    answer = shop.get(PATH + name, Accept=JSON)
    assert answer.headers["content-type"] == JSON
    status = answer.json()
    assert (status["recipeSetReadableId"], status["state"]) == (name, "ready")
    assert status["version"] == shop.get(f"/api/recipesets/{name}").headers["spectrum-version"]
    assert {one["name"]: (one["bytes"], one["sha256"]) for one in status["files"]} == {
        member: (len(data), hashlib.sha256(data).hexdigest()) for member, data in files.items()
    }
    assert [(one["product"], one["area"], one["mediaType"]) for one in status["files"]] == [
        ("tag", "front", "application/pdf")
    ]


@pytest.mark.parametrize(
    ("accept", "zipped"),
    [
        (None, True),
        ("*/*", True),
        ("application/zip", True),
        ("application/json, */*", True),
        ("application/json;q=0.9, application/zip", True),
        ("application/json, application/octet-stream", True),
        ("text/html, application/xhtml+xml, application/json;q=0.9, */*;q=0.8", True),
        (JSON, False),
        ("Application/JSON; charset=utf-8", False),
        ("application/problem+json, application/json", False),
    ],
)
def test_words_are_given_only_to_who_names_them_and_nothing_else(
    shop: Shop, accept: str | None, zipped: bool
) -> None:
    name = designs.new_id()
    sold(shop, name, "Grace")
    fetched(shop, name)
    headers = {} if accept is None else {"Accept": accept}
    answer = shop.get(PATH + name, **headers)
    assert answer.headers["content-type"] == ("application/zip" if zipped else JSON)


def test_a_head_tells_how_things_stand_without_the_bytes_and_without_an_entry(
    server: Server, shop: Shop
) -> None:
    name = designs.new_id()
    sold(shop, name, "Grace")
    whole = fetched(shop, name)
    before = entries(server, "artwork.opened")
    head = shop.request("HEAD", PATH + name)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "application/zip"
    assert head.headers["content-length"] == whole.headers["content-length"]
    words = shop.request("HEAD", PATH + name, Accept=JSON)
    assert (words.status_code, words.content) == (200, b"")
    assert words.headers["content-type"] == JSON
    assert entries(server, "artwork.opened") == before
    fetched(shop, name)
    assert entries(server, "artwork.opened") == before + 1


def test_files_that_nobody_makes_are_pending(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off")
    with Shop(server) as shop:
        sold(shop, "ABCD1234", "Grace")
        said = []
        asked: tuple[dict[str, Any], ...] = (
            {"params": {"wait": "0"}},
            {"params": {"wait": "1"}},
            {"Accept": JSON},
        )
        for options in asked:
            answer = shop.get(PATH + "ABCD1234", **options)
            body = check_problem(answer, 503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert (body["state"], body["waitsFor"], body["retryable"]) == ("pending", "a worker", True)
            assert "pending" in body["error"]
            said.append(body["since"])
        assert len(set(said)) == 1
        head = shop.request("HEAD", PATH + "ABCD1234")
        assert (head.status_code, head.content) == (503, b"")
        assert shop.request("HEAD", PATH + "nothing").status_code == 404
        # A worker that comes takes it up, without anybody asking again.
        server.stop()
        server.settings["SPECTRUM_DELIVER"] = "on"
        server.start()
        members(fetched(shop, "ABCD1234"))


@pytest.mark.parametrize("wait", ["-1", "61", "1.5", "soon", "9" * 20, "²"])
def test_a_wait_that_is_none_is_refused(shop: Shop, wait: str) -> None:
    check_problem(shop.get(PATH + "ABCD1234", params={"wait": wait}), 400, "bad-request")


def test_many_who_ask_at_once_get_the_same(shop: Shop) -> None:
    name = designs.new_id()
    sold(shop, name, "Grace")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: fetched(shop, name), range(8)))
    members(answers[0])
    assert {answer.content for answer in answers} == {answers[0].content}


def test_what_is_not_there_is_not_found(server: Server, shop: Shop) -> None:
    told = check_problem(shop.get(PATH + "nothing"), 404, "not-found")["error"]
    name = designs.new_id()
    sold(shop, name, "Grace")
    with Shop(server) as other:
        assert check_problem(other.get(PATH + name), 404, "not-found")["error"] == told


def test_two_shops_with_one_id_get_each_their_own(server: Server, shop: Shop) -> None:
    name = designs.new_id()
    with Shop(server) as other:
        for who, words in ((shop, "Grace"), (other, "Ada")):
            sold(who, name, words)
        mine, theirs = (members(fetched(who, name)) for who in (shop, other))
    assert mine.keys() == theirs.keys()
    assert mine != theirs


def test_the_newest_order_says_which_version_is_meant(shop: Shop) -> None:
    name = designs.new_id()
    sold(shop, name, "One")
    before = members(fetched(shop, name))
    shop.acknowledge(order(lineItems=[line(recipeSetId=name)]))
    sold(shop, name, "Two")
    # Ordered as it was, so made as it was, whatever became of the design since.
    assert members(fetched(shop, name)) == before
    shop.acknowledge(order(lineItems=[line(recipeSetId=name)]))
    after = members(fetched(shop, name))
    assert after.keys() == before.keys()
    assert after != before


def test_names_are_made_as_the_product_says_and_never_of_a_person(shop: Shop) -> None:
    name = designs.new_id()
    designs.put_product(shop, designs.product(fileName="{purchaseOrderNumber}_{sku}_x{quantity}"))
    designs.put_recipe_set(shop, name)
    sent = order(lineItems=[line(recipeSetId=name, giftMessage="canary")], emailAddress="canary@shop.test")
    shop.acknowledge(sent)
    (member,) = members(fetched(shop, name))
    assert member == f"{sent['purchaseOrderNumber']}_SHOE-9_x2_front.pdf"


def test_artwork_that_cannot_be_printed_is_told_with_its_findings_and_can_be_mended(shop: Shop) -> None:
    name = designs.new_id()
    designs.put_product(shop, designs.product(designs.area(output="png", width=40, height=20, bleed=0)))
    designs.put_recipe_set(shop, name)
    wrong = designs.picture(size=(30, 90))
    path = f"/api/recipesets/{name}/files/front"
    designs.taken(shop.put(path, content=wrong, Content_Type="image/png"))
    for headers in ({}, {"Accept": JSON}):
        body = check_problem(fetched(shop, name, **headers), 422, "invalid")
        assert body["state"] == "rejected"
        (found,) = body["findings"]
        assert (found["product"], found["area"]) == ("tag", "front")
        (worst,) = [one for one in found["findings"] if one["code"] == "page-size"]
        assert worst["level"] == "reject"
        assert all(worst[word] for word in ("found", "wanted", "mend"))
    designs.put_recipe_set(shop, name)
    members(fetched(shop, name))


def test_a_recipe_that_cannot_be_made_fails_with_its_reason(shop: Shop) -> None:
    name = designs.new_id()
    designs.put_product(shop)
    hebrew = designs.text("\U0001f9ff\ue000")
    designs.put_recipe_set(shop, name, designs.recipe_set(designs.filling("front", hebrew)))
    body = check_problem(fetched(shop, name), 422, "invalid")
    assert body["state"] in ("rejected", "failed")
    assert "glyph-missing" in {one["code"] for found in body["findings"] for one in found["findings"]}
