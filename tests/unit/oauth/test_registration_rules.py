"""The rules of dynamic registration: names, terms, metadata in and out."""

import pytest

from limen.oauth.errors import OAuthRefusal
from limen.oauth.options import OAuthPolicy
from limen.oauth.registration.documents import is_document_url, read_document
from limen.oauth.registration.model.metadata import new_client, parse
from limen.oauth.registration.model.names import deceives
from limen.oauth.registration.model.terms import TokenTerms, is_among, terms_of

URI = "https://app.example/cb"
URL = "https://app.example/client.json"


@pytest.mark.parametrize(
    "name",
    ["Lіmen", "Раypal", "Ѕhop", "Αpple", "Shοp", "𝐒hop", "Ｓhop", "ﬁle", "Gооgle Drive", "Ⅳ"],
)
def test_names_that_deceive(name: str) -> None:
    """A067, R012: letters that look like others, in one word."""
    assert deceives(name)


@pytest.mark.parametrize(
    "name",
    ["Limen", "Яндекс Почта", "Ελληνικά", "Straße Ünïcode", "日本語アプリ", "Shop Магазин", "Café 2",
     "שלום", "Notes (beta)"],
)  # fmt: skip
def test_names_of_every_language(name: str) -> None:
    assert not deceives(name)


def test_hosts() -> None:
    """R057: exact, or below what a star stands before."""
    assert is_among(("app.example",), "app.example")
    assert is_among(("*.app.example",), "x.app.example")
    for host in ("app.example", "xapp.example", "app.example.evil", "x.app.example.evil", ""):
        assert not is_among(("*.app.example",), host), host
    assert not is_among(("app.example",), "x.app.example")


def test_terms_never_give_permissions_of_this_server() -> None:
    """R056, A023: whatever was stored."""
    policy = OAuthPolicy(registration_scopes=("users:write", "orders:read"))
    token = TokenTerms(scopes=("tenants:write", "account:write", "notes:read"))
    for terms in (terms_of(policy), terms_of(policy, token)):
        for scope in ("users:write", "tenants:write", "account:write", "account:read"):
            assert not terms.permits_scope(scope)
        assert terms.permits_scope("openid")
    assert terms_of(policy).permits_scope("orders:read")
    assert not terms_of(policy, token).permits_scope("orders:read")


@pytest.mark.parametrize(
    ("metadata", "kind", "method"),
    [
        ({}, "web", "client_secret_basic"),
        ({"token_endpoint_auth_method": "none"}, "spa", "none"),
        ({"token_endpoint_auth_method": "none", "application_type": "native"}, "native", "none"),
        ({"application_type": "native"}, "native", "none"),
        ({"application_type": "native", "token_endpoint_auth_method": "client_secret_post"},
         "web", "client_secret_post"),
        ({"redirect_uris": ["http://127.0.0.1/"]}, "native", "none"),
        ({"redirect_uris": [URI, "com.example.app:/cb"]}, "native", "none"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "web", "private_key_jwt"),
    ],
)  # fmt: skip
def test_what_a_registration_becomes(metadata: dict[str, object], kind: str, method: str) -> None:
    """R013, R051, R059: the type follows from the redirect URIs and the method."""
    asked = parse({"redirect_uris": [URI], **metadata})
    new = new_client(asked, terms_of(OAuthPolicy()), offered=(), registered="open")
    assert (new.type, new.auth_method) == (kind, method)
    assert not new.skip_consent


def test_urls_of_documents() -> None:
    """A117, A119"""
    policy = OAuthPolicy(client_id_metadata_hosts=("app.example", "*.vendor.example"))
    assert is_document_url(URL, policy)
    assert is_document_url("https://x.vendor.example/a", policy)
    for url in (
        "https://evil.example/a", "https://app.example", "https://app.example/", "http://app.example/a",
        "https://app.example/a?b", "https://app.example/a#b", "https://app.example@evil.example/a",
        "https://app.example.evil.example/a", "https://APP.example/a", "https://app.example/./a",
        "https://app.example/%2E%2E/a", "https://app.example\\@evil.example/a",
    ):  # fmt: skip
        assert not is_document_url(url, policy), url


def test_a_document_speaks_for_its_own_url_alone() -> None:
    """R055"""
    fine = {"client_id": URL, "redirect_uris": [URI]}
    new = read_document(URL, fine, OAuthPolicy(), offered=())
    assert (new.metadata_url, new.registered, new.auth_method) == (URL, "document", "none")
    for wrong in ({"client_id": URL + "x"}, {"client_id": URL.upper()}, {"client_id": None},
                  {"client_secret": "x"}, {"redirect_uris": []}):  # fmt: skip
        with pytest.raises(OAuthRefusal):
            read_document(URL, {**fine, **wrong}, OAuthPolicy(), offered=())
