"""The settings of OpenID Federation (`LIMEN_OAUTH__FEDERATION__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class FederationSettings:
    chain_lifetime: timedelta = setting(
        timedelta(hours=1),
        "How long a trust chain counts at most before it is looked at again; "
        "from half of it on, a new one is asked for.",
    )
    statement_lifetime: timedelta = setting(
        timedelta(hours=1),
        "How long our statements are valid: whom we remove is out everywhere after this.",
    )
    max_fetches: int = setting(24, "How many statements are asked for to find one trust chain.")
    timeout: timedelta = setting(
        timedelta(seconds=10), "How long finding one trust chain may take in all."
    )
    chains_per_minute: int = setting(
        60, "How many entities that were not seen before are looked up in a minute."
    )

    def __post_init__(self) -> None:
        least = timedelta(minutes=1)
        if not least <= self.chain_lifetime <= timedelta(days=1):
            raise ValueError("chain_lifetime must be 1 minute to 1 day")
        if not least <= self.statement_lifetime <= timedelta(days=30):
            raise ValueError("statement_lifetime must be 1 minute to 30 days")
        if self.max_fetches < 3 or self.chains_per_minute < 1:
            raise ValueError("max_fetches must be at least 3, chains_per_minute at least 1")
