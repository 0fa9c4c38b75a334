"""`/api/recipesets`: what a customer designed, put, given finished files, and never shown to others."""

from __future__ import annotations

from typing import Any

import pytest

from spectrum_orders.store.schema import journal
from tests.api import designs
from tests.api.orders import check_problem, codes
from tests.harness.server import Server
from tests.harness.shop import Shop

DRY = {"dryRun": "true"}


@pytest.fixture
def seller(shop: Shop) -> Shop:
    """A shop with a product of one area, `front`, and another of two."""
    designs.put_product(shop)
    designs.put_product(shop, designs.product(designs.area(), designs.area("back")), "card")
    return shop


def entries(server: Server, kind: str) -> int:
    """How many facts of this kind the journal holds."""
    with server.opened() as opened, opened.database.read() as connection:
        rows = connection.execute(journal.select().where(journal.c.kind == kind))
        return len(rows.all())


def test_a_recipe_set_that_is_put_can_be_read_back_and_put_again(seller: Shop) -> None:
    first = seller.put("/api/recipesets/ABCD1234", designs.recipe_set())
    assert first.status_code == 201
    assert (first.json()["readableId"], first.json()["changed"]) == ("ABCD1234", True)
    read = seller.get("/api/recipesets/ABCD1234")
    assert read.headers["spectrum-version"] == first.json()["version"]
    assert read.headers["etag"] == first.headers["etag"]
    assert read.json()["recipes"][0]["fillings"][0]["layers"][0]["text"] == "Grace"
    again = seller.put("/api/recipesets/ABCD1234", read.json())
    assert (again.status_code, again.json()["changed"]) == (200, False)
    assert again.json()["version"] == first.json()["version"]
    known = seller.get("/api/recipesets/ABCD1234", If_None_Match=read.headers["etag"])
    assert (known.status_code, known.content) == (304, b"")


def test_ids_are_compared_without_case(seller: Shop) -> None:
    designs.put_recipe_set(seller, "ABCD1234")
    assert seller.get("/api/recipesets/abcd1234").status_code == 200
    second = seller.put("/api/recipesets/abcd1234", designs.recipe_set(designs.filling("front")))
    assert second.status_code == 200


def test_its_tag_tells_nothing_about_its_text(server: Server, seller: Shop) -> None:
    designs.put_recipe_set(seller, "ABCD1234")
    with Shop(server) as other:
        designs.put_product(other)
        designs.put_recipe_set(other, "ABCD1234")
        one, two = (each.get("/api/recipesets/ABCD1234") for each in (seller, other))
    assert one.content == two.content
    assert one.headers["etag"] != two.headers["etag"]


def test_a_set_follows_a_changed_product_when_it_is_put_again(seller: Shop) -> None:
    first = designs.put_recipe_set(seller, "ABCD1234")
    designs.put_product(seller, designs.product(designs.area(width=80)))
    second = designs.put_recipe_set(seller, "ABCD1234")
    assert (second["changed"], second["version"] != first["version"]) == (True, True)


def test_everything_that_it_names_and_that_is_not_there_is_told_at_once(seller: Shop) -> None:
    sent = {
        "recipes": [
            {"product": "nothing", "fillings": [designs.filling()]},
            {
                "product": "tag",
                "fillings": [
                    designs.filling("front", {"type": "image", "asset": "0" * 64}),
                    designs.filling("sleeve"),
                ],
            },
            {"product": "card", "fillings": [designs.filling("front")]},
        ]
    }
    body = check_problem(seller.put("/api/recipesets/ABCD1234", sent), 422, "invalid")
    assert {code for _, code in codes(body["errors"])} == {
        "unknown-product",
        "unknown-asset",
        "unknown-area",
        "unfilled-area",
    }
    assert ("/recipes/0/product", "unknown-product") in codes(body["errors"])
    assert ("/recipes/1/fillings/0/layers/0/asset", "unknown-asset") in codes(body["errors"])
    check_problem(seller.get("/api/recipesets/ABCD1234"), 404, "not-found")


def test_what_is_wrong_and_what_is_not_there_are_told_at_once(seller: Shop) -> None:
    designs.put_product(seller, designs.product(designs.area(output="dxf"), designs.area("back")))
    code = {"type": "code", "value": "123", "symbology": "ean13", "box": designs.TEXT_BOX}
    varnish = {"type": "spot", "name": "Varnish"}
    front = (
        designs.text(font="Comic Sans", size="large"),
        {"type": "image", "asset": "0" * 64, "fit": "somehow"},
        {**code, "colour": varnish},
    )
    sent = designs.recipe_set(designs.filling("front", *front), designs.filling("sleeve"))
    for params in ({}, DRY):
        answer = seller.put("/api/recipesets/ABCD1234", sent, params=params)
        body = check_problem(answer, 422, "invalid")
        at = "/recipes/0/fillings/0/layers"
        assert sorted(codes(body["errors"])) == [
            ("/recipes/0/fillings", "unfilled-area"),
            (f"{at}/0/font", "unknown-font"),
            (f"{at}/0/size", "wrong-type"),
            (f"{at}/1/asset", "contradiction"),
            (f"{at}/1/asset", "unknown-asset"),
            (f"{at}/1/fit", "unknown-value"),
            (f"{at}/2/colour/name", "unknown-plate"),
            (f"{at}/2/value", "malformed"),
            ("/recipes/0/fillings/1/area", "unknown-area"),
        ]


def test_no_refusal_repeats_a_text_of_the_design(seller: Shop) -> None:
    sent = designs.recipe_set(designs.filling("front", designs.text("canary", size="canary", font=7)))
    answer = seller.put("/api/recipesets/ABCD1234", sent)
    check_problem(answer, 422, "invalid")
    assert "canary" not in answer.text


def test_a_dry_run_says_what_would_happen_and_stores_nothing(seller: Shop) -> None:
    path = "/api/recipesets/ABCD1234"
    foreseen = designs.taken(seller.put(path, designs.recipe_set(), params=DRY))
    assert foreseen == {"version": None, "changed": True, "readableId": "ABCD1234", "dryRun": True}
    assert seller.get(path).status_code == 404
    check_problem(seller.put(path, designs.recipe_set(product="no"), params=DRY), 422, "invalid")
    designs.put_recipe_set(seller, "ABCD1234")
    assert designs.taken(seller.put(path, designs.recipe_set(), params=DRY))["changed"] is False


def test_each_reading_of_a_design_is_in_the_journal(server: Server, seller: Shop) -> None:
    designs.put_recipe_set(seller, "ABCD1234")
    before = entries(server, "recipe-set.opened")
    seller.get("/api/recipesets/ABCD1234")
    seller.get("/api/recipesets/nothing")
    assert entries(server, "recipe-set.opened") == before + 1


def test_two_shops_with_one_id_do_not_see_each_others(server: Server, seller: Shop) -> None:
    designs.put_recipe_set(seller, "ABCD1234")
    with Shop(server) as other:
        check_problem(other.get("/api/recipesets/ABCD1234"), 404, "not-found")
        # Neither are products shared, nor pictures.
        digest = designs.taken(designs.upload(seller, designs.picture()))["sha256"]
        body = check_problem(other.put("/api/recipesets/ABCD1234", designs.recipe_set()), 422, "invalid")
        assert codes(body["errors"]) == [("/recipes/0/product", "unknown-product")]
        designs.put_product(other)
        pictured = designs.recipe_set(designs.filling("front", {"type": "image", "asset": digest}))
        body = check_problem(other.put("/api/recipesets/ABCD1234", pictured), 422, "invalid")
        assert codes(body["errors"]) == [("/recipes/0/fillings/0/layers/0/asset", "unknown-asset")]
        words = designs.recipe_set(designs.filling("front", designs.text("Ada")))
        assert other.put("/api/recipesets/ABCD1234", words).status_code == 201
    assert "Grace" in seller.get("/api/recipesets/ABCD1234").text


def put_file(shop: Shop, path: str, data: bytes, **options: Any) -> Any:
    return shop.put(f"/api/recipesets/{path}", content=data, Content_Type="image/png", **options)


def test_an_area_takes_a_finished_file_in_place_of_its_layers(shop: Shop) -> None:
    designs.put_product(shop, designs.product(designs.area(output="png"), designs.area("back")))
    first = designs.put_recipe_set(
        shop, "ABCD1234", designs.recipe_set(designs.filling(), designs.filling("back"))
    )
    put = designs.taken(put_file(shop, "ABCD1234/files/front", designs.picture()))
    assert (put["changed"], put["readableId"], put["version"] != first["version"]) == (True, "ABCD1234", True)
    front, back = shop.get("/api/recipesets/ABCD1234").json()["recipes"][0]["fillings"]
    assert shop.get(f"/api/assets/{front['file']}").json()["mediaType"] == "image/png"
    assert (front["layers"], back["layers"][0]["text"], back["file"]) == ([], "Grace", None)
    again = designs.taken(put_file(shop, "ABCD1234/files/front", designs.picture()))
    assert (again["changed"], again["version"]) == (False, put["version"])


def test_a_file_for_what_is_not_there_is_not_even_stored(seller: Shop) -> None:
    designs.put_recipe_set(seller, "ABCD1234")
    data = designs.picture("plum")
    for path in ("nothing/files/front", "ABCD1234/files/sleeve"):
        check_problem(put_file(seller, path, data), 404, "not-found")
    body = check_problem(put_file(seller, "ABCD1234/files/front", data), 422, "invalid")
    assert codes(body["errors"]) == [("/recipes/0/fillings/0/file", "wrong-asset")]
    check_problem(put_file(seller, "ABCD1234/files/front", b"nonsense"), 422, "invalid")
    assert "Grace" in seller.get("/api/recipesets/ABCD1234").text


def test_which_product_is_meant_has_to_be_said_where_several_have_the_area(shop: Shop) -> None:
    for handle in ("tag", "card"):
        designs.put_product(shop, designs.product(designs.area(output="png")), handle)
    both = {"recipes": [designs.recipe_set(product=one)["recipes"][0] for one in ("tag", "card")]}
    designs.put_recipe_set(shop, "ABCD1234", both)
    path, data = "ABCD1234/files/front", designs.picture()
    told = check_problem(put_file(shop, path, data), 409, "conflict")
    assert "card" in told["detail"]
    check_problem(put_file(shop, path, data, params={"product": "mug"}), 404, "not-found")
    designs.taken(put_file(shop, path, data, params={"product": "card"}))
    tag, card = shop.get("/api/recipesets/ABCD1234").json()["recipes"]
    assert (tag["fillings"][0]["file"], card["fillings"][0]["file"] is not None) == (None, True)
    check_problem(put_file(shop, path, data, params=DRY), 400, "bad-request")


def test_another_shops_set_takes_no_file_of_mine(server: Server, seller: Shop) -> None:
    designs.put_recipe_set(seller, "ABCD1234")
    with Shop(server) as other:
        check_problem(put_file(other, "ABCD1234/files/front", designs.picture()), 404, "not-found")
