"""What applications are told, and where their frames may come from."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from limen.oauth.logouts.model import EVENT, frame_address, frame_sources, logout_claims
from limen.oauth.logouts.settings import LogoutSettings

SID = UUID("0198c1f0-0000-7000-8000-000000000001")


def test_a_logout_token_says_what_the_standard_asks_and_nothing_else() -> None:
    """R049: no nonce, so that it can never be taken for an ID token; two minutes."""
    claims = logout_claims(
        issuer="https://id.example", client_id="c", subject="s", session=SID, token=SID, now=1000
    )
    assert claims == {
        "iss": "https://id.example", "aud": "c", "sub": "s", "sid": str(SID), "iat": 1000,
        "exp": 1120, "jti": str(SID), "events": {EVENT: {}},
    }  # fmt: skip


@pytest.mark.parametrize("uri", ["https://a.example/out", "https://a.example/out?x=1&y=%26"])
def test_a_frame_keeps_its_own_query(uri: str) -> None:
    address = frame_address(uri, issuer="https://id.example/t/a?&=#", session=SID)
    found = parse_qs(urlsplit(address).query)
    assert found["iss"] == ["https://id.example/t/a?&=#"] and found["sid"] == [str(SID)]
    assert address.startswith(uri)


@pytest.mark.parametrize(
    ("uris", "sources"),
    [
        ([], "'none'"),
        (["https://a.example/out?x=1"], "https://a.example/out"),
        (["https://a.example", "https://a.example/"], "https://a.example/"),
        (["https://a.example:8443/a;b,c"], "https://a.example:8443/a%3Bb%2Cc"),
        (["https://[::1]:1/a", "http://127.0.0.1:2/b"], "https://[::1]:1/a http://127.0.0.1:2/b"),
    ],
)
def test_the_policy_names_exactly_the_frames(uris: list[str], sources: str) -> None:
    """R009."""
    assert frame_sources(uris) == sources


@pytest.mark.parametrize("wait", [0.5, 61])
def test_a_wait_that_makes_no_sense_is_refused(wait: float) -> None:
    from datetime import timedelta

    with pytest.raises(ValueError, match="front_channel_wait"):
        LogoutSettings(front_channel_wait=timedelta(seconds=wait))
