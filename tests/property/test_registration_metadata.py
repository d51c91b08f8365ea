"""Any JSON object is a registration or a refusal, and never an accident."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from limen.kernel.errors import Invalid
from limen.oauth import grants
from limen.oauth.errors import OAuthRefusal
from limen.oauth.model.registration import complete
from limen.oauth.model.scopes import ACCOUNT_SCOPES, is_management
from limen.oauth.options import OAuthPolicy
from limen.oauth.registration.model.metadata import OPTIONS, Asked, new_client, parse, refusal
from limen.oauth.registration.model.terms import terms_of

INSTALLED = {name: grant.client_types for name, grant in grants.discover().items()}
NAMES = [*Asked.__struct_fields__, *OPTIONS, "client_name#de", "unheard_of"]
TEXTS = st.one_of(
    st.sampled_from([
        "https://app.example/cb", "http://127.0.0.1/", "javascript:alert(1)", "none", "code",
        "authorization_code", "refresh_token", "openid", "users:write", "ES256", "RS256", "native",
        "pairwise", "private_key_jwt", "https://[::1", "https://a.example:99999/", "",
    ]),
    st.text(max_size=30),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8))
def test_metadata_is_registered_or_refused(metadata: dict[str, object]) -> None:
    """R056, A023, A121: and what is registered holds nothing of ours."""
    try:
        asked = parse({"redirect_uris": ["https://app.example/cb"], **metadata})
        new = new_client(asked, terms_of(OAuthPolicy()), offered=(), registered="open")
        made = complete(new, INSTALLED)
    except OAuthRefusal as refused:
        said = msgspec.json.encode(refused.as_oauth())
        assert said.isascii()
        return
    except Invalid as invalid:
        assert refusal(invalid).code in ("invalid_redirect_uri", "invalid_client_metadata")
        return
    assert not any(is_management(scope) or scope in ACCOUNT_SCOPES for scope in made.scopes)
    assert not made.skip_consent
    assert all(not uri.startswith("javascript:") for uri in made.redirect_uris)
    assert (new.type in ("spa", "native")) == (made.auth_method == "none")
