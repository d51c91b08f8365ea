"""Token exchange, put together."""

from typing import Final

from limen.oauth.assertions.people import People
from limen.oauth.assertions.store import SqlSubjects
from limen.oauth.exchange.grant import TokenExchangeGrant
from limen.oauth.exchange.jags import Jags
from limen.oauth.exchange.model import ID_JAG
from limen.oauth.exchange.parties import Parties
from limen.oauth.feature import Feature
from limen.oauth.parts import Parts

_METADATA: Final = {"identity_chaining_requested_token_types_supported": [ID_JAG]}


def wire(parts: Parts) -> Feature:
    services, platform = parts.services, parts.platform
    parties = Parties(
        services=services,
        access_tokens=parts.access_tokens,
        keys=parts.keys,
        sessions=parts.sessions,
        subjects=parts.subjects,
        grants=parts.grant_store,
        believing=parts.believing,
        people=People(SqlSubjects(), parts.users, parts.roles, platform.recorder),
    )
    lifetime = int(parts.settings.id_token_lifetime.total_seconds())
    jags = Jags(services, parts.keys, parts.subjects, parts.encrypter, lifetime)
    grant = TokenExchangeGrant(services, parties, jags, platform.replays)
    return Feature(grants=(grant,), announce=lambda _: _METADATA)
