"""The OpenAPI document: whole, true, and in step with what is served."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import openapi_spec_validator
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from spectrum_orders import errors
from spectrum_orders.domain.codes import CODES, PROBLEMS, WARNINGS
from spectrum_orders.domain.fields import LINE_MEMBERS, ORDER_MEMBERS, PAIR_MEMBERS
from spectrum_orders.domain.personal import ADDRESS_FIELDS, LINE_FIELDS, ORDER_FIELDS
from spectrum_orders.web.openapi import check_described, describe
from spectrum_orders.web.openapi.explanations import UPLOADS
from spectrum_orders.web.openapi.operations import OPERATIONS
from spectrum_orders.web.routes import Route
from tests.api import designs
from tests.domain.samples import ADDRESS, FULL, ORDER, order
from tests.harness.place import SOURCE as ROOT
from tests.harness.server import Server
from tests.harness.shop import Shop

Document = dict[str, Any]

SOURCE = ROOT / "spectrum_orders"

ROUTES = [Route(method, pattern, None) for method, pattern in OPERATIONS]

# Something for every parameter of a path; whether it is there does not matter.
FILLED = {
    "{purchaseOrderNumber}": "42015953",
    "{receiptId}": "rcp_0000000000000",
    "{handle}": "mug",
    "{readableId}": "ABCD1234",
    "{recipeSetReadableId}": "ABCD1234",
    "{area}": "front",
    "{sha256}": "0" * 64,
    "{clientHandle}": "acme",
    "{packageId}": "pkg_0000000000001",
    "{erasureId}": "ers_0000000000001",
    "{link}": "A" * 128,
    "{webhookId}": "whk_0000000000000",
}


@pytest.fixture(scope="module")
def document(server: Server) -> Document:
    """As it is served."""
    answer = httpx.get(f"{server.url}/openapi.json", trust_env=False)
    assert answer.status_code == 200
    found: Document = answer.json()
    return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def filled(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path


def validator(document: Document, schema: Document) -> jsonschema_rs.Draft202012Validator:
    """Checks values against a schema that refers to the document's components."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


def test_it_is_a_valid_openapi_document(document: Document) -> None:
    openapi_spec_validator.validate(document)
    assert document["openapi"].startswith("3.1")


def test_what_it_describes_is_served_and_nothing_else(document: Document, shop: Shop) -> None:
    every = ("GET", "POST", "PUT", "PATCH", "DELETE")
    described = {(method, path) for method, path, _ in operations(document)}
    assert described == set(OPERATIONS)
    for path in document["paths"]:
        allowed = {method for method in every if (method, path) in described}
        for method in every:
            answer = shop.request(method, filled(path), content=b"")
            if method in allowed:
                assert answer.status_code != 405, (method, path)
                assert answer.json()["code"] != "not-found" or "{" in path if answer.is_client_error else True
            else:
                assert answer.status_code == 405, (method, path)
                assert set(answer.headers["Allow"].split(", ")) == allowed


def test_a_route_without_a_description_is_an_error_and_so_is_the_opposite() -> None:
    check_described(ROUTES)
    with pytest.raises(ValueError, match=r"not described: .*/new"):
        check_described([*ROUTES, Route("GET", "/new", None)])
    with pytest.raises(ValueError, match=r"not served: .*/healthz"):
        describe([route for route in ROUTES if route.pattern != "/healthz"], "test")


def kinds(root: type[errors.SpectrumError] = errors.SpectrumError) -> set[type[errors.SpectrumError]]:
    below = {kind for kind in root.__subclasses__() if kind.__module__ == errors.__name__}
    return below.union(*(kinds(kind) for kind in below))


def test_every_error_is_explained(document: Document) -> None:
    told = {error["code"]: error for error in document["x-errors"]}
    for kind in kinds():
        assert told[kind.code]["status"] == kind.status
        assert told[kind.code]["retryable"] == kind.retryable
        assert told[kind.code]["advice"]
    assert set(told) == {kind.code for kind in kinds()}
    assert set(document["components"]["schemas"]["Error"]["properties"]["code"]["enum"]) == set(told)


def test_every_problem_and_every_warning_is_explained(document: Document) -> None:
    assert PROBLEMS.items() <= document["x-problems"].items()
    assert WARNINGS.items() <= document["x-warnings"].items()
    codes = document["components"]["schemas"]["Finding"]["properties"]["code"]["enum"]
    assert set(codes) == {*CODES, *document["x-problems"], *document["x-warnings"]}


def test_every_reason_to_refuse_an_upload_is_explained(document: Document) -> None:
    said = {
        node.args[0].value
        for path in (SOURCE / "artwork" / "intake").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refused"
        if isinstance(node.args[0], ast.Constant)
    }
    assert said == set(UPLOADS)
    assert UPLOADS.items() <= document["x-problems"].items()


def test_every_member_that_is_read_is_described_and_people_are_marked(document: Document) -> None:
    schemas = document["components"]["schemas"]
    for name, members, personal in (
        ("Order", ORDER_MEMBERS, ORDER_FIELDS),
        ("LineItem", LINE_MEMBERS, LINE_FIELDS),
        ("SkuQuantity", PAIR_MEMBERS, ()),
        ("Address", {*ADDRESS_FIELDS, "province"}, (*ADDRESS_FIELDS, "province")),
    ):
        properties = schemas[name]["properties"]
        assert set(properties) == set(members)
        assert {member for member, schema in properties.items() if schema.get("x-personal")} == set(personal)


def test_every_example_is_what_its_schema_says(document: Document) -> None:
    checked = 0
    for method, path, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media_type, content in body.get("content", {}).items():
                for name, example in content.get("examples", {}).items():
                    if isinstance(example["value"], str):
                        continue
                    problems = list(validator(document, content["schema"]).iter_errors(example["value"]))
                    assert not problems, (method, path, media_type, name, problems[0].message)
                    checked += 1
    assert checked > 50


def test_the_documented_orders_are_what_the_schemas_say(document: Document) -> None:
    for name, value in (("Order", ORDER), ("Order", {**FULL, "priority": "higher"}), ("FullOrder", FULL)):
        sent = {**value, "priority": "higher"}
        assert validator(document, {"$ref": f"#/components/schemas/{name}"}).is_valid(sent)
    assert not validator(document, {"$ref": "#/components/schemas/FullOrder"}).is_valid(ORDER)
    assert not validator(document, {"$ref": "#/components/schemas/Order"}).is_valid(order(lineItems=[{}]))


def test_the_documented_requests_are_answered_as_documented(document: Document, shop: Shop) -> None:
    """An example, sent, is answered by the example of its answer, but for what is new each time."""
    new = {"receiptId", "instance", "lastModification"}

    def same(answer: httpx.Response, example: Document) -> None:
        got = answer.json()
        assert {n: v for n, v in got.items() if n not in new} == {
            n: v for n, v in example.items() if n not in new
        }
        assert set(got) == set(example)

    operation = document["paths"]["/api/order/acknowledgement"]["post"]
    sent = operation["requestBody"]["content"]["application/json"]["examples"]
    replies = {
        status: next(iter(reply["content"].values()))["examples"]
        for status, reply in operation["responses"].items()
    }
    body = sent["order"]["value"]
    same(shop.acknowledge(body, params={"dryRun": "true"}), replies["200"]["dryRun"]["value"])
    same(shop.acknowledge(body), replies["200"]["acknowledged"]["value"])
    other = {
        **body,
        "lineItems": [{**body["lineItems"][0], "skuQuantities": [{"sku": "SHOE-9", "quantity": 3}]}],
    }
    same(shop.acknowledge(other), replies["409"]["taken"]["value"])
    with Shop(shop.server) as second:
        same(second.acknowledge({**body, "orderColour": "red"}), replies["200"]["warned"]["value"])
        same(
            second.acknowledge({**body, "purchaseOrderNumber": "42015954"}),
            {**replies["200"]["acknowledged"]["value"], "purchaseOrderNumber": "42015954"},
        )
    with Shop(shop.server) as third:
        assert third.acknowledge(sent["gift"]["value"]).status_code == 200
        repeated = third.acknowledge(sent["oldest"]["value"])
        assert repeated.json()["differences"]
        bad = {
            **body,
            "lineItems": [{**body["lineItems"][0], "skuQuantities": [{"sku": "SHOE-9", "quantity": 0}]}],
        }
        del bad["orderDate"]
        same(third.acknowledge(bad), replies["422"]["invalid"]["value"])
    with Shop(shop.server) as fourth:
        bulk = fourth.acknowledge(sent["array"]["value"])
        assert bulk.json()["counts"] == replies["200"]["bulk"]["value"]["counts"]


def members(schemas: Document, schema: Document) -> set[str]:
    """The members that a schema documents, its parts included."""
    if "$ref" in schema:
        return members(schemas, schemas[schema["$ref"].rpartition("/")[2]])
    found = set(schema.get("properties", ()))
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        found |= members(schemas, part)
    return found


def test_no_answer_has_a_member_that_is_not_documented(document: Document, shop: Shop) -> None:
    schemas = document["components"]["schemas"]

    def documented(answer: Any, name: str) -> None:
        assert set(answer) <= members(schemas, schemas[name]), name
        assert validator(document, {"$ref": f"#/components/schemas/{name}"}).is_valid(answer), name

    documented(shop.acknowledge({**FULL, "unknown": 1}).json(), "Acknowledged")
    documented(shop.acknowledge({**FULL, "unknown": 1, "priority": 1}).json(), "AlreadySubmitted")
    documented(shop.acknowledge(order(purchaseOrderNumber="2", lineItems=[7], unknown=1)).json(), "Rejected")
    bulk = shop.acknowledge([order(purchaseOrderNumber="3"), ORDER, {}, 7])
    documented(bulk.json(), "BulkAnswer")
    for result in bulk.json()["results"]:
        documented(result, "BulkResult")
    completing = {**ORDER, "customerAddress": ADDRESS, "shippingAddress": ADDRESS, "purchaseOrderNumber": "3"}
    completed = shop.post("/api/order", {**completing, "accountNumber": "A-18"}).json()
    documented(completed, "Acknowledged")
    assert [warning["code"] for warning in completed["warnings"]] == ["kept-as-acknowledged"]
    stored = shop.get("/api/order/order-number/42015953").json()
    documented(stored, "StoredOrder")
    for line in stored["lineItems"]:
        documented(line, "StoredLine")
    documented(shop.get("/api/order/order-number/3").json(), "StoredOrder")
    documented(shop.get("/api/order/order-number/3/times").json(), "OrderTimes")
    documented(shop.get("/api/exceptions").json(), "ExceptionList")
    documented(shop.get(f"/api/receipts/{completed['receiptId']}").json(), "Receipt")
    documented(shop.get("/.well-known/spectrum-receipt-key").json(), "ReceiptKey")
    documented(shop.get("/healthz").json(), "Alive")
    documented(shop.get("/readyz").json(), "Ready")
    foreseen = shop.acknowledge(order(purchaseOrderNumber="4"), params={"dryRun": "true"}).json()
    documented(foreseen, "Acknowledged")
    for line in foreseen["foreseen"]:
        documented(line, "ForeseenLine")
    documented(shop.put("/api/products/tag", designs.product(designs.area(output="png"))).json(), "Put")
    documented(shop.get("/api/products").json(), "ProductList")
    documented(shop.get("/api/products").json()["products"][0], "ListedProduct")
    documented(shop.get("/api/products/tag").json(), "Product")
    for dry in ("true", "false"):
        put = shop.put("/api/recipesets/ABCD1234", {**designs.recipe_set(), "x": 1}, params={"dryRun": dry})
        documented(put.json(), "Put")
    documented(shop.get("/api/recipesets/ABCD1234").json(), "RecipeSet")
    asset = designs.upload(shop, designs.picture()).json()
    documented(asset, "Asset")
    documented(shop.get(f"/api/assets/{asset['sha256']}").json(), "Asset")
    ready = shop.get("/api/webtoprint/ABCD1234", params=designs.WAIT, Accept="application/json")
    documented(ready.json(), "PrintStatus")
    designs.taken(
        shop.put("/api/recipesets/ABCD1234/files/front", content=designs.picture(), Content_Type="image/png")
    )
    pending = shop.get("/api/webtoprint/ABCD1234", params={"wait": "0"})
    documented(pending.json(), "Pending" if pending.status_code == 503 else "Unprintable")
    documented(shop.get("/api/webtoprint/ABCD1234", params=designs.WAIT).json(), "Unprintable")
    admin = shop.new_token("admin")
    everybody = {"emailAddress": FULL["emailAddress"]}
    exported = shop.post("/api/person/export", everybody, token=admin).json()
    documented(exported, "PersonExport")
    assert exported["orders"]
    for one in exported["orders"]:
        documented(one, "ExportedOrder")
    for dry in ("true", "false"):
        erased = shop.post("/api/person/erase", everybody, token=admin, params={"dryRun": dry}).json()
        documented(erased, "PersonErased")
        for one in erased["orders"]:
            documented(one, "ErasedOrder")
    documented(shop.get("/api/erasures").json(), "ErasureList")
    documented(shop.get("/api/order/order-number/42015953").json(), "StoredOrder")
    documented(shop.acknowledge(FULL).json(), "AlreadySubmitted")
    documented(shop.get("/api/receipts/none").json(), "Error")
    documented(shop.get("/api/receipts/none", token="").json(), "Error")


def test_no_answer_about_events_has_a_member_that_is_not_documented(document: Document, shop: Shop) -> None:
    schemas = document["components"]["schemas"]

    def documented(answer: httpx.Response, name: str) -> Any:
        assert answer.is_success, answer.text
        said = answer.json()
        assert set(said) == members(schemas, schemas[name]), name
        problems = list(validator(document, {"$ref": f"#/components/schemas/{name}"}).iter_errors(said))
        assert not problems, (name, problems[0].message)
        return said

    examples = {
        operation["operationId"]: next(iter(operation["requestBody"]["content"].values()))["examples"]
        for _, _, operation in operations(document)
        if "requestBody" in operation and "examples" in str(operation["requestBody"])
    }
    documented(shop.get("/api/events"), "EventPage")
    types = documented(shop.get("/api/event-types"), "EventTypes")["types"]
    assert all(set(one) == members(schemas, schemas["EventType"]) for one in types)
    sent = examples["addWebhook"]["new"]["value"]
    made = documented(shop.post("/api/webhooks", {**sent, "unknown": 1}), "RegisteredWebhook")
    assert {name: made[name] for name in sent} == {**sent, "types": sorted(sent["types"])}
    # No mail is sent in these tests, and the example names a contact.
    assert [warning["pointer"] for warning in made["warnings"]] == ["/unknown", "/contact"]
    one = f"/api/webhooks/{made['id']}"
    documented(shop.get("/api/webhooks"), "WebhookList")
    documented(shop.get(one), "Webhook")
    for example in examples["changeWebhook"].values():
        documented(shop.request("PATCH", one, json=example["value"]), "ChangedWebhook")
    documented(shop.post(f"{one}/secret"), "WebhookSecret")
    # It may be that this machine reaches nobody: that is an answer too.
    documented(shop.request("PATCH", one, json={"state": "disabled"}), "ChangedWebhook")
    documented(shop.get(f"{one}/deliveries"), "WebhookDeliveryPage")
    for example in examples["replayWebhook"].values():
        documented(shop.post(f"{one}/replay", example["value"]), "Replayed")
    documented(shop.request("DELETE", one), "RemovedWebhook")


def test_every_answer_of_a_route_with_a_token_documents_its_refusals(document: Document) -> None:
    for method, path, operation in operations(document):
        if "x-scope" in operation:
            assert len(operation["security"]) == 3, (method, path)
            assert {"401", "403", "429", "500"} <= set(operation["responses"]), (method, path)
        else:
            assert not path.startswith("/api")
            assert not any("underscoreHeader" in way for way in operation["security"]), (method, path)


@schemathesis.serializer("application/x-ndjson")
def _as_lines(_: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


HELD = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]


@functools.cache
def described(server: Server) -> Any:
    """What is served, to draw from: reading the document takes longer than most draws."""
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


def drawn() -> Iterator[Any]:
    """Every operation with what its document allows, and with what it does not, where there is any."""
    for (method, path), operation in OPERATIONS.items():
        modes = [GenerationMode.POSITIVE]
        if operation.parameters or operation.request:
            modes.append(GenerationMode.NEGATIVE)
        for mode in modes:
            yield pytest.param(method, path, mode, id=f"{method} {path} {mode.value}")


@pytest.mark.parametrize(("method", "path", "mode"), list(drawn()))
def test_whatever_is_sent_is_answered_as_the_document_says(
    server: Server, shop: Shop, method: str, path: str, mode: GenerationMode
) -> None:
    """Drawn from the document, or drawn to break it: no 500, and nothing that the document does not know."""
    operation = described(server)[path][method]
    # A recipe set is deep, and drawing one takes a second; tests/domain draws them by the hundred.
    examples = 8 if path == "/api/recipesets/{readableId}" and method == "PUT" else 30

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    def hold(case: Any) -> None:
        if path == "/api/events" and isinstance(case.query, dict):
            case.query.pop("wait", None)  # it would be waited for
        case.call_and_validate(headers={"SPECTRUM_API_TOKEN": shop.token}, checks=HELD)

    hold()
