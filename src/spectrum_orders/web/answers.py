"""What a client reads: the answer to one order, and the answer to many."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from spectrum_orders.capture import Comparison
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.order import Order
from spectrum_orders.domain.payloads import Rejected
from spectrum_orders.errors import AlreadySubmitted, Invalid, NotFound, Problem, SpectrumError
from spectrum_orders.ids import readable
from spectrum_orders.store.captures import Existing, Written
from spectrum_orders.store.recipes import UNPRINTABLE
from spectrum_orders.web import problems
from spectrum_orders.web.foresight import ForeseenLine

PROCESSED = "Processed Successfully"
TAKEN = "Purchase order has already been submitted."
NOT_PROCESSED = "Not processed, because another part of the order is invalid."
WOULD_WAIT = (
    "The artwork of this recipe set cannot be printed, and the order would wait until a better one is put; "
    "GET /api/webtoprint/{} says what was found and how to mend it."
)
KEPT = "This was sent otherwise than it was first acknowledged; it stays as it was acknowledged."


class LineStatus(msgspec.Struct, frozen=True, rename="camel"):
    """One line item's outcome."""

    recipe_set_id: str | None
    success: bool
    message: str


class Acknowledged(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The answer to an order that was stored; of a dry run, to one that would be."""

    purchase_order_number: str
    statuses: Sequence[LineStatus]
    all_successful: bool
    receipt_id: str | None = None
    completed: bool = False
    dry_run: bool = False
    foreseen: tuple[ForeseenLine, ...] = ()
    warnings: tuple[Problem, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """A status and a JSON body."""

    status: int
    body: bytes


_LINES = "/lineItems/"

_encode = msgspec.json.Encoder().encode


def acknowledged(
    order: Order,
    written: Written,
    warnings: tuple[Problem, ...],
    *,
    dry_run: bool,
    foreseen: tuple[ForeseenLine, ...] = (),
) -> Answer:
    """200: stored or completed, or what a dry run foresees."""
    content = order.content
    if written.kept:
        warnings = (*warnings, *(Problem(pointer, "kept-as-acknowledged", KEPT) for pointer in written.kept))
    warnings = (*warnings, *_unprintable(foreseen)) if foreseen else warnings
    return Answer(
        200,
        _encode(
            Acknowledged(
                content.purchase_order_number,
                [LineStatus(line.recipe_set_id, True, PROCESSED) for line in content.line_items],
                True,
                None if dry_run else readable("rcp", written.receipt_id),
                written.completed,
                dry_run,
                foreseen,
                warnings,
            )
        ),
    )


def _unprintable(foreseen: tuple[ForeseenLine, ...]) -> list[Problem]:
    return [
        Problem(
            f"/lineItems/{position}/recipeSetId", "artwork-rejected", WOULD_WAIT.format(line.recipe_set_id)
        )
        for position, line in enumerate(foreseen)
        if line.artwork["state"] in UNPRINTABLE
    ]


def already_submitted(
    order: Order,
    existing: Existing | None,
    comparison: Comparison,
    warnings: tuple[Problem, ...],
    instance: str,
) -> Answer:
    """409: the purchase order number is taken; how what was sent differs from what is stored.

    ``existing`` is ``None`` in a dry run when an earlier order of the same request took it.
    """
    extra: dict[str, object] = {
        "purchaseOrderNumber": order.content.purchase_order_number,
        "identical": comparison.identical,
        "differences": comparison.differences,
    }
    if comparison.incomparable:
        extra["incomparable"] = comparison.incomparable
    if existing is not None and existing.erased_at is not None:
        extra["erasedAt"] = iso(existing.erased_at)
    if existing is not None:
        extra |= {
            "lastModification": iso(existing.modified_at),
            "receiptId": readable("rcp", existing.order_id),
        }
    if warnings:
        extra["warnings"] = warnings
    return Answer(409, problems.encode(AlreadySubmitted(TAKEN, extra=extra), instance))


def rejected(found: Rejected, instance: str) -> Answer:
    """422: nothing was stored; every problem, and every line's own."""
    extra: dict[str, object] = {}
    if found.purchase_order_number is not None:
        extra["purchaseOrderNumber"] = found.purchase_order_number
    messages = _line_messages(found.problems)
    extra["statuses"] = [
        LineStatus(recipe_set_id, False, messages.get(str(position), NOT_PROCESSED))
        for position, recipe_set_id in enumerate(found.line_ids)
    ]
    extra["allSuccessful"] = False
    if found.warnings:
        extra["warnings"] = found.warnings
    count = len(found.problems)
    message = (
        f"The order was not stored: {'one problem was' if count == 1 else f'{count} problems were'} found."
    )
    return Answer(422, problems.encode(Invalid(message, problems=found.problems, extra=extra), instance))


def failed(error: SpectrumError, instance: str) -> Answer:
    """Any other error, as one order's result."""
    return Answer(error.status, problems.encode(error, instance))


def _line_messages(found: tuple[Problem, ...]) -> dict[str, str]:
    """What is wrong with each line, by its position: in one pass, for an order may have a thousand lines."""
    messages: dict[str, list[str]] = {}
    for problem in found:
        if problem.pointer.startswith(_LINES):
            position, _, _ = problem.pointer.removeprefix(_LINES).partition("/")
            messages.setdefault(position, []).append(problem.message)
    return {position: " ".join(said) for position, said in messages.items()}


def result(index: int, answer: Answer) -> bytes:
    """One order's answer as a member of a bulk answer."""
    return b'{"index":%d,"httpStatus":%d,%s' % (index, answer.status, answer.body[1:])


class Counts(msgspec.Struct):
    """How the orders of a bulk request fared."""

    acknowledged: int = 0
    duplicates: int = 0
    rejected: int = 0

    def add(self, status: int) -> None:
        """Count one result."""
        if status == 200:
            self.acknowledged += 1
        elif status == AlreadySubmitted.status:
            self.duplicates += 1
        else:
            self.rejected += 1

    @property
    def all_successful(self) -> bool:
        """Nothing was refused."""
        return not self.duplicates and not self.rejected


def bulk(answers: Sequence[Answer], warnings: tuple[Problem, ...]) -> Answer:
    """200 when every order was stored, 207 otherwise."""
    counts = Counts()
    for answer in answers:
        counts.add(answer.status)
    parts = b",".join(result(index, answer) for index, answer in enumerate(answers))
    beside = b',"warnings":' + _encode(warnings) if warnings else b""
    body = b'{"results":[%s],"counts":%s,"allSuccessful":%s%s}' % (
        parts,
        _encode(counts),
        b"true" if counts.all_successful else b"false",
        beside,
    )
    return Answer(200 if counts.all_successful else 207, body)


def missing_order() -> NotFound:
    """404, also for another client's order."""
    return NotFound("There is no order with this purchase order number.")
