"""One finding of the doctor."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["ok", "warn", "fail"]


class Check(msgspec.Struct, frozen=True):
    """What was looked at and how it stands; ``advice`` says what to do unless all is well."""

    name: str
    state: State
    message: str
    advice: str = ""


def ok(name: str, message: str) -> Check:
    """All is well."""
    return Check(name, "ok", message)


def warn(name: str, message: str, advice: str) -> Check:
    """Works, but somebody should know."""
    return Check(name, "warn", message, advice)


def fail(name: str, message: str, advice: str) -> Check:
    """Orders are refused or in danger."""
    return Check(name, "fail", message, advice)
