"""Structured logs on standard error, in which no person and no secret ever stands.

    log.configure(level="info", format="json", environment="test")     once per process
    log.bind(request_id=…, client=…)                                   once at the edge
    log.get().warning("The disk is full", path=…)                      anywhere above

Every line carries the time (UTC), level, environment and process id. What other libraries log
through the standard module takes the same road, from WARNING on.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from spectrum_orders.domain import personal

HIDDEN = "[hidden]"

_SECRET_KEYS = (
    "authorization",
    "cookie",
    "databaseurl",
    "keyring",
    "password",
    "privatekey",
    "secret",
    "token",
)


def _plain(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


_HIDDEN_KEYS = frozenset(
    _plain(key)
    for key in (*personal.ORDER_FIELDS, *personal.LINE_FIELDS, *personal.ADDRESS_FIELDS, *_SECRET_KEYS)
) | {"spectrumapitoken", "metricstoken", "apitoken"}

# What may hide inside a text, in patterns whose time grows with the text's length and no faster. The
# order matters: a URL's password goes before the e-mail rule, which would otherwise take the password's
# end and the host for an address.
_PATTERNS = (
    (re.compile(r"spk_[A-Za-z0-9-]+_[A-Za-z0-9_-]+"), HIDDEN),
    (re.compile(r"(://[^\s:/@]{0,255}:)\S{0,500}@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(?i)\bbearer\s+[^\s\"',;]+"), f"Bearer {HIDDEN}"),
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), HIDDEN),
    # SQLAlchemy and PostgreSQL quote a failed statement's values in their messages.
    (re.compile(r"\[parameters: .*"), f"[parameters: {HIDDEN}]"),
    (re.compile(r"(DETAIL:\s+)\S.*"), rf"\1{HIDDEN}"),
)

_MAX_TEXT = 20_000  # characters; a traceback tells most at its beginning and its end
_MAX_DEPTH = 6


def mask(value: Any, depth: int = 0) -> Any:
    """``value`` with everything personal or secret replaced by ``[hidden]``.

    Members are judged by their name, without regard to case, dashes and underscores; texts by
    what looks like a token, a URL's password or an e-mail address. Bytes are shown by their number only.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if depth >= _MAX_DEPTH:
        return "[too deep]"
    if isinstance(value, Mapping):
        return {
            mask_text(str(key)): HIDDEN
            if item is not None and _plain(str(key)) in _HIDDEN_KEYS
            else mask(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [mask(item, depth + 1) for item in value]
    return mask_text(value if isinstance(value, str) else repr(value))


def mask_text(text: str) -> str:
    """``text`` without tokens, URL passwords and e-mail addresses, and without its middle when very long."""
    if len(text) > _MAX_TEXT:
        text = f"{text[: _MAX_TEXT // 2]} … {text[-_MAX_TEXT // 2 :]}"
    if "@" in text or "_" in text or " " in text:
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
    return text


def _masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # structlog's own members of a foreign record begin with an underscore and are objects.
    own = {key: event[key] for key in ("_record", "_from_structlog") if key in event}
    rest = {key: item for key, item in event.items() if key not in own}
    return cast("EventDict", mask(rest) | own)


_FIRST = ("timestamp", "level", "event")


def _ordered(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    first = {key: event[key] for key in _FIRST if key in event}
    return first | {key: item for key, item in event.items() if key not in first}


def configure(*, level: str, format: str, environment: str, stream: TextIO | None = None) -> None:
    """Set up this process's logging; a later call replaces an earlier one.

    ``level`` is debug, info, warning or error; ``format`` is json or console; ``stream`` is
    standard error unless given.
    """
    out = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]

    def whence(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"environment": environment, "pid": os.getpid(), **event}

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        whence,
        # The traceback as text: file, line and message, never a frame's local variables.
        structlog.processors.format_exc_info,
        _masked,
        _ordered,
    ]
    renderer: Processor
    if format == "console":
        renderer = structlog.dev.ConsoleRenderer(
            colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        )
    else:
        renderer = structlog.processors.JSONRenderer(default=repr, ensure_ascii=True)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _route_standard_library(shared, renderer, out, max(threshold, logging.WARNING))


def _route_standard_library(
    shared: list[Processor], renderer: Processor, out: TextIO, threshold: int
) -> None:
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    logging.captureWarnings(True)
    # Where writing a log line fails (a closed pipe), the standard module would print the record
    # raw on standard error, past the mask.
    logging.raiseExceptions = False


def get(**values: Any) -> FilteringBoundLogger:
    """A logger, with ``values`` on each of its lines. Cheap; may be called before ``configure``."""
    return cast("FilteringBoundLogger", structlog.get_logger(**values))


def bind(**values: Any) -> None:
    """Put ``values`` on every line this task logs from here on (and the tasks it starts)."""
    structlog.contextvars.bind_contextvars(**values)


def clear() -> None:
    """Forget what ``bind`` put on this task's lines."""
    structlog.contextvars.clear_contextvars()


def bound() -> MutableMapping[str, Any]:
    """What ``bind`` put on this task's lines, such as the request id."""
    return structlog.contextvars.get_contextvars()
