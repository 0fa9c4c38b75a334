"""What a verb works with: the settings of its command line, and the open runtime."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectrum_orders import log
from spectrum_orders.config import Settings, load

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

    Raises what ``open_runtime`` raises.
    """
    from spectrum_orders.runtime import open_runtime

    settings = read_settings(context)
    quiet_log(settings)
    with open_runtime(settings) as runtime:
        yield runtime


def quiet_log(settings: Settings) -> None:
    """Logging for a verb that a person calls: warnings and worse, readable; all of it with debug."""
    level = settings.log_level if settings.log_level in ("debug", "error") else "warning"
    log.configure(level=level, format="console", environment=settings.environment)
