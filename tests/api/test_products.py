"""`/api/products`: what can be printed on, put, read back, listed; and the schema that says how."""

from __future__ import annotations

import json
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tests.api import designs
from tests.api.orders import check_problem, codes
from tests.domain import catalogue_samples
from tests.harness.server import Server
from tests.harness.shop import Shop

DRY = {"dryRun": "true"}


def test_a_product_that_is_put_can_be_read_back_and_put_again(shop: Shop) -> None:
    first = shop.put("/api/products/tag", designs.product())
    assert first.status_code == 201
    assert (first.json()["handle"], first.json()["changed"]) == ("tag", True)
    read = shop.get("/api/products/tag")
    assert read.headers["spectrum-version"] == first.json()["version"]
    assert read.headers["etag"] == first.headers["etag"]
    document = read.json()
    assert document["handle"] == "tag"
    assert document["areas"][0]["output"] == "pdf-x4"
    again = shop.put("/api/products/tag", document)
    assert again.status_code == 200
    assert again.json() == {**first.json(), "changed": False}
    assert shop.get("/api/products/tag/").content == read.content


def test_a_product_that_changes_has_a_new_version_and_another_tag(shop: Shop) -> None:
    first = shop.put("/api/products/tag", designs.product())
    second = shop.put("/api/products/tag", designs.product(name="Label"))
    assert (second.status_code, second.json()["changed"]) == (200, True)
    assert second.json()["version"] != first.json()["version"]
    assert second.headers["etag"] != first.headers["etag"]
    assert shop.get("/api/products/tag").json()["name"] == "Label"


def test_who_has_it_already_is_told_so_without_the_bytes(shop: Shop) -> None:
    designs.put_product(shop)
    tag = ""
    for path in ("/api/products", "/api/products/tag"):
        tag = shop.get(path).headers["etag"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            answer = shop.get(path, If_None_Match=known)
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == tag
        assert shop.get(path, If_None_Match='"other"').status_code == 200
    designs.put_product(shop, designs.product(name="Label"))
    assert shop.get("/api/products/tag", If_None_Match=tag).status_code == 200


def test_a_head_says_the_same_without_the_body(shop: Shop) -> None:
    designs.put_product(shop)
    whole = shop.get("/api/products/tag")
    head = shop.request("HEAD", "/api/products/tag")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["etag"] == whole.headers["etag"]


def test_the_list_names_every_product_with_its_areas(shop: Shop) -> None:
    assert shop.get("/api/products").json() == {"products": []}
    designs.put_product(shop, designs.product(designs.area("upper"), designs.area("sole")), "shoe")
    put = designs.put_product(shop, designs.product(name="Mug"), "mug")
    listed = shop.get("/api/products").json()["products"]
    assert [(one["handle"], one["areas"]) for one in listed] == [
        ("mug", ["front"]),
        ("shoe", ["upper", "sole"]),
    ]
    assert (listed[0]["name"], listed[0]["version"]) == ("Mug", put["version"])
    assert listed[0]["lastModification"].endswith("+00:00")


def test_every_problem_of_a_product_is_told_at_once(shop: Shop) -> None:
    sent = {"areas": [designs.area(width=0), designs.area(output="jpeg"), designs.area("Front")]}
    body = check_problem(shop.put("/api/products/tag", sent), 422, "invalid")
    assert set(codes(body["errors"])) >= {
        ("/name", "missing"),
        ("/areas/0/width", "out-of-range"),
        ("/areas/1/output", "unknown-value"),
        ("/areas/1/handle", "duplicate"),
        ("/areas/2/handle", "malformed"),
    }
    assert shop.get("/api/products/tag").status_code == 404


def test_a_profile_that_was_never_uploaded_is_named(shop: Shop) -> None:
    sent = designs.product(designs.area(profile="0" * 64))
    body = check_problem(shop.put("/api/products/tag", sent), 422, "invalid")
    assert codes(body["errors"]) == [("/areas/0/profile", "unknown-asset")]


def test_what_is_wrong_and_a_profile_that_is_not_there_are_told_at_once(shop: Shop) -> None:
    sent = designs.product(designs.area(bleed="much"), designs.area("back", profile="0" * 64))
    for params in ({}, DRY):
        body = check_problem(shop.put("/api/products/tag", sent, params=params), 422, "invalid")
        assert codes(body["errors"]) == [
            ("/areas/0/bleed", "wrong-type"),
            ("/areas/1/profile", "unknown-asset"),
        ]


def test_a_picture_is_no_profile(shop: Shop) -> None:
    digest = designs.taken(designs.upload(shop, designs.picture()))["sha256"]
    sent = designs.product(designs.area(profile=digest))
    body = check_problem(shop.put("/api/products/tag", sent), 422, "invalid")
    assert codes(body["errors"]) == [("/areas/0/profile", "wrong-asset")]


def test_a_body_that_names_another_product_than_its_path_is_refused(shop: Shop) -> None:
    body = check_problem(shop.put("/api/products/tag", designs.product(handle="mug")), 422, "invalid")
    assert codes(body["errors"]) == [("/handle", "differing-name")]
    body = check_problem(shop.put("/api/products/Tag", designs.product()), 422, "invalid")
    assert codes(body["errors"]) == [("/handle", "malformed")]


def test_an_unknown_member_is_named_and_not_kept(shop: Shop) -> None:
    put = designs.put_product(shop, designs.product(colour="red"))
    assert codes(put["warnings"]) == [("/colour", "unknown-member")]
    assert "colour" not in shop.get("/api/products/tag").json()


def test_a_poster_that_a_photograph_may_be_too_large_for_is_taken_and_told_so(shop: Shop) -> None:
    poster = designs.product(designs.area(width=841, height=1_189, bleed=3, output="tiff", dpi=300))
    for _ in range(2):  # once it is known, too
        answer = shop.put("/api/products/poster", poster)
        assert answer.status_code in (200, 201), answer.text
        (warning,) = answer.json()["warnings"]
        assert (warning["pointer"], warning["code"]) == ("/areas/0/dpi", "large-file")
        assert "at most 292 dpi always do" in warning["message"]


def test_a_dry_run_says_what_would_happen_and_stores_nothing(shop: Shop) -> None:
    foreseen = designs.taken(shop.put("/api/products/tag", designs.product(), params=DRY))
    assert foreseen == {"version": None, "changed": True, "handle": "tag", "dryRun": True}
    assert shop.get("/api/products/tag").status_code == 404
    designs.put_product(shop)
    same = designs.taken(shop.put("/api/products/tag", designs.product(), params=DRY))
    assert same["changed"] is False
    check_problem(shop.put("/api/products/tag", {}, params=DRY), 422, "invalid")
    check_problem(shop.put("/api/products/tag", {}, params={"dryRun": "maybe"}), 400, "bad-request")


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, "not-json"),
        (b"", {}, 400, "not-json"),
        (b"name=Tag", {"Content_Type": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type"),
        (b"{}", {"Content_Encoding": "gzip"}, 415, "unsupported-media-type"),
        (b" " * (16 * 1024**2 + 1), {}, 413, "too-large"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, {}, 400, "not-json"),
    ],
    ids=["cut", "empty", "form", "compressed", "large", "deep"],
)
def test_what_is_no_product_document_is_refused(
    shop: Shop, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    check_problem(shop.put("/api/products/tag", content=content, **headers), status, code)


def test_another_shop_sees_none_of_it_and_may_use_the_same_handle(server: Server, shop: Shop) -> None:
    mine = designs.put_product(shop, designs.product(name="Mine"))
    with Shop(server) as other:
        check_problem(other.get("/api/products/tag"), 404, "not-found")
        assert other.get("/api/products").json() == {"products": []}
        theirs = other.put("/api/products/tag", designs.product(name="Theirs"))
        assert theirs.status_code == 201
    assert shop.get("/api/products/tag").json()["name"] == "Mine"
    assert shop.get("/api/products/tag").headers["spectrum-version"] == mine["version"]


def schema(server: Server, name: str) -> dict[str, Any]:
    answer = httpx.get(f"{server.url}/schemas/{name}.json", trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    found: dict[str, Any] = answer.json()
    return found


def test_the_published_schemas_take_what_is_taken_and_refuse_what_is_refused(server: Server) -> None:
    for name, good in (
        ("product", catalogue_samples.PRODUCT),
        ("recipe-set", catalogue_samples.RECIPE_SET),
    ):
        validator = jsonschema_rs.Draft202012Validator(schema(server, name))
        assert validator.is_valid(good)
        assert not validator.is_valid({})
        assert not validator.is_valid({**good, "areas": [], "recipes": []})


def test_the_reference_describes_both_documents_as_their_schemas_do(server: Server) -> None:
    document = httpx.get(f"{server.url}/openapi.json", trust_env=False).json()
    components = document["components"]["schemas"]
    for name, title in (("product", "Product"), ("recipe-set", "RecipeSet")):
        published = schema(server, name)
        flat = {title: published, **published["$defs"]}
        for part, said in flat.items():
            own = {key: value for key, value in said.items() if key[0] != "$" and key != "title"}
            assert components[part] == json.loads(
                json.dumps(own).replace("#/$defs/", "#/components/schemas/")
            ), part
