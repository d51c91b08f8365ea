"""What the authorization server refuses, each with its permanent code.

`OAuthRefusal`s are answered in the protocol's own form (RFC 6749 §4.1.2.1 and §5.2, RFC 6750
§3.1, OpenID Connect Core §3.1.2.6): their `code` is the protocol's error.  `PageRefusal`s
are shown to the person, and never lead to a redirect (R003).
"""

from typing import ClassVar

from limen.kernel.errors import Refusal


class OAuthRefusal(Refusal):
    """An error of the protocol; `reason` says more than `code`, to the log of facts only.

    A hint goes out as `error_description`, so it is ASCII without quotes and backslashes
    (RFC 6749 §5.2), and never repeats what the caller sent.
    """

    code: ClassVar[str] = "oauth_refused"
    is_usual: ClassVar[bool] = False
    """True for what belongs to the course of the protocol: nobody writes it down."""

    def __init__(
        self, detail: str = "", *, hint: str | None = None, reason: str | None = None
    ) -> None:
        super().__init__(detail, hint=hint)
        self.reason = reason or self.code

    def as_oauth(self) -> dict[str, str]:
        """Return the body of RFC 6749 §5.2."""
        return {"error": self.code, "error_description": self.shown}


class InvalidRequest(OAuthRefusal):
    code = "invalid_request"
    hint = "A parameter is missing, repeated or malformed."


class InvalidClient(OAuthRefusal):
    """Unknown client or wrong credentials: the two are not told apart."""

    code = "invalid_client"
    status = 401
    hint = "Client authentication failed."


class CannotEncrypt(InvalidRequest):
    """An encrypted answer was registered, and no key to encrypt it to can be had."""

    hint = "The answer cannot be encrypted: this application published no key that fits."


class InvalidGrant(OAuthRefusal):
    code = "invalid_grant"
    hint = "This code or token is not valid, has expired, or belongs to another client."


class UnauthorizedClient(OAuthRefusal):
    code = "unauthorized_client"
    hint = "This client may not use this way of asking for tokens."


class UnsupportedGrantType(OAuthRefusal):
    code = "unsupported_grant_type"
    hint = "This grant type is not supported."


class UnsupportedResponseType(OAuthRefusal):
    code = "unsupported_response_type"
    hint = "response_type must be code, or code id_token."


class InvalidScope(OAuthRefusal):
    code = "invalid_scope"
    hint = "A scope is unknown, malformed, or not allowed to this client."


class InvalidTarget(OAuthRefusal):
    """RFC 8707 §2."""

    code = "invalid_target"
    hint = "This resource is unknown, or not allowed to this client."


class AccessDenied(OAuthRefusal):
    code = "access_denied"
    status = 403
    hint = "The request was denied."


class Declined(AccessDenied):
    """What the token endpoint says of a person's no (RFC 8628 §3.5, CIBA §11)."""

    status = 400
    hint = "The person did not allow this."


class AuthorizationPending(OAuthRefusal):
    """RFC 8628 §3.5, CIBA §11."""

    code = "authorization_pending"
    hint = "The person has not decided yet. Ask again after the interval."
    is_usual = True


class SlowDown(OAuthRefusal):
    """Asked again too soon: the interval is five seconds longer from now on (RFC 8628 §3.5)."""

    code = "slow_down"
    hint = "Too fast. Wait five seconds more between requests from now on."
    is_usual = True


class ExpiredToken(OAuthRefusal):
    """RFC 8628 §3.5, CIBA §11."""

    code = "expired_token"
    hint = "The person did not decide in time. Start again."


class LoginRequired(OAuthRefusal):
    code = "login_required"
    hint = "The person must sign in, and prompt=none forbids to ask."


class ConsentRequired(OAuthRefusal):
    code = "consent_required"
    hint = "The person must consent, and prompt=none forbids to ask."


class AccountSelectionRequired(OAuthRefusal):
    code = "account_selection_required"
    hint = "The person must choose an account, and prompt=none forbids to ask."


class InvalidRequestUri(OAuthRefusal):
    """RFC 9101 §7; for a pushed request too: unknown, expired, used and foreign look alike."""

    code = "invalid_request_uri"
    hint = "This request_uri is unknown, expired, used before, or not this client's."


class InvalidRequestObject(OAuthRefusal):
    """RFC 9101 §7."""

    code = "invalid_request_object"
    hint = "The request object is not valid."


class InvalidAuthorizationDetails(OAuthRefusal):
    """RFC 9396 §5."""

    code = "invalid_authorization_details"
    hint = "authorization_details is malformed, of an unknown type, or not allowed."


class RegistrationNotSupported(OAuthRefusal):
    code = "registration_not_supported"
    hint = "The registration parameter is not supported."


class UnmetAuthenticationRequirements(OAuthRefusal):
    """An essential acr that nobody can reach here (OpenID Connect Core §5.5.1.1)."""

    code = "unmet_authentication_requirements"
    hint = "The required way of authentication is not available."


class UnsupportedTokenType(OAuthRefusal):
    code = "unsupported_token_type"
    hint = "Tokens of this type cannot be revoked."


class InvalidToken(OAuthRefusal):
    """RFC 6750 §3.1."""

    code = "invalid_token"
    status = 401
    hint = "The access token is missing, malformed, expired or revoked."


class InsufficientScope(OAuthRefusal):
    code = "insufficient_scope"
    status = 403
    hint = "The access token does not hold the scope that this needs."

    def __init__(self, scope: str) -> None:
        super().__init__(f"needs {scope}")
        self.scope = scope


class PageRefusal(Refusal):
    """An authorization or logout request that must not lead anywhere else (R003, R004)."""

    code: ClassVar[str] = "authorization_refused"
    hint = "This request cannot be answered."


class RequestUnreadable(PageRefusal):
    code = "authorization_unreadable"
    hint = "The application sent a request that cannot be read. Go back and try again."


class ClientUnknown(PageRefusal):
    code = "authorization_client_unknown"
    hint = "This application is not known here. Ask its owner."


class ClientIsDisabled(PageRefusal):
    code = "authorization_client_disabled"
    hint = "This application is switched off. Ask its owner."


class RedirectUriMismatch(PageRefusal):
    """Carries what came and what is registered, for administrators and dev mode."""

    code = "redirect_uri_mismatch"
    hint = "This application is not set up correctly. Ask its owner."

    def __init__(self, received: str | None, registered: tuple[str, ...], client: str) -> None:
        super().__init__("redirect_uri is none of those registered")
        self.received = received
        self.registered = registered
        self.client = client


class UnknownClientRefused(PageRefusal):
    """An error of a client that anybody may be: nobody is sent on to it unasked (R004).

    RFC 9700 §4.11.2.  Whoever allowed the client something before is sent on as always.
    """

    code = "authorization_unknown_client"
    hint = "This application asked for something that it cannot get. Go back to it yourself."


class InteractionEnded(PageRefusal):
    code = "authorization_ended"
    hint = "This sign-in was finished or has expired. Go back to the application and start again."


class LogoutRefused(PageRefusal):
    code = "logout_refused"
    hint = "The application sent a sign-out request that is not valid. You are still signed in."
