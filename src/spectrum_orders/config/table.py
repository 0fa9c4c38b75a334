"""Every setting there is, with its default, what is allowed and what it is for.

From this one table come the names of the environment variables, the keys of the TOML file,
``spectrum config``, ``spectrum doctor`` and the table in docs/configuration.md.
"""

from __future__ import annotations

import msgspec

from spectrum_orders.config.values import (
    ADDRESS,
    KEYRING,
    NETWORKS,
    PATH,
    POSTGRESQL,
    RATE,
    SECRET,
    SMTP,
    VISIBLE,
    WORD,
    Kind,
    one_number_of,
    one_of,
    seconds,
    size,
    whole,
)

PREFIX = "SPECTRUM_"


class Setting(msgspec.Struct, frozen=True):
    """One row of the table.

    ``default`` is text, read like any other; ``None`` means that the setting is unset, and
    ``unset`` then says what happens instead. A ``secret`` value is never shown.
    """

    name: str
    kind: Kind
    default: str | None
    help: str
    secret: bool = False
    unset: str = "not set"

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "environment",
        WORD,
        "test",
        "Which environment this deployment is: `production`, `staging`, `test`, … Stands in tokens, logs and "
        "a response header. A database belongs to one environment for ever.",
    ),
    Setting(
        "data_dir",
        PATH,
        "./var",
        "The folder that holds the embedded database and the key ring. Made at the first start.",
    ),
    Setting(
        "database_url",
        POSTGRESQL,
        None,
        "A PostgreSQL database to use instead of the embedded one.",
        secret=True,
        unset="SQLite in `data_dir`",
    ),
    Setting(
        "keyring",
        KEYRING,
        None,
        "The master keys themselves, for deployments that hand secrets over in the environment. "
        "Rotation then has to be done where the secret is kept.",
        secret=True,
        unset="read from `keyring_file`",
    ),
    Setting(
        "keyring_file",
        PATH,
        None,
        "The file that holds the master keys, mode 0600. Made at the first start; without it no sealed value "
        "ever opens again, so back it up apart from the database.",
        unset="`keyring.json` in `data_dir`",
    ),
    Setting(
        "files_dir",
        PATH,
        None,
        "The folder for sealed artwork and print files. Several machines need one that they share.",
        unset="`files` in `data_dir`",
    ),
    Setting(
        "deliver",
        one_of("on", "off"),
        "on",
        "Whether `spectrum serve` also makes files and delivers packages. `off` leaves it to "
        "`spectrum worker`.",
    ),
    Setting(
        "render_processes",
        whole(1, 256),
        "1",
        "How many processes make print files, beside the one that serves.",
    ),
    Setting(
        "receipt_file_interval",
        seconds(0.1, 3600),
        "60 s",
        "How often the worker looks for receipt files (`….zip.received`) beside packages that nobody has "
        "said to have.",
    ),
    Setting(
        "render_timeout", seconds(1, 3600), "60 s", "The longest that one print file may take to be made."
    ),
    Setting(
        "render_memory",
        size(256 * 1024**2, 1024**4),
        "2 GiB",
        "The most memory that a process which makes print files may ask for.",
    ),
    Setting(
        "artwork_patience",
        seconds(60, 90 * 86400),
        "43200 s",
        "How long a line may wait for its artwork before it is an exception.",
    ),
    Setting(
        "stuck_days",
        whole(0, 3650),
        "5",
        "After how many days without a word from its factory a delivered line without a deadline is an "
        "exception; 0 is never.",
    ),
    Setting(
        "outbound_networks",
        NETWORKS,
        None,
        "Networks that deliveries may reach although they are not public, such as `10.1.0.0/16`. Separate "
        "several by commas.",
        unset="none: private, loopback, link-local and metadata addresses are refused",
    ),
    Setting(
        "smtp_url",
        SMTP,
        None,
        "The mail server that takes messages to the owners of webhooks that are parked: "
        "`smtp+starttls://user:password@host` or `smtps://…`, both never without TLS; or `smtp://…`, which "
        "uses STARTTLS where it is offered.",
        secret=True,
        unset="no mail is sent; what it would say is logged as an error",
    ),
    Setting(
        "mail_from",
        ADDRESS,
        None,
        "The address that those messages come from.",
        unset="`spectrum-orders@` and this machine's name",
    ),
    Setting(
        "webhook_log_days",
        whole(30, 3650),
        "90",
        "How many days the log of webhooks is kept: the attempts at each, and those that were sent. Events "
        "stay in the feed.",
    ),
    Setting(
        "max_asset_bytes",
        size(1024, 16 * 1024**3),
        "256 MiB",
        "The largest uploaded picture, font or print file.",
    ),
    Setting("host", VISIBLE, "127.0.0.1", "The address to listen on. `0.0.0.0` is every IPv4 address."),
    Setting("port", whole(0, 65535), "8000", "The port to listen on. 0 takes a free one and says which."),
    Setting(
        "workers",
        whole(1, 256),
        "1",
        "How many web processes. More than one needs PostgreSQL: into an SQLite database one takes orders.",
    ),
    Setting(
        "metrics_token",
        SECRET,
        None,
        "When set, `/metrics` answers only to `Authorization: Bearer` with this token.",
        secret=True,
        unset="only this machine may read `/metrics`",
    ),
    Setting(
        "max_body_bytes",
        size(1024, 1024**3),
        "16 MiB",
        "The largest JSON body. An NDJSON stream has no limit as a whole.",
    ),
    Setting(
        "unknown_line_status",
        one_number_of(404, 409),
        "404",
        "How a status update that names an unknown line is answered. Older clients expect 409.",
    ),
    Setting("max_bulk_orders", whole(1, 1_000_000), "10000", "The most orders in one JSON request."),
    Setting("max_json_depth", whole(8, 512), "64", "How deep JSON may nest."),
    Setting(
        "max_ndjson_line_bytes",
        size(1024, 64 * 1024**2),
        "1 MiB",
        "The longest line of an NDJSON stream, one order.",
    ),
    Setting(
        "max_waiting",
        whole(1, 1_000_000),
        "10000",
        "The most orders that wait for the database at once, in each process. Beyond it the answer is 503 "
        "with `Retry-After`, so that memory stays bounded.",
    ),
    Setting(
        "batch_orders", whole(1, 10_000), "512", "The most orders that one commit makes durable together."
    ),
    Setting(
        "header_timeout", seconds(0.1, 600), "15 s", "How long a client may take to send a request's headers."
    ),
    Setting("body_timeout", seconds(0.1, 600), "30 s", "The longest silence between two pieces of a body."),
    Setting("keep_alive", seconds(0, 3600), "75 s", "How long an idle connection is kept open."),
    Setting(
        "shutdown_timeout",
        seconds(1, 3600),
        "30 s",
        "How long a stop waits for requests that were already accepted.",
    ),
    Setting("idempotency_days", whole(30, 3650), "30", "How many days an `Idempotency-Key` is kept."),
    Setting(
        "idempotency_wait",
        seconds(0, 60),
        "5 s",
        "How long a repeat waits for the first request with its key, before it is told to come back.",
    ),
    Setting(
        "rate_limit",
        RATE,
        None,
        "The most requests per token and endpoint, such as `100/minute`.",
        unset="no limit",
    ),
    Setting(
        "rate_limit_status",
        one_number_of(429, 403),
        "429",
        "The status beyond the rate limit. Some older clients expect 403.",
    ),
    Setting(
        "log_level", one_of("debug", "info", "warning", "error"), "info", "The least serious event to log."
    ),
    Setting(
        "log_format", one_of("json", "console"), "json", "`json`: one object a line. `console`: for people."
    ),
    Setting(
        "log_requests",
        one_of("problems", "all"),
        "problems",
        "Which requests are logged: those that were refused or failed, or all.",
    ),
    Setting(
        "sqlite_cache_mib", whole(1, 65536), "64", "Page cache of the embedded database's writer, in MiB."
    ),
)

OTHER_VARIABLES: tuple[tuple[str, str], ...] = (
    (
        "SPECTRUM_CONFIG",
        "The path of the TOML file, like `--config`; default `./spectrum.toml` where it exists.",
    ),
    ("SPECTRUM_URL", "The base URL for `spectrum ack` and `spectrum doctor`, like `--url`."),
    (
        "SPECTRUM_API_TOKEN",
        "The API token for `spectrum ack`, like `--token`, which other users of the machine may see.",
    ),
)
"""Variables that begin like a setting and are none: name and help."""
