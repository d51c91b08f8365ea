"""What an application or an API may be registered with beyond the basics.

Names are those of the registry of RFC 7591 where it has one; times are in seconds.  One
structure each, kept whole: a feature reads its own fields, and nobody joins a table for them.
"""

from typing import Any, Literal

import msgspec

SubjectType = Literal["public", "pairwise"]
Profile = Literal["oauth21", "fapi2", "fapi2_message_signing"]
FederationRegistration = Literal["automatic", "explicit"]
DeliveryMode = Literal["poll", "ping", "push"]
TokenFormat = Literal["jwt", "opaque"]
EnrichSource = Literal["user.id", "user.email", "user.username", "user.name"]


class ClaimRule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One claim of a token: `claim` gets what `source` names, in the tokens of `into`.

    `source` is a dotted path such as `user.profile.nickname`, or `literal` gives a fixed value.
    """

    claim: str
    source: str | None = None
    literal: str | int | bool | None = None
    into: tuple[Literal["id_token", "userinfo", "access_token"], ...] = ("id_token", "userinfo")
    scope: str | None = None


class CrossApp(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Another authorization server that takes identity assertions about our people (ID-JAG).

    `audience` is its issuer, `client_id` what it calls this application; scopes and resources
    are its own.
    """

    audience: str
    client_id: str
    scopes: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class ClientOptions(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Registered metadata of an application, all optional."""

    # How it proves itself: RFC 7591 §2, RFC 7523, RFC 8705 §2.1.2.
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_ip: str | None = None
    tls_client_auth_san_email: str | None = None
    # Bound tokens: RFC 8705 §3.4, RFC 9449 §5.2.
    tls_client_certificate_bound_access_tokens: bool = False
    dpop_bound_access_tokens: bool = False
    # Requests: RFC 9126 §6, RFC 9101 §10.5, OpenID Connect Registration §2, RFC 9396 §10.
    response_types: tuple[str, ...] = ("code",)
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: str | None = None
    request_object_encryption_alg: str | None = None
    request_object_encryption_enc: str | None = None
    request_uris: tuple[str, ...] = ()
    authorization_details_types: tuple[str, ...] = ()
    default_max_age: int | None = None
    default_acr_values: tuple[str, ...] = ()
    initiate_login_uri: str | None = None
    # Answers: JARM §3, OpenID Connect Registration §2, RFC 9701 §6.
    authorization_signed_response_alg: str | None = None
    authorization_encrypted_response_alg: str | None = None
    authorization_encrypted_response_enc: str | None = None
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    introspection_signed_response_alg: str | None = None
    introspection_encrypted_response_alg: str | None = None
    introspection_encrypted_response_enc: str | None = None
    # Whom it sees: OpenID Connect Core §8.
    subject_type: SubjectType = "public"
    sector_identifier_uri: str | None = None
    claim_rules: tuple[ClaimRule, ...] = ()
    id_token_lifetime: int | None = None
    # Logout: Back-Channel §2.2, Front-Channel §2.
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    # Session Management 1.0: get session_state, and be allowed to ask check_session_iframe.
    session_management: bool = False
    # CIBA §4.
    backchannel_token_delivery_mode: DeliveryMode | None = None
    backchannel_client_notification_endpoint: str | None = None
    backchannel_authentication_request_signing_alg: str | None = None
    backchannel_user_code_parameter: bool = False
    # Token exchange: the audiences that it may ask for, and whether it may act as the person.
    token_exchange_audiences: tuple[str, ...] = ()
    token_exchange_impersonation: bool = False
    # Cross-application access: where it may take its people (ID-JAG).
    cross_app_access: tuple[CrossApp, ...] = ()
    # Who it is: RFC 7591 §2.
    contacts: tuple[str, ...] = ()
    software_id: str | None = None
    software_version: str | None = None
    # What is refused: FAPI 2.0; None follows the tenant's policy.
    profile: Profile | None = None

    @property
    def keys_needed(self) -> tuple[str, ...]:
        """The algorithms that we need keys of our own for, to answer this client."""
        chosen = (
            self.request_object_encryption_alg,
            self.authorization_signed_response_alg,
            self.userinfo_signed_response_alg,
            self.introspection_signed_response_alg,
        )
        return tuple(alg for alg in chosen if alg is not None)


class DetailType(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A type of authorization_details that an API understands (RFC 9396 §2).

    `title` is shown at consent; its `{field}`s are filled from the detail.  `schema` is JSON
    Schema for its fields.  `asks_always` is for what must not happen twice because it was
    allowed once, a payment say: the person is asked each time.  `enrich` names fields that are
    added when it is granted (RFC 9396 §7.1), each with its source: `user.id`, `user.email`,
    `user.username` or `user.name`.
    """

    type: str
    title: str
    schema: dict[str, Any] = {}
    asks_always: bool = False
    enrich: dict[str, EnrichSource] = {}


class ApiOptions(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Metadata of an API (resource server), all optional."""

    token_format: TokenFormat = "jwt"  # noqa: S105 - the name of a form, no secret
    status_list: bool = False  # each token has its bit in a list that anybody may read
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    authorization_details_types: tuple[DetailType, ...] = ()
    claim_rules: tuple[ClaimRule, ...] = ()
    published: bool = True  # its metadata can be read by anybody (RFC 9728)
    documentation_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None


class StatementIssuer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Whoever vouches for software (RFC 7591 §2.3): its `iss`, and its keys by value or address."""

    issuer: str
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None


class TrustAnchor(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Whom we trust to vouch for others (OpenID Federation §1.2), with its keys as we know them."""

    entity_id: str
    jwks: dict[str, Any]


class RequiredMark(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A trust mark that applications must show; without issuers, the trust anchor's word counts."""

    trust_mark_type: str
    issuers: tuple[str, ...] = ()


class OAuthPolicy(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What a tenant asks of all its applications.

    `registration` is who may register one by RFC 7591: nobody, whoever holds an initial access
    token, or anybody.  The fields `registration_…` bound what they get; `registration_scopes`
    is what they may ask for beyond knowing a person.  An empty list of hosts means any.
    """

    profile: Profile = "oauth21"
    require_pushed_authorization_requests: bool = False
    registration: Literal["closed", "token", "open"] = "token"
    registration_scopes: tuple[str, ...] = ()
    registration_grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    registration_redirect_hosts: tuple[str, ...] = ()
    registration_max_clients: int = 1000
    registration_unused_lifetime: int = 30 * 24 * 3600
    software_statement_issuers: tuple[StatementIssuer, ...] = ()
    software_statement_required: bool = False
    client_id_metadata_documents: bool = False
    client_id_metadata_hosts: tuple[str, ...] = ()
    federation: bool = False
    federation_registration: tuple[FederationRegistration, ...] = ("automatic",)
    federation_trust_anchors: tuple[TrustAnchor, ...] = ()
    federation_authority_hints: tuple[str, ...] = ()
    federation_trust_marks: tuple[RequiredMark, ...] = ()
    federation_organization: str | None = None
