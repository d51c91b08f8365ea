"""Settings: flag, environment, `.env`, `limen.toml`, default; typed, checked, explained.

Read `core.py` (what everything needs), `sections.py` (what contexts declare), `sources.py`
(where values come from), `values.py` (how text becomes a value), `loading.py`.
"""

from limen.platform.config.core import (
    AuditSettings,
    CoreSettings,
    DatabaseSettings,
    LogSettings,
    MailSettings,
)
from limen.platform.config.errors import ConfigError
from limen.platform.config.loading import Config, Row, load

__all__ = [
    "AuditSettings",
    "Config",
    "ConfigError",
    "CoreSettings",
    "DatabaseSettings",
    "LogSettings",
    "MailSettings",
    "Row",
    "load",
]
