"""`GET /{clientHandle}/specification/{recipeSetReadableId}/pdf`: the sheet that hangs at the press."""

from __future__ import annotations

import io
import subprocess

import httpx
import pikepdf
import pytest

from tests.api import designs
from tests.api.orders import check_problem, line, order
from tests.api.test_recipe_sets import entries
from tests.conftest import FreshServer
from tests.harness.server import Server
from tests.harness.shop import Shop


def path(shop: Shop, name: str) -> str:
    return f"/{shop.handle}/specification/{name}/pdf"


def fetched(shop: Shop, name: str) -> httpx.Response:
    return shop.get(path(shop, name), params=designs.WAIT)


def text_of(answer: httpx.Response) -> str:
    """The words on every page."""
    assert answer.status_code == 200, answer.text[:2_000]
    assert answer.headers["content-type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert len(pdf.pages) >= 1
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=answer.content, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_the_sheet_says_what_goes_where_and_what_was_ordered(server: Server, shop: Shop) -> None:
    name = designs.new_id()
    designs.put_product(shop, designs.product(designs.area("front"), designs.area("back", width=30)))
    sent = designs.recipe_set(designs.filling("front"), designs.filling("back", designs.text("Hopper")))
    designs.put_recipe_set(shop, name, sent)
    before = text_of(fetched(shop, name))
    for word in (name, "front", "back", "Grace", "Hopper", "40", "20", "30"):
        assert word in before
    ordered = order(lineItems=[line(recipeSetId=name)])
    shop.acknowledge(ordered)
    opened = entries(server, "artwork.opened")
    answer = fetched(shop, name)
    after = text_of(answer)
    for word in (ordered["purchaseOrderNumber"], "SHOE-9"):
        assert word in after
        assert word not in before
    assert answer.headers["content-disposition"] == f'inline; filename="specification_{name}.pdf"'
    assert entries(server, "artwork.opened") == opened + 1
    head = shop.request("HEAD", path(shop, name))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "application/pdf"


def test_nobody_sees_another_clients_sheet_whatever_the_path_says(server: Server, shop: Shop) -> None:
    name = designs.new_id()
    designs.put_product(shop)
    designs.put_recipe_set(shop, name)
    with Shop(server) as other:
        told = check_problem(other.get(path(other, name)), 404, "not-found")["error"]
        for asked in (path(shop, name), f"/nobody/specification/{name}/pdf"):
            assert check_problem(other.get(asked), 404, "not-found")["error"] == told
    check_problem(shop.get(path(shop, "nothing")), 404, "not-found")
    check_problem(shop.get(path(shop, name), token=""), 401, "unauthenticated")


@pytest.mark.parametrize(
    "wrong",
    [
        "/{handle}/specification/{name}",
        "/{handle}/specification/{name}/png",
        "/{handle}/specification//pdf",
        "//specification/{name}/pdf",
        "/{handle}/spec/{name}/pdf",
    ],
)
def test_a_path_that_is_nearly_right_is_not_found(shop: Shop, wrong: str) -> None:
    asked = wrong.format(handle=shop.handle, name="ABCD1234")
    check_problem(shop.get(asked), 404, "not-found")


def test_a_sheet_that_nobody_makes_is_pending(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off")
    with Shop(server) as shop:
        designs.put_product(shop)
        designs.put_recipe_set(shop, "ABCD1234")
        body = check_problem(shop.get(path(shop, "ABCD1234"), params={"wait": "0"}), 503, "unavailable")
        assert body["state"] == "pending"
        check_problem(shop.get(path(shop, "ABCD1234"), params={"wait": "x"}), 400, "bad-request")
