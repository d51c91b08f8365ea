"""Limits that hold for rightful requests too."""

from pathlib import Path

from tests.support.apps import Running, compose_test_app, http_client

from limen.platform.http.guard import Rates
from limen.platform.limits import Limit


async def test_an_application_that_asks_too_much_waits_and_others_do_not(
    limen: Running, tmp_path: Path
) -> None:
    """R139, A075: 429 in OAuth's form with Retry-After; the count is the client's alone."""
    setting = {"LIMEN_OAUTH__TOKEN_REQUESTS_PER_MINUTE": "3"}
    clock = limen.app.base.platform.clock
    app = compose_test_app(limen.app.database, clock, tmp_path, setting)
    greedy, greedy_secret = await limen.client(name="Greedy", type="m2m")
    modest, modest_secret = await limen.client(name="Modest", type="m2m")
    form = {"grant_type": "client_credentials"}
    async with http_client(app) as http:
        got = [
            await http.post(
                "/oauth2/token", data=form, auth=(greedy.client_id, greedy_secret or "")
            )
            for _ in range(4)
        ]
        assert [answer.status_code for answer in got] == [200, 200, 200, 429]
        assert int(got[3].headers["retry-after"]) >= 1
        assert got[3].json()["error"] == "temporarily_unavailable"
        other = await http.post(
            "/oauth2/token", data=form, auth=(modest.client_id, modest_secret or "")
        )
        assert other.status_code == 200


async def test_the_api_says_how_much_is_left(limen: Running) -> None:
    """Contract: RateLimit headers, and Retry-After on 429."""
    limen.app.door.guard = type(limen.app.door.guard)(
        **{
            name: getattr(limen.app.door.guard, name)
            for name in ("bearer", "session", "authorizer", "limiter", "clock")
        },
        rates=Rates(read=Limit(2, 60)),
    )
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "users:read")
    got = [await limen.api("GET", "/api/v1/users", token) for _ in range(3)]
    assert [answer.status_code for answer in got] == [200, 200, 429]
    assert got[0].headers["ratelimit"].startswith('"read";r=1')
    assert got[2].json()["code"] == "too_many_requests"
    assert int(got[2].headers["retry-after"]) >= 1
