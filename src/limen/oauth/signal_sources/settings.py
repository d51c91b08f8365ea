"""The settings of listening (`LIMEN_OAUTH__SIGNAL_SOURCES__…`)."""

from dataclasses import dataclass

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class ListeningSettings:
    events_per_minute: int = setting(600, "How many events of one source are taken in a minute.")
