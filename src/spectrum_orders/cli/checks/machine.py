"""The machine: cores, open files, clock, time zones, and the settings file."""

from __future__ import annotations

import os
import resource
import stat
import time
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime

from spectrum_orders.cli.checks.check import Check, fail, ok, warn
from spectrum_orders.config import SECRET_FILES, SETTINGS, Settings

FILES_WANTED = 4096
"""Each connection is an open file; a thousand idle keep-alive connections are nothing unusual."""

YEARS = range(2025, 2165)
"""From when this program was written to when its ids run out of bits."""


def check_machine(settings: Settings) -> Iterator[Check]:
    """Everything about the machine itself."""
    yield _cores(settings.workers)
    yield _open_files()
    yield _clock()
    yield _time_zones()
    yield from _settings_file(settings)


def _cores(workers: int) -> Check:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers > cores:
        return warn(
            "workers",
            f"{workers} workers share {cores} cores",
            f"More workers than cores make every answer slower: set SPECTRUM_WORKERS to {cores} or less.",
        )
    return ok("workers", f"{workers} of {cores} cores")


def _open_files() -> Check:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    shown = "unlimited" if hard == resource.RLIM_INFINITY else str(hard)
    if hard != resource.RLIM_INFINITY and hard < FILES_WANTED:
        return warn(
            "open files",
            f"this process may open {shown} files",
            f"Each connection is one. Allow at least {FILES_WANTED} (LimitNOFILE= in systemd).",
        )
    return ok("open files", f"up to {shown}")


def _clock() -> Check:
    year = datetime.fromtimestamp(time.time(), UTC).year
    if year not in YEARS:
        return fail("clock", f"the clock says it is the year {year}", "Set the clock, for example with NTP.")
    return ok("clock", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _time_zones() -> Check:
    try:
        zoneinfo.ZoneInfo("America/New_York")
    except (zoneinfo.ZoneInfoNotFoundError, OSError):
        return fail(
            "time zones",
            "the time zone database is missing",
            "Install the locked dependencies, which hold it (tzdata).",
        )
    return ok("time zones", f"{len(zoneinfo.available_timezones())} zones known")


def _settings_file(settings: Settings) -> Iterator[Check]:
    file = settings.config_file
    if file is None:
        return
    held = sorted(row.name for row in SETTINGS if row.secret and settings.sources.get(row.name) == str(file))
    mode = stat.S_IMODE(file.stat().st_mode)
    if held and mode & 0o077:
        yield warn(
            "settings file",
            f"{file} holds {', '.join(held)} and others may read it (mode {mode:04o})",
            f"Run: chmod 600 {file}. Or keep secrets in files of their own ({', '.join(SECRET_FILES)}).",
        )
    else:
        yield ok("settings file", str(file))
