"""What keeps a body from being JSON, said without repeating any of it."""

from __future__ import annotations

import re

from spectrum_orders.errors import NotJson

_BYTE = re.compile(r" \(byte (\d+)\)$")
_MALFORMED = "JSON is malformed: "

NO_JSON = (ValueError, RecursionError)
"""What the decoder raises: ``msgspec.DecodeError`` and ``UnicodeDecodeError`` are both ValueErrors."""


def not_json(body: bytes, error: Exception) -> NotJson:
    """The error to raise for one in ``NO_JSON``, with the byte offset where there is one.

    Raise it ``from None``: the decoder's own error may hold the body.
    """
    if not body.strip(b" \t\r\n"):
        return NotJson("The body is empty, JSON was wanted.")
    if isinstance(error, RecursionError):
        return NotJson("The body is nested too deeply to be read.")
    try:
        body.decode()
    except UnicodeDecodeError as broken:
        # Asked of the whole body, because the decoder counts from the beginning of one text.
        return NotJson(f"The body is not UTF-8, as byte {broken.start} shows.")
    said = str(error)
    if "out of range" in said:
        return NotJson("The body holds a number with too many digits to be read.")
    if said.startswith(_MALFORMED):
        place = _BYTE.search(said)
        reason = _BYTE.sub("", said.removeprefix(_MALFORMED))
        return NotJson(f"The body is not JSON: {reason}{f' at byte {place[1]}' if place else ''}.")
    return NotJson("The body is not JSON: it ends before its value, or a surrogate pair in it, is complete.")
