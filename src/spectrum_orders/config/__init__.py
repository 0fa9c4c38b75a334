"""Settings: one table, read from the environment and an optional TOML file.

    settings = load(os.environ)

``SETTINGS`` is the table, ``load`` reads, ``describe`` shows (secrets hidden), and ``ConfigError``
lists everything that is wrong.
"""

from spectrum_orders.config.loading import SECRET_FILES, ConfigError, Finding, load
from spectrum_orders.config.settings import Described, Settings, describe
from spectrum_orders.config.table import OTHER_VARIABLES, SETTINGS, Setting

__all__ = [
    "OTHER_VARIABLES",
    "SECRET_FILES",
    "SETTINGS",
    "ConfigError",
    "Described",
    "Finding",
    "Setting",
    "Settings",
    "describe",
    "load",
]
