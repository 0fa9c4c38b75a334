"""What a verb works with: the settings of its command line, and the open runtime."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectrum_orders import log
from spectrum_orders.cli import terminal
from spectrum_orders.config import Settings, load
from spectrum_orders.errors import Unavailable

if TYPE_CHECKING:
    from spectrum_orders.runtime import Runtime


def read_settings(context: click.Context, **options: str | None) -> Settings:
    """The settings, with the command line's ``options`` (by setting name) on top.

    Raises ConfigError.
    """
    file = context.find_root().params.get("config")
    return load(os.environ, file if isinstance(file, Path) else None, options)


@contextmanager
def opened(context: click.Context) -> Iterator[Runtime]:
    """The runtime of a verb that reads or writes the database; closed when the block ends.

    Raises what ``open_runtime`` raises, and Unavailable in an operator's words.
    """
    from spectrum_orders.runtime import open_runtime

    settings = read_settings(context)
    quiet_log(settings)
    with for_operators(), open_runtime(settings) as runtime:
        yield runtime


@contextmanager
def for_operators() -> Iterator[None]:
    """Say of a database that cannot be used why, and what to do.

    The store's own sentence is for those who send orders, who can only wait.
    """
    try:
        yield
    except Unavailable as error:
        from spectrum_orders.store.database import reason

        if error.__cause__ is None:  # nothing beneath: its sentence is all there is to say
            raise
        why = terminal.visible(reason(error)).rstrip(".")
        raise Unavailable(f"The database cannot be used: {why}. Run: spectrum doctor") from error


def quiet_log(settings: Settings) -> None:
    """Logging for a verb that a person calls: warnings and worse, readable; all of it with debug."""
    level = settings.log_level if settings.log_level in ("debug", "error") else "warning"
    log.configure(level=level, format="console", environment=settings.environment)
