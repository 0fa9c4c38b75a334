"""One case of an exception, and the words in which it is told."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import msgspec

from spectrum_orders import ids
from spectrum_orders.domain.catalogue.judgement import Judged
from spectrum_orders.domain.instants import iso


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that does not move. ``since`` is when it began, or was due, in microseconds.

    ``waiting`` says that it is no exception yet: it may still go by itself. ``line`` is its id on the wire,
    and so many ``others`` are in the same case. ``finding`` is the worst that preflight has against it.
    ``reason`` are somebody's words, which go with the order's people. ``code``, ``detail`` and ``hint`` come
    from the machines and are the operator's alone.
    """

    kind: str
    since: int | None = None
    waiting: bool = False
    client: str | None = None
    purchase_order_number: str | None = None
    line: int | None = None
    others: int = 0
    recipe_set_id: str | None = None
    status: str = ""
    reason: str = ""
    finding: Judged | None = None
    package_id: int | None = None
    partner: str | None = None
    destination: int | None = None
    endpoint: int | None = None
    due: int | None = None
    count: str = ""
    code: str | None = None
    detail: str = ""
    hint: str = ""


def words(case: Case, quoted: Callable[[str], str], *, known: bool) -> dict[str, str]:
    """What is filled in for a case. What goes into a command is ``quoted``; what machines said of it is told
    where it is ``known``."""
    client, partner, order = case.client or "", case.partner or "nobody", case.purchase_order_number or ""
    recipe = case.recipe_set_id or ""
    return {
        "client": quoted(client),
        "client_name": client,
        "owner": client or partner,
        "order": quoted(order),
        "po": quote(order, safe=""),
        "line": str(case.line),
        "recipe_set": case.recipe_set_id or "",
        "recipe": quote(recipe, safe=""),
        "recipe_word": quoted(recipe),
        "finding": "" if case.finding is None else f": {case.finding.sentence}",
        "mend": "Correct the artwork." if case.finding is None else case.finding.mend,
        "package": "" if case.package_id is None else ids.readable("pkg", case.package_id),
        "partner": partner,
        "partner_word": quoted(partner),
        "refuser": case.partner or "A partner",
        "status": case.status,
        "what": _what(case),
        "why": f" (“{case.reason}”)" if case.reason else "",
        "destination": str(case.destination),
        "endpoint": "" if case.endpoint is None else ids.readable("whk", case.endpoint),
        "due": "" if case.due is None else iso(case.due),
        "count": case.count,
        "detail": case.detail,
        "after": f": {case.detail.rstrip('.')}" if known and case.detail else "",
        "hint": case.hint,
    }


def _what(case: Case) -> str:
    if case.line is None:
        return "a line of the order"
    more = f" and {case.others} more line{'s' * (case.others > 1)}" if case.others else ""
    return f"line {case.line} ({case.recipe_set_id}){more}"
