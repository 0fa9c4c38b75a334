"""What each error means and what to do about it: one entry for each code, or nothing starts."""

from __future__ import annotations

import msgspec

from spectrum_orders import errors
from spectrum_orders.errors import SpectrumError

ADVICE: dict[str, str] = {
    "not-json": "The body is empty, cut off, not UTF-8, or not JSON; the detail names the byte. Send it "
    "again, whole.",
    "bad-request": "A query parameter or a header has a value that cannot be read; the detail names it.",
    "unauthenticated": "No token came, or it is mistyped, unknown, revoked or expired; the detail says "
    "which. If it did leave your side, a proxy may have dropped the header `SPECTRUM_API_TOKEN` for its "
    "underscores: send `Spectrum-Api-Token` or `Authorization: Bearer` instead.",
    "wrong-environment": "The token belongs to another deployment, such as staging. Nothing was done. "
    "Check the base URL and the token together.",
    "forbidden": "The token is valid but has not the scope that the route needs. Ask the operator for one "
    "that has.",
    "not-found": "There is no such path, or no such thing that is yours. What belongs to another client is "
    "not found either.",
    "method-not-allowed": "The path exists, but not for this method; the header `Allow` lists those that do.",
    "request-timeout": "The body stopped arriving. Nothing of the request was stored, unless a result line "
    "of a stream said so. Send it again.",
    "conflict": "What is stored does not allow it; the detail says why.",
    "already-submitted": "The purchase order number was acknowledged before. With `identical: true` it was "
    "the same order, and all is well. Otherwise `differences` says where the two part; what is stored "
    "stays as it is.",
    "ambiguous": "A partner's token sees several clients, and more than one of them has what was asked "
    "for. Say "
    "which with `?client=`, as `clients` lists them.",
    "too-large": "More bytes or more orders than one request may hold. Send fewer orders, or stream them as "
    "NDJSON.",
    "unsupported-media-type": "The body was sent as something else than what is read there. For JSON set the "
    "header `Content-Type: application/json`; curl's own default is a form. A file that is uploaded is the "
    "body itself, not a form.",
    "invalid": "What was sent can be read but not taken. `errors` lists every problem at once, each with a "
    "pointer to its place; nothing was stored. Of print files that cannot be printed, `findings` says what "
    "is wrong with each area.",
    "idempotency-mismatch": "This `Idempotency-Key` came with another request before. A key belongs to one "
    "request: take a new one for each.",
    "rate-limited": "More requests than the operator allows for this token and route. Wait for the seconds "
    "in `Retry-After`.",
    "seal-broken": "A sealed value does not open: it was altered, or its key is not on the key ring. The "
    "operator has to look at it.",
    "internal": "A fault of ours, logged under the request's id. An order may be sent again: it is never "
    "stored twice.",
    "unavailable": "The database, the disk or the queue cannot take it now, or print files are still being "
    "made (`state: pending`). Wait for the seconds in `Retry-After`. Send the same again: nothing doubles.",
}
"""Code of an error -> what it means, and what to do."""

REFUSED: dict[str, str] = {
    "unknown-recipe-set": "The recipe set is not known here, and the client's setting is to reject such "
    "orders.",
}
"""Codes in ``errors`` that no reader finds, but what is stored or set here does."""

NOTED: dict[str, str] = {
    "kept-as-acknowledged": "A full order that completes an earlier one says this otherwise; what was "
    "acknowledged first stays.",
    "shipped-although-cancelled": "The line had been cancelled; the shipment is noted, and its shop is told.",
    "artwork-rejected": "In a dry run: the recipe set's artwork cannot be printed, and the order would wait "
    "until a better one is put.",
    "contact-not-told": "This deployment has no server for its mail (`SPECTRUM_SMTP_URL`), so that the "
    "contact will not be told when the webhook is parked.",
}
"""Codes in ``warnings`` of the same origin."""

UPLOADS: dict[str, str] = {
    "kind": "The uploaded file is of no kind that is known here.",
    "damaged": "The uploaded file begins as what it is and cannot be read to its end.",
    "encrypted": "The uploaded file has a password or is encrypted.",
    "script": "The uploaded file holds a script, or something that acts on a screen.",
    "external-content": "The uploaded file refers to something outside of itself.",
    "image": "The uploaded picture is damaged, has too many pixels, or a colour mode that is not printed.",
    "svg": "The uploaded SVG is damaged, too complex, or holds what is not allowed in one.",
    "pdf": "The uploaded PDF is damaged, too complex, without a page, or grows beyond measure when opened.",
    "drawing": "The uploaded DXF is damaged, binary, or too large.",
    "embroidery": "The uploaded DST is damaged or has too many stitches.",
    "font": "The uploaded font is damaged, a web font, or a collection.",
    "font-embedding": "The uploaded font forbids to be embedded.",
    "profile": "The uploaded colour profile is damaged, or of a kind that is not printed with.",
}
"""Codes in ``errors`` of an uploaded file: see ``artwork.intake``."""

ADDRESSES: dict[str, str] = {
    "address-refused": "Nothing is sent to that address: it is not public, or not reached by https.",
    "address-unknown": "The name has no address now, or the name server does not say.",
}
"""Codes in ``errors`` of a webhook's URL: see ``webhooks.registering``."""


class Explanation(msgspec.Struct, frozen=True):
    """One code of the tree of errors."""

    code: str
    status: int
    title: str
    retryable: bool
    advice: str


def explanations() -> tuple[Explanation, ...]:
    """Every error of the tree, by status. Raises ValueError when one is not explained, or no more is."""
    found: dict[str, Explanation] = {}
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, SpectrumError) and kind is not SpectrumError:
            if kind.code not in ADVICE:
                raise ValueError(f"The error {kind.code!r} is not explained.")
            found[kind.code] = Explanation(
                kind.code, kind.status, kind.title, kind.retryable, ADVICE[kind.code]
            )
    if stale := ADVICE.keys() - found.keys():
        raise ValueError(f"Explained, but no errors any more: {', '.join(sorted(stale))}.")
    return tuple(sorted(found.values(), key=lambda explanation: (explanation.status, explanation.code)))
