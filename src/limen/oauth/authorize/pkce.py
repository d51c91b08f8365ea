"""PKCE for every request: S256, said so, and well-formed (R021, R022, A017)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest
from limen.oauth.model.pkce import is_challenge


def check(asked: Asked) -> Mapping[str, object]:
    challenge = asked.parameters.get("code_challenge")
    if challenge is None:
        raise InvalidRequest("no challenge", hint="PKCE is required: code_challenge is missing.")
    if asked.parameters.get("code_challenge_method") != "S256":
        raise InvalidRequest("method", hint="code_challenge_method must be S256.")
    if not is_challenge(challenge):
        raise InvalidRequest("challenge", hint="code_challenge must be 43 base64url characters.")
    return {"challenge": challenge}
