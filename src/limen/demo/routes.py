"""The addresses of the demo application: the default tenant's, and in dev only."""

from typing import Literal

from limen.kernel.routes import PUBLIC, Route


def _demo(method: Literal["GET", "POST"], path: str, operation: str, summary: str) -> Route:
    return Route(
        method=method,
        path=path,
        operation=operation,
        summary=summary,
        access=PUBLIC,
        answer="page",
        rate="write" if method == "POST" else "read",
        csrf="form" if method == "POST" else "none",
        cache="no-store",
        system=True,
        dev=True,
    )


ROUTES = (
    _demo("GET", "/demo", "demo.show", "Show the demo application."),
    _demo("GET", "/demo/sign-in", "demo.sign_in", "Begin to sign in to it."),
    _demo("GET", "/demo/callback", "demo.callback", "Come back to it with a code."),
    _demo("POST", "/demo/sign-out", "demo.sign_out", "Sign out of it and of the provider."),
)
