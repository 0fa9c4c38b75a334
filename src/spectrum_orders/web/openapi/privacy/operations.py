"""The description of every route about people."""

from __future__ import annotations

from spectrum_orders.errors import (
    BadRequest,
    Invalid,
    NotFound,
    NotJson,
    RequestTimeout,
    SealBroken,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from spectrum_orders.web.openapi.operation import JSON, PROBLEM, Answer, Body, Example, Operation
from spectrum_orders.web.openapi.privacy import examples

PRIVACY = "Privacy"

_ASKING = (
    NotJson,
    BadRequest,
    NotFound,
    RequestTimeout,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
    Unavailable,
)

_ASKED = Body(
    JSON,
    "PersonAsked",
    (
        Example("order", "The people of one order", examples.BY_ORDER),
        Example("email", "Every order with an e-mail address", examples.BY_EMAIL),
        Example("name", "Every order with a name and its postal code", examples.BY_NAME),
    ),
)


def _unclear(path: str) -> dict[int, Body]:
    shown = Example("unclear", "It does not say who is meant", examples.unclear(path))
    return {422: Body(PROBLEM, "Error", (shown,))}


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/api/person/export"): Operation(
        id="exportPerson",
        tag=PRIVACY,
        summary="Export everything about a person",
        description="Everything that is held about the people of one order, or of every order in which "
        "somebody is found: by an exact e-mail address, or an exact name with its postal code, without "
        "regard to case. Each order is opened once that is in the journal.\n\n"
        "An order that is named and not there is a 404; a person of whom nothing is held is an empty list. "
        "The files that `artwork` names come with `spectrum person export --files`.",
        request=(_ASKED,),
        answers=(
            Answer(
                200,
                "What is held.",
                (Body(JSON, "PersonExport", (Example("export", "One order", examples.EXPORT),)),),
            ),
        ),
        errors=(*_ASKING, SealBroken),
        replies=_unclear("/api/person/export"),
    ),
    ("POST", "/api/person/erase"): Operation(
        id="erasePerson",
        tag=PRIVACY,
        summary="Erase a person",
        description="Destroys the people of one order, or of every order in which somebody is found, **for "
        "good**: their values, the key that they are sealed with, and their artwork unless another order "
        "needs it. Lines, quantities, dates, receipts and the journal stay. An order is erased as a whole: "
        "also the other people in it.\n\n"
        "Factories that were sent something are asked to delete it (`partnersTold`, and see "
        "`GET /api/erasures`). A package that has not left does not leave any more (`packagesHeld`): cancel "
        "its lines. Asked again, nothing is erased twice. With `?dryRun=true` the answer is what would "
        "happen, and nothing is changed.",
        parameters=("dryRun",),
        request=(_ASKED,),
        answers=(
            Answer(
                200,
                "What went and what stays, order by order.",
                (Body(JSON, "PersonErased", (Example("erased", "One order", examples.ERASED),)),),
            ),
        ),
        errors=_ASKING,
        replies=_unclear("/api/person/erase"),
    ),
    ("GET", "/api/erasures"): Operation(
        id="listErasures",
        tag=PRIVACY,
        summary="List what factories were asked to delete",
        description="A shop sees those of its orders, a partner those that it is asked for itself.",
        parameters=("confirmed", "afterErasure"),
        answers=(
            Answer(
                200,
                "The erasures, a hundred or a few more at a time.",
                (Body(JSON, "ErasureList", (Example("list", "One erasure", examples.LISTED),)),),
            ),
        ),
        errors=(BadRequest, Unavailable),
    ),
    ("POST", "/api/erasures/{erasureId}/confirmed"): Operation(
        id="confirmErasure",
        tag=PRIVACY,
        summary="Confirm that everything was deleted",
        description="For partners alone: the packages that the erasure names are deleted, and everything "
        "that was made of them. Said again, the first time stands. The body is not read.",
        parameters=("erasureId",),
        answers=(
            Answer(
                200,
                "It is noted.",
                (Body(JSON, "Erasure", (Example("confirmed", "Confirmed", examples.CONFIRMED),)),),
            ),
        ),
        errors=(NotFound, Unavailable),
    ),
}
