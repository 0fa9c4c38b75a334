"""The reference as one HTML page, made from the OpenAPI document and from nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from spectrum_orders.web.reference.markup import anchor, blocks, coloured, inline, layout
from spectrum_orders.web.reference.members import Table, kind, table

FOLDER = Path(__file__).resolve().parents[1]
JSON = "application/json"
_CODE = re.compile(r"<code>([a-z-]+)</code>")


class Shown(msgspec.Struct, frozen=True):
    """One example."""

    summary: str
    text: Markup


class Reply(msgspec.Struct, frozen=True):
    """What may be answered under one status."""

    status: str
    description: Markup
    kind: Markup | None
    examples: tuple[Shown, ...]


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a path, a query or a header."""

    name: str
    place: str
    kind: Markup
    required: bool
    description: Markup


class Operation(msgspec.Struct, frozen=True):
    """One route with one method."""

    id: str
    method: str
    path: Markup
    summary: str
    scope: str | None
    partners: bool
    description: Markup
    parameters: tuple[Parameter, ...]
    body: Markup | None
    media_types: tuple[str, ...]
    curl: Shown
    requests: tuple[Shown, ...]
    replies: tuple[Reply, ...]


class Group(msgspec.Struct, frozen=True):
    """The operations under one tag."""

    title: str
    anchor: str
    description: Markup
    operations: tuple[Operation, ...]


class Section(msgspec.Struct, frozen=True):
    """One chapter of the guide."""

    title: str
    anchor: str
    text: Markup


def render(document: dict[str, Any]) -> tuple[bytes, bytes]:
    """The page, and the content security policy that allows its own style and script alone."""
    style = (FOLDER / "static" / "reference.css").read_text()
    script = (FOLDER / "static" / "reference.js").read_text()
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = engine.get_template("reference.html").render(
        info=document["info"],
        # Our own files, and the policy holds their digests: to escape them would break both.
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        guide=sections(document["info"]["description"]),
        groups=groups(document),
        tables=tables(document),
        errors=[{**error, "advice": inline(error["advice"])} for error in document["x-errors"]],
        problems=document["x-problems"],
        warnings=document["x-warnings"],
    )
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page.encode(), policy.encode()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def sections(description: str) -> list[Section]:
    """The guide, chapter by chapter."""
    found = []
    for part in description.split("## ")[1:]:
        title, _, text = part.partition("\n")
        found.append(Section(title, anchor(title), blocks(text)))
    return found


def tables(document: dict[str, Any]) -> list[Table]:
    """Every schema that has a name."""
    return [table(name, schema) for name, schema in document["components"]["schemas"].items()]


def groups(document: dict[str, Any]) -> list[Group]:
    """Every operation under its tag, in the order of the document."""
    return [
        Group(
            tag["name"],
            anchor(tag["name"]),
            inline(tag["description"]),
            tuple(
                _operation(document, method, path, operation)
                for path, methods in document["paths"].items()
                for method, operation in methods.items()
                if tag["name"] in operation["tags"]
            ),
        )
        for tag in document["tags"]
    ]


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Operation:
    parameters = [_follow(document, parameter) for parameter in operation.get("parameters", ())]
    content = operation.get("requestBody", {}).get("content", {})
    bodies = [
        example for media_type in content for example in content[media_type].get("examples", {}).values()
    ]
    return Operation(
        operation["operationId"],
        method.upper(),
        _path(path),
        operation["summary"],
        operation.get("x-scope"),
        operation.get("x-partners", False),
        blocks(operation["description"]),
        tuple(
            Parameter(
                parameter["name"],
                parameter["in"],
                kind(parameter["schema"]),
                parameter.get("required", False),
                inline(parameter["description"]),
            )
            for parameter in parameters
        ),
        kind(next(iter(content.values()))["schema"]) if content else None,
        tuple(content),
        Shown("", coloured(_curl(method, path, parameters, operation, content))),
        tuple(Shown(example["summary"], coloured(example["value"])) for example in bodies),
        tuple(_reply(status, reply) for status, reply in sorted(operation["responses"].items())),
    )


def _follow(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The component that a reference names."""
    found: Any = document
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _path(path: str) -> Markup:
    """A path that may break between its segments."""
    return Markup("/<wbr>").join(
        Markup('<span class="parameter">{}</span>').format(step) if "{" in step else Markup("{}").format(step)
        for step in path.split("/")
    )


def _reply(status: str, reply: dict[str, Any]) -> Reply:
    content = reply.get("content", {})
    first = next(iter(content.values()), None)
    return Reply(
        status,
        _linked(inline(reply["description"])) if status >= "400" else inline(reply["description"]),
        kind(first["schema"]) if first and _worth_a_link(first["schema"]) else None,
        tuple(
            Shown(example["summary"], coloured(example["value"]))
            for body in content.values()
            for example in body.get("examples", {}).values()
        ),
    )


def _linked(description: Markup) -> Markup:
    """An error's description with every code leading to its entry."""
    linked = _CODE.sub(r'<a href="#problem-\1"><code>\1</code></a>', str(description))
    return Markup(linked)  # noqa: S704 - it was markup before, and a code is letters and dashes


def _worth_a_link(schema: dict[str, Any]) -> bool:
    return schema.get("type") != "string" and not schema.get("$ref", "").endswith("/Error")


def _curl(
    method: str,
    path: str,
    parameters: list[dict[str, Any]],
    operation: dict[str, Any],
    content: dict[str, Any],
) -> str:
    """A command to paste, once the two variables of the guide are set."""
    for parameter in parameters:
        path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example", "")))
    lines = [f'curl "$SPECTRUM_URL{path}"']
    # What curl does of its own accord: POST with a body, GET without.
    if method != ("post" if content else "get"):
        lines[0] = lines[0].replace("curl", f"curl -X {method.upper()}")
    if "x-scope" in operation:
        lines.append('  -H "SPECTRUM_API_TOKEN: $SPECTRUM_API_TOKEN"')
    if content:
        media_type = next(iter(content))
        examples = content[media_type].get("examples", {})
        lines.append(f"  -H 'Content-Type: {media_type}'")
        if media_type == JSON:
            lines.append(f"  -d {shlex.quote(layout(next(iter(examples.values()))['value']))}")
        else:
            lines.append("  --data-binary @FILE")
    elif method == "get" and _answers_bytes(operation):
        lines.append("  -O -J")
    return " \\\n".join(lines)


def _answers_bytes(operation: dict[str, Any]) -> bool:
    """Whether its answer is a file to keep."""
    content = operation["responses"].get("200", {}).get("content", {})
    return any(body["schema"].get("format") == "binary" for body in content.values())
