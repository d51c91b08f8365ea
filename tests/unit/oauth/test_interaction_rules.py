"""What a person must still do: decided by stored facts only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from limen.kernel.ids import SessionId, UserId, new_id
from limen.oauth.api import Client
from limen.oauth.errors import UnmetAuthenticationRequirements
from limen.oauth.model.claims import ClaimsRequest
from limen.oauth.model.interaction import Allowed, Pending, next_need, session_for
from limen.oauth.model.request import AuthorizationRequest
from limen.sessions.api import Browser, Session

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
USER = UserId(new_id())
CLIENT = Client(
    id=new_id(), name="Shop", type="web", enabled=True, redirect_uris=("https://a.test/cb",),
    post_logout_redirect_uris=(), origins=(), grant_types=("authorization_code",),
    scopes=("openid",), audiences=(), auth_method="client_secret_basic", skip_consent=False,
    id_token_alg="ES256", access_token_alg="ES256", access_token_lifetime=None,
    refresh_token_lifetime=None, client_uri=None, logo_uri=None, policy_uri=None, tos_uri=None,
    created_at=NOW, updated_at=NOW, version=1,
)  # fmt: skip
REQUEST = AuthorizationRequest(
    client=CLIENT.id, redirect_uri="https://a.test/cb", challenge="c" * 43, scope=("openid",)
)


def a_session(ago: float = 60, **changes: Any) -> Session:
    at = NOW - timedelta(seconds=ago)
    session = Session(
        id=SessionId(new_id()), user=USER, started_at=at, authenticated_at=at, last_active_at=at,
        idle_expires_at=at, expires_at=at, amr=("pwd",), acr="aal1", ip=None, user_agent=None,
        remembered=False,
    )  # fmt: skip
    return replace(session, **changes)


ALLOWED = Allowed(new_id(), frozenset({"openid", "email"}), frozenset())


def need(request: AuthorizationRequest = REQUEST, **changes: Any) -> str:
    values: dict[str, Any] = {
        "client": CLIENT, "session": a_session(), "allowed": ALLOWED, "pending": None, "now": NOW,
    }  # fmt: skip
    return next_need(request, **(values | changes))


def asking(**changes: Any) -> AuthorizationRequest:
    return msgspec.structs.replace(REQUEST, **changes)


def pending(ago: float = 30, **changes: Any) -> Pending:
    return replace(Pending(new_id(), NOW - timedelta(seconds=ago)), **changes)


def test_the_order_of_needs() -> None:
    """A049: signing in, then choosing, then consent."""
    everything = asking(prompt=("login", "select_account", "consent"))
    assert need(everything, session=None) == "sign_in"
    assert need(everything) == "sign_in"
    fresh = a_session(ago=10)
    assert need(everything, session=fresh, pending=pending()) == "consent"
    done = pending(approved_by=USER)
    assert need(everything, session=fresh, pending=done) == "nothing"


def test_only_a_session_newer_than_the_request_is_fresh() -> None:
    """R014: the session of before the request never is, whatever was written down."""
    again = asking(prompt=("login",))
    stale = pending(chosen=SessionId(UUID(int=1)), approved_by=USER)
    assert need(again, pending=stale) == "sign_in"
    assert need(again, pending=stale, session=a_session(ago=29)) == "nothing"


@pytest.mark.parametrize(
    ("max_age", "expected"), [(59, "sign_in"), (60, "nothing"), (0, "sign_in")]
)
def test_max_age_in_seconds(max_age: int, expected: str) -> None:
    """R014."""
    assert need(asking(max_age=max_age)) == expected
    assert need(asking(max_age=max_age), pending=pending(), session=a_session(ago=20)) == "nothing"


def test_a_choice_counts_for_that_session_only() -> None:
    """A013."""
    choose = asking(prompt=("select_account",))
    session = a_session()
    assert need(choose, session=session, pending=pending()) == "select_account"
    assert need(choose, session=session, pending=pending(chosen=session.id)) == "nothing"
    other = pending(chosen=SessionId(new_id()))
    assert need(choose, session=session, pending=other) == "select_account"


def test_consent_of_another_person_does_not_count() -> None:
    """R012: approved by whoever is signed in now."""
    ask = asking(prompt=("consent",))
    assert need(ask, pending=pending(approved_by=new_id())) == "consent"
    assert need(ask, pending=pending(approved_by=USER)) == "nothing"


def test_a_grant_covers_scopes_claims_and_resources() -> None:
    """R012."""
    assert need(asking(scope=("openid", "email"))) == "nothing"
    assert need(asking(scope=("openid", "phone"))) == "consent"
    assert need(asking(resources=("https://api.test",))) == "consent"
    assert need(asking(claims=ClaimsRequest(userinfo=("phone_number",)))) == "consent"
    assert need(asking(claims=ClaimsRequest(id_token=("email",)))) == "nothing"
    assert need(allowed=None) == "consent"
    assert need(allowed=None, client=replace(CLIENT, skip_consent=True)) == "nothing"


def test_an_app_anybody_can_pose_as_is_always_asked() -> None:
    """R013: even where consent is skipped, even where it was given."""
    native = replace(CLIENT, type="native", auth_method="none", skip_consent=True)
    for uri, expected in (("com.example.app:/cb", "consent"), ("https://a.test/cb", "nothing")):
        assert need(asking(redirect_uri=uri), client=native) == expected


def test_an_essential_acr_is_reached_or_refused() -> None:
    """R044: one more sign-in, and then the truth."""
    strong = asking(claims=ClaimsRequest(acr=("aal2",)))
    assert need(strong) == "sign_in"
    assert need(strong, session=a_session(acr="aal2")) == "nothing"
    with pytest.raises(UnmetAuthenticationRequirements):
        need(strong, pending=pending(), session=a_session(ago=1))


def test_a_named_subject_is_found_in_the_browser_or_not_at_all() -> None:
    """Core §3.1.2.1: never another person's session."""
    first, second = a_session(), a_session(user=UserId(new_id()))
    browser = Browser("secret", (first, second))
    assert session_for(REQUEST, browser) is first
    assert session_for(asking(subject=str(second.user)), browser) is second
    assert session_for(asking(subject="nobody"), browser) is None
    assert session_for(REQUEST, None) is None
