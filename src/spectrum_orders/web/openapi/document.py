"""The OpenAPI 3.1 document, put together from routes and their descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

import spectrum_orders
from spectrum_orders.domain.codes import PROBLEMS, WARNINGS
from spectrum_orders.errors import (
    Forbidden,
    Internal,
    RateLimited,
    SpectrumError,
    Unauthenticated,
    WrongEnvironment,
)
from spectrum_orders.web.openapi import components, examples, guide
from spectrum_orders.web.openapi.explanations import ADDRESSES, NOTED, REFUSED, UPLOADS, explanations
from spectrum_orders.web.openapi.operation import PROBLEM, Answer, Body, Operation
from spectrum_orders.web.openapi.operations import OPERATIONS
from spectrum_orders.web.routes import Route

EVERY_ROUTE: tuple[type[SpectrumError], ...] = (Internal,)
EVERY_TOKEN: tuple[type[SpectrumError], ...] = (Unauthenticated, WrongEnvironment, Forbidden, RateLimited)


def check_described(routes: Iterable[Route]) -> None:
    """Raises ValueError when a route has no description, or a description no route."""
    served = {(route.method, route.pattern) for route in routes}
    if bare := served - OPERATIONS.keys():
        raise ValueError(f"Served, but not described: {sorted(bare)}.")
    if stale := OPERATIONS.keys() - served:
        raise ValueError(f"Described, but not served: {sorted(stale)}.")


def describe(routes: Sequence[Route], environment: str) -> dict[str, Any]:
    """The whole document. Raises ValueError when routes and descriptions are not the same."""
    check_described(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = OPERATIONS[route.method, route.pattern]
        paths.setdefault(route.pattern, {})[route.method.lower()] = _operation(route, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Spectrum Orders",
            "version": spectrum_orders.__version__,
            "summary": "Orders go in over HTTP and are on disk before they are acknowledged.",
            "description": guide.text(),
            "license": {"name": "MIT", "identifier": "MIT"},
            "x-environment": environment,
        },
        "servers": [{"url": "/", "description": f"This deployment, environment {environment}"}],
        "tags": [{"name": name, "description": text} for name, text in guide.TAGS.items()],
        "paths": paths,
        "components": components.components(),
        "x-errors": [msgspec.structs.asdict(explanation) for explanation in explanations()],
        "x-problems": PROBLEMS | REFUSED | UPLOADS | ADDRESSES,
        "x-warnings": WARNINGS | NOTED,
    }


def _operation(route: Route, operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": _security(route, operation),
    }
    if route.scope is not None:
        found["x-scope"] = route.scope
    if route.partners:
        found["x-partners"] = True
    if operation.parameters:
        found["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in operation.parameters]
    if operation.request:
        found["requestBody"] = {"required": True, "content": _content(operation.request)}
    found["responses"] = {
        **{str(answer.status): _answer(route, answer) for answer in operation.answers},
        **_errors(route, operation),
    }
    return found


def _security(route: Route, operation: Operation) -> list[dict[str, list[str]]]:
    if operation.security:
        found: list[dict[str, list[str]]] = [{}]
        return found + [{name: []} for name in operation.security]
    return [{name: []} for name in components.TOKEN_SCHEMES] if route.handler is not None else []


def _answer(route: Route, answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": answer.description,
        "headers": _headers(route, answer.headers),
    }
    if answer.bodies:
        found["content"] = _content(answer.bodies)
    return found


def _errors(route: Route, operation: Operation) -> dict[str, Any]:
    """One answer for each status, with an example of every error that has it."""
    tokened = route.handler is not None
    kinds = (*operation.errors, *(EVERY_TOKEN if tokened else ()), *EVERY_ROUTE)
    by_status: dict[int, list[type[SpectrumError]]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(kind.status, []).append(kind)
    found = {}
    for status, some in sorted(by_status.items()):
        content: dict[str, Any] = {}
        if operation.error_body is not None and any(kind in operation.errors for kind in some):
            # Its examples show the form; the codes are told where they stand in the usual one.
            content = _content([operation.error_body])
            some = [kind for kind in some if kind not in operation.errors]
        if some or not content:
            content |= _problems(route, operation.replies.get(status) or Body(PROBLEM, "Error"), some)
        some = by_status[status]
        headers = []
        if status == HTTPStatus.UNAUTHORIZED:
            headers.append("WWW-Authenticate")
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            headers.append("Retry-After")
        found[str(status)] = {
            "description": " · ".join(f"{kind.title} (`{kind.code}`)" for kind in some) + ".",
            "headers": _headers(route, headers),
            "content": content,
        }
    return found


def _problems(route: Route, body: Body, some: Iterable[type[SpectrumError]]) -> dict[str, Any]:
    content = _content([body])
    shown = content[PROBLEM].setdefault("examples", {})
    own = {example.value.get("code") for example in body.examples}
    for kind in some:
        if kind.code not in own:
            shown[kind.code] = {"summary": kind.title, "value": examples.error(kind, route.pattern)}
    return content


def _headers(route: Route, own: Sequence[str]) -> dict[str, Any]:
    names = [*components.EVERY_ANSWER, *own]
    if route.handler is not None:
        names += components.LIMITED_ANSWER
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _content(bodies: Iterable[Body]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for body in bodies:
        schema = body.schema
        content: dict[str, Any] = {
            "schema": {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
        }
        if body.examples:
            content["examples"] = {
                example.name: {"summary": example.summary, "value": example.value}
                for example in body.examples
            }
        found[body.media_type] = content
    return found
