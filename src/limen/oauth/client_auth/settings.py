"""The settings of client authentication (`LIMEN_OAUTH__CLIENT_AUTH__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting

SECTION = "oauth.client_auth"


@dataclass(frozen=True, slots=True)
class ClientAuthSettings:
    assertion_lifetime: timedelta = setting(
        timedelta(hours=1), "How far ahead the exp of a client's assertion may be."
    )

    attesters: tuple[str, ...] = setting(
        (),
        "Who may vouch for instances of apps (a draft; off without any), each as "
        "https://attester.example=https://attester.example/jwks.",
    )

    @property
    def attester_keys(self) -> dict[str, str]:
        """The address of the keys of each attester, by its `iss`."""
        return {issuer: uri for issuer, _, uri in (one.partition("=") for one in self.attesters)}

    def __post_init__(self) -> None:
        if not timedelta(seconds=30) <= self.assertion_lifetime <= timedelta(hours=1):
            raise ValueError("assertion_lifetime must be 30 s to 1 hour")
        for issuer, uri in self.attester_keys.items():
            if not issuer or not uri.startswith(("https://", "http://")):
                raise ValueError("attesters must be like https://a.example=https://a.example/jwks")
