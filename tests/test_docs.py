"""The documentation speaks of things that exist: files, headings, verbs, options, targets, settings."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from spectrum_orders.cli import spectrum as program
from spectrum_orders.client import Client
from spectrum_orders.config import OTHER_VARIABLES, SECRET_FILES, SETTINGS
from tests.harness.place import SQLITE, Place, spectrum
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.test_house import FLOORS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SOURCE = ROOT / "src" / "spectrum_orders"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^(```|~~~).*?^\1", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of its headings, as they are made from them."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", prose(page), re.MULTILINE)
    found = set()
    for heading in headings:
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found


def code(page: Path) -> Iterator[str]:
    """Everything on it that is set as code: blocks, indented lines and words."""
    text = page.read_text()
    yield from re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    yield from re.findall(r"^    .*$", text, re.MULTILINE)
    yield from re.findall(r"`([^`]+)`", prose(page))


@each_page
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            lost.append(target)
    assert not lost


def test_every_page_is_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md|CONTRIBUTING\.md)\)", (ROOT / "README.md").read_text()))
    assert linked == {str(page.relative_to(ROOT)) for page in PAGES} - {"README.md"}


def calls(text: str) -> Iterator[list[str]]:
    """The words after `spectrum` wherever it is called, up to where the shell takes over."""
    for call in re.findall(r"(?:^|[\s/(])spectrum ([a-z-][^\n|;&)#]*)", text):
        yield call.split()


def wrong_words(words: list[str]) -> list[str]:
    """The verbs and options of one call that do not exist."""
    context = click.Context(program)
    command: click.Command = program
    wrong = []
    known = {"--help"}.union(*(parameter.opts for parameter in program.params))
    for word in words:
        if word.startswith("--"):
            wrong += [word] if word not in known else []
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word):
            found = command.get_command(context, word) if word in command.list_commands(context) else None
            if found is None:
                return [*wrong, word]
            command = found
            known |= {option for parameter in command.params for option in parameter.opts}
    return wrong


@each_page
def test_every_verb_and_option_exists(page: Path) -> None:
    wrong = [(words, found) for text in code(page) for words in calls(text) if (found := wrong_words(words))]
    assert not wrong


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("spectrum token create --client x --expires 1y", []),
        ("$(.venv/bin/spectrum tokens create)", ["tokens"]),
        ("spectrum token create --forever", ["--forever"]),
        ("spectrum --config FILE token lst", ["lst"]),
    ],
)
def test_a_call_that_does_not_exist_would_be_found(line: str, wrong: list[str]) -> None:
    assert [word for words in calls(line) for word in wrong_words(words)] == wrong


@each_page
def test_every_make_target_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {name for text in code(page) for name in re.findall(r"^\s*make ([a-z]+)", text, re.MULTILINE)}
    assert named <= targets


@each_page
def test_every_setting_exists(page: Path) -> None:
    known = {setting.variable for setting in SETTINGS}
    known |= {f"SPECTRUM_{name.upper()}" for name in SECRET_FILES} | {name for name, _ in OTHER_VARIABLES}
    named = set(re.findall(r"\bSPECTRUM_[A-Z][A-Z_]*[A-Z]\b", page.read_text()))
    assert named <= known


def test_the_architecture_draws_the_floors_that_are_held() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    block = next(part for part in re.findall(r"(?:^    .*\n)+", text, re.MULTILINE) if "errors <" in part)
    assert " ".join(block.split()) == FLOORS


def test_the_architecture_names_files_that_exist_and_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"\b((?:[a-z_]+/)*[a-z_]+\.py)\b", text)) - {"tests/test_house.py"}
    assert {name for name in named if not (SOURCE / name).is_file()} == set()
    rooms = {path.name + "/" * path.is_dir() for path in SOURCE.iterdir() if not path.name.startswith("_")}
    assert {room for room in rooms if f"`{room}`" not in text} == set()


def test_the_order_in_the_readme_is_acknowledged_as_it_says(shop: Shop) -> None:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    command = next(text for kind, text in blocks if kind == "sh" and text.startswith("curl "))
    shown = json.loads(next(text for kind, text in blocks if kind == "json"))
    words = shlex.split(command.replace("$TOKEN", shop.token))
    path = words[1].removeprefix("http://127.0.0.1:8000")
    headers = dict(words[at + 1].split(": ") for at, word in enumerate(words) if word == "-H")
    sent = words[words.index("-d") + 1]
    answer = shop.http.post(shop.server.url + path, headers=headers, content=sent)
    assert answer.status_code == 200
    assert answer.json() | {"receiptId": "rcp_…"} == shown


def test_a_snapshot_taken_as_documented_beside_a_running_server_can_be_restored(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    block = next(part for part in blocks if "VACUUM INTO" in part)
    order = {
        "purchaseOrderNumber": "1",
        "orderDate": "2026-03-30",
        "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "MUG", "quantity": 1}]}],
    }
    running, restored = tmp_path / "running", tmp_path / "restored"
    for folder in (running, restored):
        folder.mkdir(mode=0o700)
    with Server(Place(SQLITE, running)) as server, Shop(server) as shop:
        assert shop.acknowledge(order).status_code == 200
        token = shop.token
        script = (
            block.replace(".venv/bin/python", shlex.quote(sys.executable))
            .replace("var/orders.sqlite3", shlex.quote(str(running / "orders.sqlite3")))
            .replace("backup.sqlite3", shlex.quote(str(restored / "orders.sqlite3")))
        )
        done = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        shutil.copy2(running / "keyring.json", restored)
    place = Place(SQLITE, restored)
    assert "1 receipts" in spectrum(place.settings, "journal", "verify", cwd=tmp_path).stderr
    spectrum(place.settings, "doctor", cwd=tmp_path)
    # The token came with the snapshot: the shop goes on where it was.
    with Server(place) as server, Client(server.url, token) as client:
        assert client.order("1")["purchaseOrderNumber"] == "1"
