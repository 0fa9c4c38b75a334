"""The one place that calls the typesetter, so that nothing escapes from it but our own errors."""

from __future__ import annotations

from typing import Any

import typst

from spectrum_orders.errors import Internal

_PANIC = "PanicException"


def run(compiler: typst.Compiler, source: bytes, form: Any, **options: Any) -> list[bytes]:
    """What the typesetter makes of the source, a piece for each page where the form has pages of its own.

    Raises:
        Internal: it failed. Its own message may quote a text and is not passed on.
    """
    try:
        made = compiler.compile(source, format=form, **options)
    except typst.TypstError:
        raise Internal("The typesetter failed on this artwork.") from None
    except BaseException as error:
        # A font or PDF that its parsers did not expect ends in a Rust panic, which is no Exception.
        if type(error).__name__ != _PANIC:
            raise
        raise Internal("The typesetter failed on this artwork.") from None
    assert made is not None
    return [made] if isinstance(made, bytes) else list(made)
