"""The addresses of a person's own pages: each needs a session, some a fresh sign-in (R106)."""

from datetime import timedelta
from typing import Final, Literal

from limen.kernel.routes import PUBLIC, SESSION, Access, Rate, Route

FRESH: Final = timedelta(minutes=15)


def _own(
    method: Literal["GET", "POST"],
    path: str,
    operation: str,
    summary: str,
    *,
    fresh: bool = False,
    rate: Rate | None = None,
    access: Access = SESSION,
) -> Route:
    return Route(
        method=method,
        path=path,
        operation=operation,
        summary=summary,
        access=access,
        answer="page",
        rate=rate or ("write" if method == "POST" else "read"),
        csrf="form" if method == "POST" else "none",
        cache="no-store",
        freshness=FRESH if fresh else None,
    )


ROUTES = (
    _own("GET", "/account", "my_account.show", "Show how the account stands."),
    _own("GET", "/account/profile", "my_profile.show", "Show the profile."),
    _own("POST", "/account/profile", "my_profile.save", "Change the profile."),
    _own("GET", "/account/emails", "my_emails.show", "Show the addresses.", fresh=True),
    _own("POST", "/account/emails/add", "my_emails.add", "Add an address.", fresh=True),
    _own(
        "POST", "/account/emails/resend", "my_emails.resend", "Send a link again.", fresh=True,
        rate="credential",
    ),
    _own(
        "GET", "/account/emails/link", "my_emails.link", "Open a mailed link.", access=PUBLIC
    ),
    _own(
        "GET", "/account/emails/confirm", "my_emails.show_confirm",
        "Show which address would be added.", fresh=True,
    ),
    _own(
        "POST", "/account/emails/confirm", "my_emails.confirm", "Add the address.", fresh=True
    ),
    _own(
        "POST", "/account/emails/primary", "my_emails.make_primary",
        "Make an address the primary one.", fresh=True,
    ),
    _own("POST", "/account/emails/remove", "my_emails.remove", "Remove one.", fresh=True),
    _own(
        "POST", "/account/emails/change", "my_emails.change",
        "Replace the primary address, confirmed on both sides.", fresh=True, rate="credential",
    ),
    _own("GET", "/account/security", "my_security.show", "Show the password form."),
    _own(
        "POST", "/account/security", "my_security.change_password", "Change the password.",
        rate="credential",
    ),
    _own("GET", "/account/sessions", "my_sessions.show", "Show where one is signed in."),
    _own("POST", "/account/sessions/end", "my_sessions.end", "End one session."),
    _own(
        "POST", "/account/sessions/end-others", "my_sessions.end_others",
        "End all sessions but this one.",
    ),
    _own("GET", "/account/applications", "my_applications.show", "Show connected applications."),
    _own(
        "POST", "/account/applications/revoke", "my_applications.revoke",
        "Withdraw what an application was allowed.",
    ),
)  # fmt: skip
