"""What the client's profile asks of a request; a refusal names the section (FAPI 2.0)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.profiles.model import profile_of
from limen.oauth.profiles.requests import Sent, check_authorization


def check(asked: Asked) -> Mapping[str, object]:
    given = asked.given
    sent = Sent(given.parameters, asked.redirect_uri, given.pushed, given.signed)
    check_authorization(profile_of(asked.client.options, asked.policy), sent)
    return {}
