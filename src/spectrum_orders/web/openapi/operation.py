"""The description of one operation, as it is written beside its route."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.errors import SpectrumError

JSON = "application/json"
NDJSON = "application/x-ndjson"
PROBLEM = "application/problem+json"
CSV = "text/csv"
HTML = "text/html"
TEXT = "text/plain"
OPENMETRICS = "application/openmetrics-text"
JSON_SCHEMA = "application/schema+json"
OCTETS = "application/octet-stream"
PDF = "application/pdf"
ZIP = "application/zip"


class Example(msgspec.Struct, frozen=True):
    """A value that is really sent or answered. ``name`` identifies it, ``summary`` is for people."""

    name: str
    summary: str
    value: Any


class Body(msgspec.Struct, frozen=True):
    """One media type of a request or an answer. ``schema`` names a component, or is a schema."""

    media_type: str
    schema: str | dict[str, Any]
    examples: tuple[Example, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """One status that is not an error. ``headers`` name components."""

    status: int
    description: str
    bodies: tuple[Body, ...] = ()
    headers: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What a route does. Its method, path and scope are the route's; nothing is said twice.

    ``errors`` are the ways it can fail beside those of every route and of every token.
    ``replies`` overrides an error's plain body, by status, and ``error_body`` that of all ``errors``, where a
    route has a form of its own for them. ``parameters`` name components.
    """

    id: str
    tag: str
    summary: str
    description: str
    answers: tuple[Answer, ...]
    parameters: tuple[str, ...] = ()
    request: tuple[Body, ...] = ()
    errors: tuple[type[SpectrumError], ...] = ()
    replies: dict[int, Body] = {}
    error_body: Body | None = None
    security: tuple[str, ...] = ()
