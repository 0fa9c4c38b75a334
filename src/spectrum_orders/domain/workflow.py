"""The statuses of a line, in the words of the wire."""

from __future__ import annotations

NOT_STARTED = "not-started"

STATUSES = (
    NOT_STARTED,
    "in-progress",
    "in-progress-step-1",
    "completed",
    "revision",
    "on-hold",
    "approved",
    "released",
    "delivered",
    "cancelled",
)
