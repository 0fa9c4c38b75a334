"""The rules of the house that no type checker knows."""

from __future__ import annotations

import ast
import graphlib
import io
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "spectrum_orders"
SOURCE = ROOT / "src" / PACKAGE

FLOORS = (
    "errors < ids < domain < crypto log ending outbound config < store files < runtime"
    " < capture lifecycle artwork receipting webhooks < cataloguing shelf < delivery shopify web client < cli"
)
HEIGHT = {room: height for height, floor in enumerate(FLOORS.split(" < ")) for room in floor.split()}
# The client program stands beside the server and knows nothing of its inside.
MAY_IMPORT = {"client": {"errors"}}

LONGEST_FILE = 350


def modules(source: Path = SOURCE) -> dict[str, Path]:
    """Every module of the package by its dotted name; a package's own name is its `__init__`."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = [source.name, *path.relative_to(source).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(text: str, module: str, is_package: bool, known: set[str]) -> set[str]:
    """The modules of our own that this text imports anywhere, also inside functions and type-only blocks."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = module.split(".") if is_package else module.split(".")[:-1]
                base = ".".join([*here[: len(here) - node.level + 1], *([base] if base else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in known else base)
    return {name for name in found if name.split(".")[0] == PACKAGE}


def room(module: str) -> str:
    """`spectrum_orders.store.orders` stands in `store`; the package itself stands nowhere."""
    return module.partition(".")[2].partition(".")[0]


def offence(importer: str, imported: str) -> str | None:
    """Why one room may not import another, or None."""
    # The package itself holds its version, which everybody may ask for.
    if imported in (importer, ""):
        return None
    if importer not in HEIGHT or imported not in HEIGHT:
        return f"{importer} -> {imported}: a room that stands on no floor"
    if importer in MAY_IMPORT and imported not in MAY_IMPORT[importer]:
        return f"{importer} -> {imported}: imports only {', '.join(sorted(MAY_IMPORT[importer]))}"
    if HEIGHT[imported] < HEIGHT[importer]:
        return None
    same = HEIGHT[imported] == HEIGHT[importer]
    return f"{importer} -> {imported}: {'siblings never meet' if same else 'imports only go down'}"


def graph() -> dict[str, set[str]]:
    """Who imports whom."""
    files = modules()
    return {
        name: imports(path.read_text(), name, path.name == "__init__.py", set(files))
        for name, path in files.items()
    }


def circle(edges: dict[str, set[str]]) -> list[str]:
    """The modules of one import circle, or nothing."""
    try:
        graphlib.TopologicalSorter(edges).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_imports_only_go_down_and_siblings_never_meet() -> None:
    offences = {
        f"{name}: {why}"
        for name, imported in graph().items()
        for other in imported
        if (why := offence(room(name), room(other))) is not None
    }
    assert not offences, "\n".join(sorted(offences))


def test_no_module_imports_itself_by_a_detour() -> None:
    assert not circle({name: imported - {name} for name, imported in graph().items()})


@pytest.mark.parametrize(
    ("importer", "imported", "why"),
    [
        ("store", "web", "imports only go down"),
        ("capture", "lifecycle", "siblings never meet"),
        ("web", "client", "siblings never meet"),
        ("client", "domain", "imports only errors"),
        ("helpers", "errors", "stands on no floor"),
        ("", "errors", "stands on no floor"),
        ("store", "config", None),
        ("cli", "client", None),
        ("web", "web", None),
        ("errors", "", None),
    ],
)
def test_the_floor_plan_tells_right_from_wrong(importer: str, imported: str, why: str | None) -> None:
    found = offence(importer, imported)
    assert found is None if why is None else why in (found or "")


def test_every_form_of_import_is_seen() -> None:
    text = (
        "import spectrum_orders.web.app\n"
        "from spectrum_orders import ids, __version__\n"
        "from spectrum_orders.store import orders, Database\n"
        "def late():\n    from . import journal\n    from ..errors import NotFound\n    import json\n"
    )
    known = {"spectrum_orders.ids", "spectrum_orders.store.orders", "spectrum_orders.store.journal"}
    assert imports(text, "spectrum_orders.store.people", False, known) == {
        "spectrum_orders.web.app",
        "spectrum_orders.ids",
        "spectrum_orders",
        "spectrum_orders.store.orders",
        "spectrum_orders.store",
        "spectrum_orders.store.journal",
        "spectrum_orders.errors",
    }
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})


def test_no_file_swallows_everything() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not long


def tracked() -> Iterator[tuple[str, str]]:
    """Every file that is or could be committed, as (path, text); bytes that are no text are left out."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        # A file that was deleted but not yet committed is still listed.
        if path.is_file() and not path.is_symlink():
            yield name, path.read_text(errors="ignore")


# Put together from pieces, so that this file keeps its own rule.
OUTSIDE = {
    "a package index": "|".join(
        re.escape(one + two)
        for one, two in [("py", "pi.org"), ("python", "hosted.org"), ("npm", "js.org"), ("ana", "conda.org")]
    ),
    "a folder of one machine": r"(?<![\w.~-])/" + "(?:work|home|root|Users)" + "/",
    "a neighbour of the repository": r"\.\./" + "shared|wire-" + "contract",
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_nothing_in_the_repository_names(what: str) -> None:
    pattern = re.compile(OUTSIDE[what], re.IGNORECASE)
    found = [f"{name}: {hit[0]}" for name, text in tracked() if (hit := pattern.search(text))]
    assert not found, "\n".join(found)


def test_every_silenced_rule_has_its_reason_beside_it() -> None:
    directive = re.compile(
        r"#\s*(?:noqa\b(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w, -]+\])?)"
    )
    bare = []
    for name, text in tracked():
        if not name.endswith(".py"):
            continue
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type != tokenize.COMMENT or not directive.search(token.string):
                continue
            if len(re.sub(r"\W", "", directive.sub("", token.string))) < 6:
                bare.append(f"{name}:{token.start[0]}: {token.string}")
    assert not bare, "\n".join(bare)


def names(requirements: str) -> set[str]:
    """The packages that a requirements file names itself, in one spelling."""
    lines = (ROOT / "requirements" / requirements).read_text().splitlines()
    found = (re.match(r"[A-Za-z0-9][\w.-]*(\[[\w,]+\])?", line) for line in lines)
    return {match[0].lower().replace("_", "-") for match in found if match}


def test_the_package_and_its_lock_ask_for_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [re.split(r"[<>=!~;\s]", line, maxsplit=1)[0] for line in project["project"]["dependencies"]]
    backend = {re.split(r"[<>=!~;\s]", line, maxsplit=1)[0] for line in project["build-system"]["requires"]}
    assert names("runtime.in") == {*asked, *backend}


LOCKED = (
    r"[a-z0-9][a-z0-9.-]*(\[[a-z,]+\])?==[\w.+!-]+( ; [\w\s.'<>=!()]+)? \\",  # name==version ; marker \
    r"    --hash=sha256:[0-9a-f]{64}( \\)?",
    r"\s*#[^/]*(/[^/]+)*",  # where it comes from, never an address
)


@pytest.mark.parametrize("lock", ["runtime", "test", "bench", "audit", "lock"])
def test_a_lock_holds_exact_versions_with_hashes_and_nothing_else(lock: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch("|".join(LOCKED), line)] == []
    assert {re.sub(r"\[.*", "", name) for name in names(f"{lock}.in")} <= names(f"{lock}.txt")
