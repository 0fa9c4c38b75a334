"""Settings of clients and partners as people write them: a value, or `none` to take it away."""

from __future__ import annotations

import enum
from typing import Any

import click
import msgspec

NONE = "none"


class Unset(enum.Enum):
    """What `none` means: as if it had never been set."""

    UNSET = NONE


UNSET = Unset.UNSET


class OrNone(click.ParamType[Any]):
    """A value of another type, or `none`."""

    def __init__(self, kind: click.ParamType[Any]) -> None:
        self.kind = kind
        self.name = kind.name

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises BadParameter."""
        if value is UNSET or (isinstance(value, str) and value.strip().lower() == NONE):
            return UNSET
        return self.kind.convert(value, param, ctx)


def replaced(settings: Any, **given: Any) -> Any:
    """``settings``, a struct, with what was ``given``: ``None`` was not, ``UNSET`` is a member's default."""
    defaults = type(settings)()
    changes = {
        name: getattr(defaults, name) if value is UNSET else value
        for name, value in given.items()
        if value is not None
    }
    return msgspec.structs.replace(settings, **changes)
