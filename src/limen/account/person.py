"""Who looks at the account pages: the guard let them in, so they are known."""

from dataclasses import dataclass
from typing import Any

from limen.identity.api import User, Users
from limen.kernel.errors import Unauthenticated
from limen.kernel.ids import SessionId, UserId
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages


def user_of(request: Request) -> UserId:
    """Return the id of the person signed in.  Raises Unauthenticated."""
    if request.caller is None or request.caller.user is None:
        raise Unauthenticated("no person")
    return UserId(request.caller.user)


def session_of(request: Request) -> SessionId | None:
    """Return the id of the session that the request came with."""
    if request.caller is None or request.caller.session is None:
        return None
    return SessionId(request.caller.session)


@dataclass(frozen=True, slots=True)
class Shell:
    """Renders an account page around a person's name and the navigation."""

    pages: Pages
    users: Users

    async def person(self, request: Request) -> User:
        return await self.users.get(request.store, user_of(request))

    def page(
        self, request: Request, section: str, user: User, *, status: int = 200, **values: Any
    ) -> Response:
        return self.pages.render(
            request,
            f"account/{section}.html",
            status=status,
            section=section,
            user=user,
            done=request.query.get("done", ""),
            **values,
        )

    def back(self, request: Request, section: str, done: str) -> Response:
        """Answer 303 to a section, which says what was done."""
        return redirect(f"{request.tenant.path}/account/{section}?done={done}")
