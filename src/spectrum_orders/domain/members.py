"""Members that are not known, on routes where nothing is done because of one.

An order is never lost to a member too many: there it is named in a warning. What moves or erases an order
does more without the member that was misspelt than with it (every line, and for good): there it is a problem.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from spectrum_orders.domain.reading import LONGEST_NAME, Reading, token


def refuse_unknown(body: Mapping[str, object], known: Collection[str], at: str, reading: Reading) -> None:
    """Note a problem for each member that is none of ``known``, with the one that was probably meant."""
    for name in body:
        if name in known:
            continue
        # A hostile body has a million names, of which a hundred are listed: no more are compared.
        hint = "." if reading.full else _advice(name, known)
        reading.problem(f"{at}/{token(name)}", "unknown-member", f"The member is not known here{hint}")


def note_unknown(
    body: Mapping[str, object], known: Collection[str], at: str, reading: Reading, *, hint: bool = False
) -> None:
    """Note a warning for each member that is none of ``known``; with ``hint`` also which was probably meant.

    Without it where lines are told: they are sent back as they were read, and what is not known is no slip.
    """
    for name in body:
        if name not in known:
            meant = nearest(name, known) if hint and not reading.warned else None
            more = f"; did you mean {meant}?" if meant else "."
            reading.warn(
                f"{at}/{token(name)}", "unknown-member", f"The member is not known; it was not read{more}"
            )


def _advice(name: str, known: Collection[str]) -> str:
    if name.lower() == "dryrun":
        return "; a dry run is asked for in the query, with ?dryRun=true."
    meant = nearest(name, known)
    return f"; did you mean {meant}?" if meant else f"; known are {', '.join(known)}."


def nearest(name: str, known: Collection[str], near: float = 0.6) -> str | None:
    """The name that was probably meant; ``None`` when none is so alike (0 to 1)."""
    lowered = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name[:LONGEST_NAME].lower(), lowered, n=1, cutoff=near)
    return lowered[close[0]] if close else None
