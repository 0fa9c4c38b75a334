"""What does not move: every kind of exception, with its cause, its one next step, and what makes it go away.

Nothing of it is stored. A case is read from the facts each time, and is gone when they have changed.
"""

from __future__ import annotations

import enum
import shlex

import msgspec

from spectrum_orders.domain.cases import Case, words

HOUR_US = 3_600 * 1_000_000
DAY_US = 24 * HOUR_US

SOON_US = 24 * HOUR_US
"""So long before its deadline a line is due soon: a day is what it takes to move something forward."""

HOLD_US = 24 * HOUR_US
"""A hold is somebody's wish, and no exception before it has lasted so long: by then it may be forgotten."""

BEHIND_US = 5 * 60 * 1_000_000
"""What is due and in nobody's hands for this long is not being worked on: a lease lasts a minute."""

ERASURE_US = 30 * 24 * HOUR_US
"""In what time a partner has to say that an address is gone there too: the month that the GDPR gives."""


class Audience(enum.Enum):
    """Who reads: the operator sees everything, a shop and a partner what they can do something about."""

    OPERATOR = "operator"
    SHOP = "shop"
    PARTNER = "partner"


class Kind(msgspec.Struct, frozen=True):
    """One kind. In ``cause`` and the steps ``{…}`` is filled from the case; a step is ``None`` for those who
    do not see the kind. ``clears`` says when it goes away."""

    name: str
    cause: str
    clears: str
    operator: str
    shop: str | None = None
    partner: str | None = None

    def step(self, audience: Audience) -> str | None:
        """The next step of one of the three, unfilled."""
        if audience is Audience.OPERATOR:
            return self.operator
        return self.shop if audience is Audience.SHOP else self.partner


_READ = "GET /api/order/order-number/{po}"
_SHOW = "spectrum order show --client {client} {order}"
_LINE = "Line {line} ({recipe_set}) "

CATALOGUE = (
    Kind(
        "late",
        _LINE + "should have been shipped by {due}.",
        "The line is shipped, delivered or cancelled.",
        f"See how far it is and who makes it: {_SHOW}",
        f"See how far it is and who makes it: {_READ}",
        "Ship it and say so: POST /api/order/ship-notification",
    ),
    Kind(
        "due-soon",
        _LINE + "has to be shipped by {due}.",
        "The line is shipped, delivered or cancelled; after its deadline it is late.",
        f"See how far it is and who makes it: {_SHOW}",
        f"See how far it is and who makes it: {_READ}",
        "Ship it and say so: POST /api/order/ship-notification",
    ),
    Kind(
        "shipped-although-cancelled",
        _LINE + "was shipped although it was cancelled.",
        "Somebody says that it is settled.",
        "Have the parcel called back, or agree on who pays; then: spectrum order settle --client {client} "
        "--line {line} {order}",
        "Have the parcel called back, or agree on who pays; then: POST /api/order/settle",
    ),
    Kind(
        "refused",
        "{refuser} will not make {what}{why}; no rule leads to another partner.",
        "A rule leads the line to another partner, somebody re-routes it, or it is cancelled.",
        "Lead it to another partner: spectrum order reroute --client {client} {order} --partner HANDLE",
        "Lead it to another partner (POST /api/order/reroute), or cancel it (POST /api/order/cancel).",
    ),
    Kind(
        "set-aside",
        _LINE + "is {status} at {partner}, which does not go on before something is settled.",
        "The line gets another workflow status, is shipped or is cancelled.",
        "Ask {partner} what it needs; what it has said: spectrum order history --client {client} {order}",
        "Ask {partner} what it needs, and give it that or cancel the line; what it has said: "
        f"{_READ}/history",
    ),
    Kind(
        "delivery-buried",
        "A delivery of the package to {partner} was given up{after}.",
        "The delivery is replayed, or the lines are cancelled.",
        "{hint} Then: spectrum delivery replay --package {package}",
        "Have it sent again: POST /api/order/redeliver",
    ),
    Kind(
        "destination-removed",
        "What was owed to a destination of {partner} that was removed was given up.",
        "It is replayed to another destination.",
        "Name another destination: spectrum delivery replay --destination {destination} --to ID",
        "Ask the operator to have package {package} delivered elsewhere.",
    ),
    Kind(
        "work-failed",
        "A fault of ours stopped the order{after}.",
        "The order is tried again, with success.",
        "Look for the cause in the log, then: spectrum order retry --client {client} {order}",
        "Ask the operator to try order {po} again.",
    ),
    Kind(
        "preflight-rejected",
        "Preflight refuses {what} of the package for {partner}{finding}.",
        "A recipe set is put that preflight accepts, or the lines are cancelled.",
        "{mend} Then put the recipe set again; everything that was found: "
        "spectrum recipeset show --client {client} {recipe_word}",
        "{mend} Then put the recipe set again (PUT /api/recipesets/{recipe}); everything that was found: "
        "GET /api/webtoprint/{recipe}",
    ),
    Kind(
        "person-erased",
        "The people of the order were erased before the package for {partner} left, and so is where it goes.",
        "The lines are cancelled.",
        "Cancel what is left: spectrum order cancel --client {client} {order}",
        "Cancel what is left: POST /api/order/cancel",
    ),
    Kind(
        "artwork-erased",
        "The artwork of {what} of the package for {partner} was erased with a person.",
        "The recipe set is put again, or the lines are cancelled.",
        "Put the recipe set {recipe_set} again: spectrum recipeset put --client {client} FILE",
        "Put the recipe set again: PUT /api/recipesets/{recipe}",
    ),
    Kind(
        "awaiting-artwork",
        "The package for {partner} waits for the artwork of {what}: nobody has put the recipe set.",
        "The recipe set is put, or the lines are cancelled.",
        "Put the recipe set {recipe_set}: spectrum recipeset put --client {client} FILE",
        "Put the recipe set: PUT /api/recipesets/{recipe}",
    ),
    Kind(
        "files-away",
        "A folder with sealed files is missing, so that nothing is made for the package for {partner}.",
        "The disk with the files is back.",
        "Mount the disk that SPECTRUM_FILES_DIR names; what is missing: spectrum doctor",
        "Ask the operator for the disk with the files; order {po} then goes on by itself.",
    ),
    Kind(
        "unrouted",
        "No rule leads a line of the order to a partner.",
        "A rule that matches is added, or the lines are cancelled.",
        "Add a rule that matches; why none did: spectrum route explain --client {client} {order}",
        f"Ask the operator for a rule that matches; why none did: {_READ}",
    ),
    Kind(
        "no-routes",
        "There are orders, and not a single rule: {count} to be looked at.",
        "There is a rule.",
        "Nobody may make anything yet. Add a rule: spectrum route add",
    ),
    Kind(
        "no-destination",
        "{partner} has no destination that is marked for this environment.",
        "The partner has a destination for this environment.",
        "Say where its packages go: spectrum destination add --partner {partner_word} URL",
        "Ask the operator to say where the packages of {partner} go.",
    ),
    Kind(
        "destination-missing",
        "{count} left in the queue of destination {destination}, which was removed.",
        "They are replayed to another destination.",
        "Name another destination: spectrum delivery replay --destination {destination} --to ID",
    ),
    Kind(
        "destination-failing",
        "Destination {destination} of {partner} does not take what is sent: {detail}.",
        "The destination takes a package, is changed, or is removed.",
        "Find out why: spectrum destination test {destination}",
    ),
    Kind(
        "nobody-works",
        "{count}, due for over five minutes and taken by nobody.",
        "A worker takes it.",
        "Start a worker: spectrum worker, or spectrum serve with SPECTRUM_DELIVER=on",
    ),
    Kind(
        "stuck",
        _LINE + "is at {partner} without a deadline, and nobody has said anything of its order for {count}.",
        "Somebody says something of the order, or the line is shipped, delivered or cancelled.",
        "Ask {partner} how far it is; what it has said: spectrum order history --client {client} {order}",
        f"Ask {{partner}} how far it is; what it has said: {_READ}/history",
        "Say that it was shipped (POST /api/order/ship-notification), or how far it is "
        "(POST /api/order/status).",
    ),
    Kind(
        "uncollected",
        "The package was delivered, and {partner} should have said by {due} that it has it.",
        "The partner says that it has received the package.",
        "Ask {partner} whether it has the package, by its name: spectrum delivery list --state sent",
        "Ask {partner} whether it has package {package}.",
        "Say that you have it: POST /api/packages/{package}/received",
    ),
    Kind(
        "on-hold",
        _LINE + "is on hold{why}.",
        "The line is released or cancelled.",
        "Release it, unless it is to be cancelled: spectrum order release --client {client} {order}",
        "Release it (POST /api/order/release), or cancel it (POST /api/order/cancel).",
    ),
    Kind(
        "silent-client",
        "{client_name} has sent no order for longer than is usual with it.",
        "An order comes, or the client's silent hours are changed.",
        "Ask whether it still sends, or say what is usual: spectrum client set {client} --silent-hours HOURS",
    ),
    Kind(
        "webhook-parked",
        "The endpoint {endpoint} failed for too long; its events wait{after}.",
        "The endpoint takes events again, or is removed.",
        "Tell {owner}; what its endpoint answers: spectrum webhook log {endpoint}",
        "Mend the endpoint, then try it: POST /api/webhooks/{endpoint}/test",
        "Mend the endpoint, then try it: POST /api/webhooks/{endpoint}/test",
    ),
    Kind(
        "webhook-buried",
        "The endpoint {endpoint} did not take {count}.",
        "They are replayed, or the endpoint is removed.",
        "Tell {owner}, and once it is mended: spectrum webhook replay --buried {endpoint}",
        "Mend the endpoint, then replay what it missed: POST /api/webhooks/{endpoint}/replay",
        "Mend the endpoint, then replay what it missed: POST /api/webhooks/{endpoint}/replay",
    ),
    Kind(
        "erasure-unconfirmed",
        "{partner} has not confirmed within 30 days that an erased address is gone there too.",
        "The partner confirms it.",
        "Ask {partner}, and once it has said so: spectrum person confirm --client {client} "
        "--partner {partner_word} {order}",
        "Ask {partner} to confirm the erasure of order {po}.",
        "Destroy the address, then say so; which erasure: GET /api/erasures",
    ),
)
"""Every kind, the most pressing first: the order in which they are listed."""

KINDS = {kind.name: kind for kind in CATALOGUE}

(
    LATE,
    DUE_SOON,
    ASTRAY,
    REFUSED,
    SET_ASIDE,
    BURIED,
    REMOVED,
    FAILED,
    PREFLIGHT_REJECTED,
    PERSON_ERASED,
    ARTWORK_ERASED,
    AWAITING_ARTWORK,
    FILES_AWAY,
    UNROUTED,
    NO_ROUTES,
    NO_DESTINATION,
    MISSING,
    FAILING,
    NOBODY_WORKS,
    STUCK,
    UNCOLLECTED,
    ON_HOLD,
    SILENT,
    WEBHOOK_PARKED,
    WEBHOOK_BURIED,
    UNCONFIRMED,
) = KINDS


def visible_to(audience: Audience) -> tuple[str, ...]:
    """The kinds that one of the three sees, in order."""
    return tuple(kind.name for kind in CATALOGUE if kind.step(audience) is not None)


def cause(case: Case, audience: Audience) -> str:
    """Why, in one sentence."""
    return KINDS[case.kind].cause.format_map(words(case, str, known=audience is Audience.OPERATOR))


def next_step(case: Case, audience: Audience) -> str:
    """The one next step: for the operator with a command that may be pasted into a shell, for the others with
    an API call. A kind that the audience does not see has none: raises ValueError."""
    step = KINDS[case.kind].step(audience)
    if step is None:
        raise ValueError(case.kind)
    filled = step.format_map(words(case, shlex.quote, known=audience is Audience.OPERATOR))
    return " ".join(filled.split())
