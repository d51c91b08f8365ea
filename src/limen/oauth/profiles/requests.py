"""What a profile asks of each request; a refusal names its section."""

from collections.abc import Callable
from typing import Final, NamedTuple

from limen.kernel.errors import FieldError, Invalid
from limen.oauth.api import Client
from limen.oauth.dpop.errors import InvalidDpopProof
from limen.oauth.errors import (
    InvalidClient,
    InvalidRequest,
    OAuthRefusal,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from limen.oauth.options import OAuthPolicy, Profile
from limen.oauth.parameters import Parameters
from limen.oauth.profiles.model import (
    PROFILES,
    STRONG_ALGS,
    Section,
    is_signing,
    is_strict,
    profile_of,
    security,
    signing,
    under,
)
from limen.oauth.profiles.registration import Described, weaknesses

_MODES: Final = frozenset({"jwt", "query.jwt", "fragment.jwt", "form_post.jwt"})


class Sent(NamedTuple):
    """An authorization request, with the ways it came and where its answer goes."""

    parameters: Parameters
    redirect_uri: str
    pushed: bool
    signed: bool


class RequestRule(NamedTuple):
    """`breaks` is True for a request that `section` refuses, from `profile` on."""

    profile: Profile
    section: Section
    breaks: Callable[[Sent], bool]
    message: str
    reason: str
    refusal: type[OAuthRefusal] = InvalidRequest


def _not_pushed(sent: Sent) -> bool:
    return not sent.pushed


def _not_code(sent: Sent) -> bool:
    return sent.parameters.get("response_type") not in (None, "code")


def _no_pkce(sent: Sent) -> bool:
    method = sent.parameters.get("code_challenge_method")
    return sent.parameters.get("code_challenge") is None or method != "S256"


def _not_https(sent: Sent) -> bool:
    return not sent.redirect_uri.startswith("https://")


def _not_signed(sent: Sent) -> bool:
    return not sent.signed


def _not_jarm(sent: Sent) -> bool:
    return sent.parameters.get("response_mode") not in _MODES


AUTHORIZATION: Final = (
    RequestRule(
        "fapi2", security("5.3.2.2-3"), _not_pushed,
        "the authorization request must be pushed (RFC 9126).", "not_pushed",
    ),
    RequestRule(
        "fapi2", security("5.3.2.2-1"), _not_code,
        "response_type must be code.", "response_type_not_allowed", UnsupportedResponseType,
    ),
    RequestRule(
        "fapi2", security("5.3.2.2-5"), _no_pkce,
        "PKCE with code_challenge_method S256 is required.", "pkce_missing",
    ),
    RequestRule(
        "fapi2", security("5.3.2.2-8"), _not_https,
        "the redirect_uri must be https.", "redirect_uri_not_https",
    ),
    RequestRule(
        "fapi2_message_signing", signing("5.3.1-1"), _not_signed,
        "the request must be a signed request object (RFC 9101).", "not_signed",
    ),
    RequestRule(
        "fapi2_message_signing", signing("5.4.1-1"), _not_jarm,
        "response_mode must be jwt (JARM).", "answer_not_signed",
    ),
)  # fmt: skip


def check_authorization(profile: Profile, sent: Sent) -> None:
    """Raise the OAuthRefusal of the first rule that the request breaks."""
    level = PROFILES.index(profile)
    for rule in AUTHORIZATION:
        if PROFILES.index(rule.profile) <= level and rule.breaks(sent):
            hint = f"{rule.section}: {rule.message}"
            raise rule.refusal(str(rule.section), hint=hint, reason=rule.reason)


def admit(client: Client, policy: OAuthPolicy) -> Client:
    """Return the client as its profile lets it be, once it proved itself.

    One that was registered before its tenant became stricter is refused, and is told why.
    Raises InvalidClient, UnauthorizedClient.
    """
    profile = profile_of(client.options, policy)
    if not is_strict(profile):
        return client
    found = weaknesses(client, profile)
    if found:
        first = found[0]
        refusal = InvalidClient if first.field == "auth_method" else UnauthorizedClient
        hint = f"{first.section}: {first.field.removeprefix('options.')}: {first.message}."
        raise refusal(str(first.section), hint=hint, reason="below_profile")
    return under(client, policy)


def check_registration(client: Described, policy: OAuthPolicy) -> None:
    """Raise Invalid with every field that is weaker than the profile, and its section."""
    profile = profile_of(client.options, policy)
    errors = [
        FieldError(found.field, "below_profile", str(found))
        for found in weaknesses(client, profile)
        if is_strict(profile)
    ]
    if errors:
        raise Invalid(*errors)


def check_proof(profile: Profile | None, alg: str) -> None:
    """Raise InvalidDpopProof where a DPoP proof is signed by a weak algorithm."""
    if is_strict(profile) and alg not in STRONG_ALGS:
        section = security("5.4.1-1")
        hint = f"{section}: a DPoP proof must be signed with one of {', '.join(STRONG_ALGS)}."
        raise InvalidDpopProof(str(section), hint=hint, reason="dpop_proof_weak")


def check_introspection(client: Client, *, signed: bool) -> None:
    """Raise InvalidRequest where the answer must be signed, and was not asked so (RFC 9701)."""
    if signed or not is_signing(client.options.profile):
        return
    section = signing("5.5.1-1")
    hint = f"{section}: Accept must be application/token-introspection+jwt."
    raise InvalidRequest(str(section), hint=hint, reason="answer_not_signed")
