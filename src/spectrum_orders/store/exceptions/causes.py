"""Why, where that lies in rows of which a case has several: read for the few cases of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.catalogue.judgement import forbidding
from spectrum_orders.domain.exceptions import ARTWORK_ERASED, AWAITING_ARTWORK
from spectrum_orders.domain.workflow import CANCELLED
from spectrum_orders.store import bulk, refusals
from spectrum_orders.store.exceptions.look import Told
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.recipes import ERASED, UNPRINTABLE
from spectrum_orders.store.schema import artworks, line_moves, lines


def tell_refusals(connection: Connection, told: Sequence[Told]) -> Sequence[Case]:
    """Which line of the order was refused last, by whom, and in which words; and how many others were."""
    found: dict[Mark, dict[int, sa.Row[Any]]] = {}
    for row in connection.execute(
        _refused(connection, sorted({(row.client_id, row.order_id) for row, _ in told}))
    ):
        # The last one of a line last.
        found.setdefault((row.client_id, row.order_id), {}).pop(row.position, None)
        found[row.client_id, row.order_id][row.position] = row
    return [
        _with_refusal(case, list(found.get((row.client_id, row.order_id), {}).values())) for row, case in told
    ]


def _refused(connection: Connection, marks: Sequence[Mark]) -> sa.Select[Any]:
    given = bulk.values_of(connection, marks, ("client_id", "order_id"))
    same = (line_moves.c.client_id == lines.c.client_id) & (line_moves.c.order_id == lines.c.order_id)
    return (
        sa.select(
            lines.c.client_id,
            lines.c.order_id,
            lines.c.position,
            lines.c.number,
            lines.c.recipe_set_id,
            line_moves.c.before,
            line_moves.c.note,
        )
        .join(given, (lines.c.client_id == given.c.client_id) & (lines.c.order_id == given.c.order_id))
        .join(line_moves, same & (line_moves.c.position == lines.c.position))
        .where(
            line_moves.c.kind == refusals.KIND,
            lines.c.partner_id.is_(None),
            lines.c.workflow_status != CANCELLED,
        )
        .order_by(line_moves.c.id)
    )


def _with_refusal(case: Case, refused: Sequence[sa.Row[Any]]) -> Case:
    if not refused:
        return case
    *others, last = refused
    return msgspec.structs.replace(
        case,
        partner=last.before,
        line=last.number,
        others=len(others),
        recipe_set_id=last.recipe_set_id,
        reason=last.note,
    )


def tell_artwork(connection: Connection, told: Sequence[Told]) -> Sequence[Case]:
    """Which line of the package has no artwork that may be printed, and the worst that was found; and how
    many others have none."""
    marks = sorted({(row.client_id, row.order_id) for row, _ in told})
    found: dict[Mark, list[sa.Row[Any]]] = {}
    for row in connection.execute(_unprintable(connection, marks)):
        found.setdefault((row.client_id, row.order_id), []).append(row)
    return [_with_artwork(case, row, found.get((row.client_id, row.order_id), ())) for row, case in told]


def _unprintable(connection: Connection, marks: Sequence[Mark]) -> sa.Select[Any]:
    given = bulk.values_of(connection, marks, ("client_id", "order_id"))
    version = artworks.c.recipe_version == lines.c.recipe_version
    return (
        sa.select(
            lines.c.client_id,
            lines.c.order_id,
            lines.c.position,
            lines.c.number,
            lines.c.recipe_set_id,
            lines.c.recipe_version,
            artworks.c.state,
            artworks.c.findings,
        )
        .join(given, (lines.c.client_id == given.c.client_id) & (lines.c.order_id == given.c.order_id))
        .outerjoin(artworks, (artworks.c.client_id == lines.c.client_id) & version)
        .where(lines.c.recipe_version.is_(None) | artworks.c.state.in_((*UNPRINTABLE, ERASED)))
        .order_by(lines.c.position)
    )


def _with_artwork(case: Case, package: sa.Row[Any], rows: Sequence[sa.Row[Any]]) -> Case:
    positions = msgspec.json.decode(package.positions or "[]", type=set[int])
    states = {AWAITING_ARTWORK: (None,), ARTWORK_ERASED: (ERASED,)}.get(case.kind, UNPRINTABLE)
    meant = [row for row in rows if row.position in positions and row.state in states]
    if not meant:
        return case
    first, *others = meant
    findings = forbidding(first.findings) if first.state in UNPRINTABLE else ()
    return msgspec.structs.replace(
        case,
        line=first.number,
        others=len(others),
        recipe_set_id=first.recipe_set_id,
        finding=findings[0] if findings else None,
    )
