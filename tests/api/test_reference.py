"""The reference page: it needs nothing but itself, names everything, and can be read on any screen."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from spectrum_orders.domain.catalogue.findings import KINDS
from spectrum_orders.domain.catalogue.product import Output
from tests.domain.samples import ORDER
from tests.harness.server import Server
from tests.harness.shop import Shop

DOCS = Path(__file__).resolve().parents[2] / "docs"
API_GUIDE, CATALOGUE = DOCS / "api.md", DOCS / "catalogue.md"


class Reader(HTMLParser):
    """The places of a page, where it leads, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.places.add(found.get("id") or "")
        if tag == "a":
            self.links.add(found.get("href") or "")
        elif source := found.get("src") or found.get("href"):
            self.loads.add(source)


@pytest.fixture
def answer(server: Server) -> httpx.Response:
    return httpx.get(f"{server.url}/docs", trust_env=False)


@pytest.fixture
def document(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/openapi.json", trust_env=False).json()
    return found


def test_the_front_leads_to_the_reference(server: Server) -> None:
    front = httpx.get(f"{server.url}/", trust_env=False)
    assert (front.status_code, front.headers["Location"]) == (302, "/docs")
    assert httpx.get(f"{server.url}/", follow_redirects=True, trust_env=False).status_code == 200


def test_the_page_may_load_nothing_and_loads_nothing(answer: httpx.Response) -> None:
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]+='", policy["style-src"])
    assert re.fullmatch(r"'sha256-[\w+/]+='", policy["script-src"])
    assert {policy[name] for name in ("base-uri", "form-action", "frame-ancestors")} == {"'none'"}
    assert all(source.startswith("data:") for source in Reader(answer.text).loads)
    assert "style=" not in answer.text
    assert not re.findall(r"\son\w+=", answer.text)


def test_every_link_leads_somewhere(answer: httpx.Response) -> None:
    page = Reader(answer.text)
    assert {link for link in page.links if not link.startswith("#")} == {"/openapi.json"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.places


def test_everything_that_is_documented_is_on_the_page(
    answer: httpx.Response, document: dict[str, Any]
) -> None:
    places = Reader(answer.text).places
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["operationId"] in places
            assert operation["summary"] in answer.text
    assert {f"problem-{error['code']}" for error in document["x-errors"]} <= places
    assert {f"finding-{code}" for code in document["x-problems"]} <= places
    assert {f"warning-{code}" for code in document["x-warnings"]} <= places
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= places
    for header in ("SPECTRUM_API_TOKEN", "Spectrum-Api-Token", "Authorization: Bearer", "Idempotency-Key"):
        assert header in answer.text


def test_every_command_uses_the_method_of_its_route_and_says_whose_token_it_needs(
    answer: httpx.Response, document: dict[str, Any]
) -> None:
    text = html.unescape(re.sub(r"<[^>]+>", "", answer.text))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            article = re.search(
                rf'<article class="operation" id="{operation["operationId"]}">.*?</article>',
                answer.text,
                re.DOTALL,
            )
            assert article is not None
            shown = html.unescape(re.sub(r"<[^>]+>", "", article[0]))
            implied = "POST" if "requestBody" in operation else "GET"
            named = re.search(r"curl -X ([A-Z]+) ", shown)
            assert (named[1] if named else implied) == method.upper(), (method, path)
            assert ("partner's own" in shown) is bool(operation.get("x-partners")), (method, path)
    assert "Needs a partner's own token." in text


def test_the_type_of_an_error_leads_to_its_explanation(answer: httpx.Response, shop: Shop) -> None:
    places = Reader(answer.text).places
    failures = [
        shop.get("/no/such/path"),
        shop.get("/healthz", token="spk_wrong"),
        shop.get("/api/receipts/none", token="spk_wrong"),
        shop.request("DELETE", "/docs"),
        shop.acknowledge({}),
        shop.acknowledge(ORDER, params={"dryRun": "maybe"}),
        shop.post("/api/order", content="{"),
        shop.post("/api/order", content="a=b", Content_Type="application/x-www-form-urlencoded"),
    ]
    types = {failure.json()["type"] for failure in failures if failure.is_error}
    assert len(types) == 7
    for leads in types:
        path, _, place = leads.partition("#")
        assert path == "/docs"
        assert place in places


def test_a_form_is_told_which_header_to_send(shop: Shop) -> None:
    refused = shop.post("/api/order", content="a=b", Content_Type="application/x-www-form-urlencoded")
    assert refused.status_code == 415
    assert "application/x-www-form-urlencoded" in refused.json()["detail"]
    assert "-H 'Content-Type: application/json'" in refused.json()["detail"]


def test_the_written_guide_names_every_route_and_every_code(document: dict[str, Any]) -> None:
    guide = API_GUIDE.read_text()
    codes = [error["code"] for error in document["x-errors"]]
    for code in (*codes, *document["x-problems"], *document["x-warnings"]):
        assert f"`{code}`" in guide, code
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {path}`" in guide, (method, path)
    for name in document["components"]["schemas"]["Order"]["properties"]:
        assert f"`{name}`" in guide, name
    for error in document["x-errors"]:
        assert re.search(rf"^\| `{error['code']}` \| {error['status']} \|", guide, re.MULTILINE), error[
            "code"
        ]


def examples() -> dict[str, Any]:
    """The documents that the guide to the catalogue shows, by their names."""
    found = re.findall(
        r"<!-- example: ([\w ]+) -->\n```json\n(.*?)^```", CATALOGUE.read_text(), re.MULTILINE | re.DOTALL
    )
    return {name: json.loads(text) for name, text in found}


def test_what_the_guide_to_the_catalogue_shows_is_taken(shop: Shop) -> None:
    shown = examples()
    assert shop.put("/api/products/mug", shown["product"]).status_code == 201
    design = shop.put("/api/recipesets/ABCD1234", shown["recipe set"])
    assert design.status_code == 201
    assert "warnings" not in design.json()
    fetched = shop.get("/api/webtoprint/ABCD1234", params={"wait": "60"})
    assert fetched.status_code == 200, fetched.text
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        assert archive.namelist() == ["ABCD1234_wrap.pdf", "ABCD1234_box.tif"]


def test_the_guide_to_the_catalogue_holds_the_table_of_preflight() -> None:
    rows = [
        f"| `{kind.code}` | {kind.level.value} | {kind.meaning} | {kind.mend} |" for kind in KINDS.values()
    ]
    table = CATALOGUE.read_text().partition("| code | level |")[2].partition("\n\n")[0]
    assert table.splitlines()[2:] == rows
    for output in Output:
        assert f"| `{output.value}` |" in CATALOGUE.read_text()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@pytest.fixture(params=[(1440, "light"), (1440, "dark"), (820, "light"), (360, "dark")], ids=str)
def opened(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page on one screen, with what the browser complains about and asks for in `complaints`."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: None if sent.url.endswith("/docs") else complaints.append(sent.url))
    page.goto(f"{server.url}/docs")
    yield page
    assert not complaints
    context.close()


def contrast(page: Page, selector: str) -> float:
    """WCAG contrast of an element's text with the page."""
    return float(
        page.evaluate(
            """(selector) => {
              const light = (text) => {
                const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((part) => {
                  const value = part / 255;
                  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const [one, other] = [
                light(getComputedStyle(document.querySelector(selector)).color),
                light(getComputedStyle(document.body).backgroundColor),
              ].sort((a, b) => b - a);
              return (one + 0.05) / (other + 0.05);
            }""",
            selector,
        )
    )


def test_the_page_can_be_read_on_every_screen(opened: Page) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.locator("h1").is_visible()
    wide = opened.viewport_size is not None and opened.viewport_size["width"] > 960
    assert opened.locator("nav.side").is_visible() == wide
    assert opened.locator("details.menu").is_visible() == (not wide)
    # The style came through its policy: without it the first paragraph would be in a serif on white.
    assert "system-ui" in opened.evaluate("getComputedStyle(document.body).fontFamily")
    for selector in ("h1", ".lead", ".facts", ".kind", ".key", ".string", "main a[href^='#schema']"):
        assert contrast(opened, selector) >= 4.5, selector


def test_a_command_can_be_copied_with_the_address_of_this_server(opened: Page, server: Server) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.evaluate("navigator.clipboard.writeText('before')")
    opened.locator("figure.code").first.get_by_role("button", name="Copy").click()
    # Raises when it has not come about in 30 s.
    opened.wait_for_function(
        "async (wanted) => await navigator.clipboard.readText() === wanted",
        arg=f"export SPECTRUM_URL={server.url}\nexport SPECTRUM_API_TOKEN=spk_…",
    )


def test_a_link_to_an_error_shows_that_error(opened: Page, server: Server) -> None:
    opened.goto(f"{server.url}/docs#problem-already-submitted")
    box = opened.locator("#problem-already-submitted").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 900
