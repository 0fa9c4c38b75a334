"""Text to HTML: the little of Markdown that descriptions use, and JSON in colours.

Everything is escaped before anything is marked up, so that no description can become markup.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from markupsafe import Markup

SHORT_LINE = 54
"""Characters that fit beside the text of the page."""

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_JSON = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>-?\b\d+(?:\.\d+)?\b)|(?P<word>\b(?:true|false|null)\b)"
)


def inline(text: str) -> Markup:
    """One run of text: `` `code` `` and ``**strong**``."""
    marked = escape(text, quote=False)
    marked = _CODE.sub(r"<code>\1</code>", marked)
    return Markup(_STRONG.sub(r"<strong>\1</strong>", marked))  # noqa: S704 - escaped in the first line


def blocks(text: str) -> Markup:
    """Paragraphs and lists, parted by empty lines."""
    found = []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("- "):
            items = re.split(r"\n- ", block[2:])
            found.append("<ul>" + "".join(f"<li>{inline(item)}</li>" for item in items) + "</ul>")
        else:
            found.append(f"<p>{inline(block)}</p>")
    return Markup("\n".join(found))  # noqa: S704 - made of what inline() escaped


def coloured(value: Any) -> Markup:
    """A value as indented JSON with its parts marked; a text as it is."""
    if isinstance(value, str):
        return Markup(escape(value, quote=False))  # noqa: S704 - escaped
    text = escape(layout(value), quote=False)
    return Markup(_JSON.sub(_mark, text))  # noqa: S704 - escaped, and every mark is ours


def _mark(found: re.Match[str]) -> str:
    return f'<span class="{found.lastgroup}">{found[0]}</span>'


def layout(value: Any, indent: str = "", before: int = 0) -> str:
    """JSON, indented; what fits on a short line beside ``before`` characters stays on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if before + len(indent) + len(flat) < SHORT_LINE or not isinstance(value, dict | list) or not value:
        return flat
    deeper = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + layout(part, deeper) for part in value) + f"\n{indent}]"
    parts = []
    for name, part in value.items():
        head = json.dumps(name, ensure_ascii=False) + ": "
        parts.append(deeper + head + layout(part, deeper, len(head)))
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def anchor(text: str) -> str:
    """A title as the name of its place."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
