"""Which profile holds for a client, and what a requirement of one is."""

from dataclasses import replace
from typing import Final, Literal, NamedTuple

import msgspec

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions, OAuthPolicy, Profile

PROFILES: Final[tuple[Profile, ...]] = ("oauth21", "fapi2", "fapi2_message_signing")
"""From the weakest to the strictest; each has what the one before has."""

STRONG_ALGS: Final = ("PS256", "ES256", "EdDSA")
"""What may sign (FAPI 2.0 Security Profile §5.4.1); RS256 may not."""

ACCESS_TOKEN_LIFETIME: Final = 300
"""Seconds that an access token is valid at most: short, though FAPI 2.0 leaves it open."""

PUSHED_LIFETIME: Final = 599
"""Seconds, below the 600 of FAPI 2.0 Security Profile §5.3.2.2-12."""


class Section(NamedTuple):
    """Where a requirement is written down; `number` ends in that of its list's entry."""

    standard: Literal["FAPI 2.0 Security Profile", "FAPI 2.0 Message Signing", "FAPI-CIBA"]
    number: str

    def __str__(self) -> str:
        return f"{self.standard} {self.number}"


class Weakness(NamedTuple):
    """What a client lacks: the field to change, and why."""

    field: str
    section: Section
    message: str

    def __str__(self) -> str:
        return f"{self.section}: {self.message}"


def security(number: str) -> Section:
    return Section("FAPI 2.0 Security Profile", number)


def signing(number: str) -> Section:
    return Section("FAPI 2.0 Message Signing", number)


def profile_of(options: ClientOptions, policy: OAuthPolicy) -> Profile:
    """Return the stricter of what the client and what its tenant asks for."""
    asked: tuple[Profile, ...] = (options.profile or "oauth21", policy.profile)
    return max(asked, key=PROFILES.index)


def is_strict(profile: Profile | None) -> bool:
    """True under FAPI 2.0, with message signing or without."""
    return profile in ("fapi2", "fapi2_message_signing")


def is_signing(profile: Profile | None) -> bool:
    """True where requests and answers are signed too."""
    return profile == "fapi2_message_signing"


def under(client: Client, policy: OAuthPolicy) -> Client:
    """Return the client as its profile lets it be: whoever has it need not ask the policy again."""
    profile = profile_of(client.options, policy)
    if not is_strict(profile):
        return client
    longest = client.access_token_lifetime or ACCESS_TOKEN_LIFETIME
    return replace(
        client,
        access_token_lifetime=min(longest, ACCESS_TOKEN_LIFETIME),
        options=msgspec.structs.replace(client.options, profile=profile),
    )
