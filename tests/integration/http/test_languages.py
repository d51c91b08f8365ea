"""Errors and pages in the caller's language."""

import pytest
from tests.support.apps import Running


@pytest.mark.parametrize(
    ("wish", "language", "title"),
    [
        ("de-AT, en;q=0.5", "de", "Hier ist nichts."),
        ("fr, de;q=0.3", "de", "Hier ist nichts."),
        ("en, de", "en", "There is nothing here."),
        ("fr", "en", "There is nothing here."),
        ("", "en", "There is nothing here."),
        ("de" * 4000, "en", "There is nothing here."),
        ("../../etc", "en", "There is nothing here."),
    ],
)
async def test_a_problem_is_told_in_the_callers_language(
    limen: Running, wish: str, language: str, title: str
) -> None:
    """Texts follow Accept-Language, codes never do."""
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "users:read")
    answer = await limen.api("GET", "/api/v1/users/0", token, headers={"accept-language": wish})
    assert answer.status_code == 404
    assert answer.headers["content-language"] == language
    said = answer.json()
    assert (said["code"], said["title"]) == ("not_found", title)


async def test_the_errors_of_fields_are_told_in_it_too(limen: Running) -> None:
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "users:write")
    body = {"email": "no address"}
    for wish, message in (("de", "An diese E-Mail-Adresse"), ("en", "This is not an")):
        answer = await limen.api(
            "POST", "/api/v1/users", token, json=body, headers={"accept-language": wish}
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["message"].startswith(message)


async def test_pages_are_shown_in_it(limen: Running) -> None:
    page = await limen.http.get("/signin", headers={"accept-language": "de"})
    assert '<html lang="de"' in page.text
    assert "Passwort vergessen?" in page.text
    missing = await limen.http.get("/nothing", headers={"accept-language": "de"})
    assert "Prüfen Sie die Adresse" in missing.text
