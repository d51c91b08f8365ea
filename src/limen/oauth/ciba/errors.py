"""What backchannel authentication refuses (CIBA Core §13), and its pages."""

from limen.kernel.errors import Refusal
from limen.oauth.errors import OAuthRefusal


class UnknownUserId(OAuthRefusal):
    """Nobody, or nobody who may be asked: the two are not told apart."""

    code = "unknown_user_id"
    hint = "The person whom the hint names cannot be asked."


class ExpiredLoginHintToken(OAuthRefusal):
    code = "expired_login_hint_token"
    hint = "The login_hint_token has expired."


class MissingUserCode(OAuthRefusal):
    code = "missing_user_code"
    hint = "This person is only asked with their user_code."


class InvalidUserCode(OAuthRefusal):
    code = "invalid_user_code"
    hint = "The user_code is not this person's."


class InvalidBindingMessage(OAuthRefusal):
    code = "invalid_binding_message"
    hint = "The binding_message must be 1 to 100 printable characters on one line, no address."


class RequestLinkUnusable(Refusal):
    """The mailed link is of no request that waits."""

    code = "request_link_unusable"
    status = 410
    hint = "This request was answered or has expired."
    todo = "If you still expect it, start again in the application."


class RequestOver(Refusal):
    """Unknown, decided, expired, or another person's: the four are not told apart."""

    code = "backchannel_request_over"
    status = 410
    hint = "This request was answered or has expired."
    todo = "If you still expect it, start again in the application."
