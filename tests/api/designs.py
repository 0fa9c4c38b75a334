"""Products, recipe sets and files as shops send them."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from typing import Any

import httpx
from PIL import Image

from tests.harness.shop import Shop

_names = itertools.count(1)

# A patient request: the first rendering process takes some seconds to start on a busy machine.
WAIT = {"wait": "60"}

TEXT_BOX = {"x": 2, "y": 2, "width": 36, "height": 16}


def new_id() -> str:
    """A recipe set id that no other test uses."""
    return f"DSGN{next(_names):04d}"


def area(handle: str = "front", **members: Any) -> dict[str, Any]:
    """A small print area."""
    return {"handle": handle, "width": 40, "height": 20, "bleed": 2, "safe": 1, **members}


def product(*areas: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A product with these areas; without any, with one."""
    return {"name": "Tag", "areas": list(areas) or [area()], **members}


def text(words: str = "Grace", **members: Any) -> dict[str, Any]:
    """A layer with a text."""
    return {"type": "text", "text": words, "box": TEXT_BOX, "size": 18, **members}


def filling(handle: str = "front", *layers: dict[str, Any]) -> dict[str, Any]:
    """An area filled with layers."""
    return {"area": handle, "layers": list(layers) or [text()]}


def recipe_set(*fillings: dict[str, Any], product: str = "tag") -> dict[str, Any]:
    """A recipe set of one product."""
    return {"recipes": [{"product": product, "fillings": list(fillings) or [filling()]}]}


def put_product(shop: Shop, sent: dict[str, Any] | None = None, handle: str = "tag") -> dict[str, Any]:
    """Put a product, which has to be taken."""
    return taken(shop.put(f"/api/products/{handle}", sent or product()))


def put_recipe_set(shop: Shop, name: str, sent: dict[str, Any] | None = None) -> dict[str, Any]:
    """Put a recipe set, which has to be taken."""
    return taken(shop.put(f"/api/recipesets/{name}", sent or recipe_set()))


def upload(shop: Shop, data: bytes, **options: Any) -> httpx.Response:
    """Upload an asset, said to be nothing in particular."""
    return shop.post("/api/assets", content=data, Content_Type="application/octet-stream", **options)


def taken(answer: httpx.Response) -> dict[str, Any]:
    """What a success says."""
    assert answer.status_code in (200, 201), answer.text
    said: dict[str, Any] = answer.json()
    return said


def picture(colour: str = "teal", size: tuple[int, int] = (64, 32)) -> bytes:
    """A PNG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few kilobytes that says of itself that it has thousands of millions of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    row = zlib.compress(bytes(side + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")
