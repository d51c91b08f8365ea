"""What a registration is refused with (RFC 7591 §3.2.2, RFC 6750 §3.1)."""

from limen.kernel.errors import NotFound
from limen.oauth.errors import AccessDenied, InvalidToken, OAuthRefusal


class InvalidRedirectUri(OAuthRefusal):
    code = "invalid_redirect_uri"
    hint = "A redirect URI is not valid here."


class InvalidClientMetadata(OAuthRefusal):
    code = "invalid_client_metadata"
    hint = "A field of the metadata is not valid here."


class InvalidSoftwareStatement(OAuthRefusal):
    code = "invalid_software_statement"
    hint = "The software statement is not valid."


class UnapprovedSoftwareStatement(OAuthRefusal):
    code = "unapproved_software_statement"
    hint = "The software statement comes from nobody who is trusted here."


class InvalidRegistrationToken(InvalidToken):
    """Unknown, expired, used up, withdrawn, or another application's: not told apart."""

    hint = "The token is missing, or not valid for this registration."


class RegistrationDisabled(AccessDenied):
    hint = "This application is switched off."


class RegistrationClosed(NotFound):
    code = "registration_closed"
    hint = "Applications cannot register themselves here."
