"""Settings: the values one process runs with, and where each came from."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spectrum_orders.config.table import SETTINGS


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One value for each row of ``SETTINGS``, checked.

    Made by ``load``. Sizes are bytes, times are seconds. ``sources`` says for each name where the
    value came from (``default``, a variable, a file, an option). ``repr`` hides what is secret.
    """

    environment: str
    data_dir: Path
    database_url: str | None
    keyring: str | None
    keyring_file: Path
    files_dir: Path
    deliver: str
    render_processes: int
    receipt_file_interval: float
    render_timeout: float
    render_memory: int
    artwork_patience: float
    stuck_days: int
    outbound_networks: tuple[str, ...] | None
    smtp_url: str | None
    mail_from: str | None
    webhook_log_days: int
    max_asset_bytes: int
    host: str
    port: int
    workers: int
    metrics_token: str | None
    max_body_bytes: int
    unknown_line_status: int
    max_bulk_orders: int
    max_json_depth: int
    max_ndjson_line_bytes: int
    max_waiting: int
    batch_orders: int
    header_timeout: float
    body_timeout: float
    keep_alive: float
    shutdown_timeout: float
    idempotency_days: int
    idempotency_wait: float
    rate_limit: str | None
    rate_limit_status: int
    log_level: str
    log_format: str
    log_requests: str
    sqlite_cache_mib: int
    config_file: Path | None = None
    sources: dict[str, str] = {}

    @property
    def on_postgresql(self) -> bool:
        """Whether orders go to PostgreSQL; otherwise to SQLite in ``data_dir``."""
        return self.database_url is not None

    @property
    def patience_us(self) -> int:
        """``artwork_patience`` in microseconds."""
        return round(self.artwork_patience * 1_000_000)

    @property
    def stuck_us(self) -> int:
        """``stuck_days`` in microseconds; 0 is never."""
        return self.stuck_days * 86_400 * 1_000_000

    def __repr__(self) -> str:
        return "Settings(" + ", ".join(f"{row.name}={row.value}" for row in describe(self)) + ")"


class Described(msgspec.Struct, frozen=True):
    """One setting as it may be shown: a secret's ``value`` is ``(set)`` or ``(not set)``."""

    name: str
    variable: str
    value: str
    source: str
    help: str


def describe(settings: Settings) -> tuple[Described, ...]:
    """Every setting in the table's order, secrets hidden, each with where it came from."""
    rows = []
    for setting in SETTINGS:
        value = getattr(settings, setting.name)
        if value is None:
            shown = "(not set)"
        elif setting.secret:
            shown = "(set)"
        else:
            shown = _shown(value)
        source = settings.sources.get(setting.name, "default")
        rows.append(Described(setting.name, setting.variable, shown, source, setting.help))
    return tuple(rows)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
