"""What authentication refuses.  The codes are permanent."""

from limen.kernel.errors import Conflict, Forbidden, Refusal, Unauthenticated, Unavailable


class WrongCredentials(Unauthenticated):
    """The same for every reason: no such person, wrong password, suspended … (R078, A063)."""

    code = "wrong_credentials"
    hint = "The name or the password is not right."


class PasswordMustChange(Forbidden):
    """Right, but known to others: only a reset by mail lets its owner in (R075)."""

    code = "password_must_change"
    hint = "This password must be replaced. Ask for a link to set a new one."


class LinkUnusable(Refusal):
    """Unknown, used, expired or withdrawn: which of them is nobody's business."""

    code = "link_unusable"
    status = 410
    hint = "This link does not work (any more). Ask for a new one."


class ProofNeeded(Forbidden):
    """The link was opened in another browser than the one that signed up."""

    code = "proof_needed"
    hint = "Enter the password that was chosen at sign-up to confirm this address."


class SignUpClosed(Forbidden):
    code = "sign_up_closed"
    hint = "New accounts are made by an administrator here."


class MailUnavailable(Unavailable):
    code = "mail_unavailable"
    hint = "This needs e-mail, and no mail server is configured here."


class HashingOverloaded(Unavailable):
    """More passwords wait for a hashing thread than we let wait."""

    code = "overloaded"
    hint = "Too many people sign in at this moment. Try again in a few seconds."


class NoPassword(Conflict):
    """The account has no password that could be changed; a reset sets one."""

    code = "no_password"
    hint = "This account has no password. Ask for a link to set one."


class PasswordPresent(Conflict):
    """A hash is imported for an account that has no password yet."""

    code = "password_present"
    hint = "This account has a password already."
