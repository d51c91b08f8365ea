"""The addresses of the hosted pages."""

from typing import Literal

from limen.kernel.routes import PUBLIC, Answer, Rate, Route
from limen.platform.templating.assets import STATIC_ROUTE


def _page(
    method: Literal["GET", "POST"],
    path: str,
    operation: str,
    summary: str,
    *,
    rate: Rate = "read",
    dev: bool = False,
    answer: Answer = "page",
) -> Route:
    return Route(
        method=method,
        path=path,
        operation=operation,
        summary=summary,
        access=PUBLIC,
        answer=answer,
        rate=rate,
        csrf="form" if method == "POST" else "none",
        cache="no-store",
        dev=dev,
    )


ROUTES = (
    _page("GET", "/", "home.show", "Show where to go."),
    _page("GET", "/signin", "sign_in.show", "Show the sign-in form."),
    _page("POST", "/signin", "sign_in.submit", "Sign in with a password.", rate="credential"),
    _page("GET", "/signin/select", "account.select", "Show this browser's accounts."),
    _page("POST", "/signin/select", "account.choose", "Go on with one account.", rate="write"),
    _page(
        "POST", "/signin/select/sign-out", "account.sign_out", "Sign one account out.",
        rate="write",
    ),
    _page("GET", "/signup", "sign_up.show", "Show the sign-up form."),
    _page("POST", "/signup", "sign_up.submit", "Create an account.", rate="credential"),
    _page("GET", "/verify", "verification.show", "Confirm an address by its link."),
    _page(
        "POST", "/verify", "verification.submit", "Confirm an address with the password.",
        rate="credential",
    ),
    _page(
        "POST", "/verify/resend", "verification.resend", "Send the link again.",
        rate="credential",
    ),
    _page("GET", "/verify/change", "email_change.show", "Show a change of address."),
    _page(
        "POST", "/verify/change", "email_change.confirm", "Confirm one side of it.",
        rate="credential",
    ),
    _page("GET", "/recover", "recovery.show", "Show how to get a new password."),
    _page("POST", "/recover", "recovery.submit", "Mail a reset link.", rate="credential"),
    _page("GET", "/recover/reset", "recovery.show_reset", "Show the form for a new password."),
    _page(
        "POST", "/recover/reset", "recovery.reset", "Set the new password.", rate="credential"
    ),
    _page("GET", "/consent", "consent.show", "Show what an application asks for."),
    _page("POST", "/consent", "consent.submit", "Allow it, or not.", rate="write"),
    _page("GET", "/signout", "sign_out.show", "Ask whether to sign out."),
    _page("POST", "/signout", "sign_out.submit", "Sign out.", rate="write"),
    _page("GET", "/signout/done", "sign_out.done", "Show which applications know of it."),
    _page("GET", "/setup", "setup.show", "Show the form for the first administrator."),
    _page("POST", "/setup", "setup.submit", "Create the administrator.", rate="credential"),
    _page("POST", "/preferences", "preferences.set", "Choose theme and language.", rate="write"),
    _page(
        "GET", "/.well-known/change-password", "well_known.change_password",
        "Lead to the page where a password is changed.",
    ),
    _page(
        "GET", "/.well-known/security.txt", "well_known.security_txt",
        "Tell where to report a weakness (RFC 9116).", answer="protocol",
    ),
    _page("GET", "/dev/mail", "dev_mail.list", "Show the mail inbox.", dev=True),
    _page("GET", "/dev/mail/{id}", "dev_mail.show", "Show one message.", dev=True),
    _page(
        "GET", "/dev/mail.json", "dev_mail.json", "List the mail inbox for programs.",
        dev=True, answer="protocol",
    ),
    _page("GET", "/dev/components", "dev_components.show", "Show every component.", dev=True),
    STATIC_ROUTE,
)  # fmt: skip
