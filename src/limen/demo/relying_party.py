"""The application's side of OpenID Connect: discovery, code with PKCE, ID token, userinfo."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec

from limen.demo.model import Exchange, Visit, masked
from limen.platform.crypto import equal, new_secret

if TYPE_CHECKING:
    import httpx

SCOPE: Final = "openid profile email"
_ALGORITHMS: Final = ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"]
_LEEWAY = 60


class Unexpected(Exception):  # noqa: N818 - says what happened; shown on the demo's page
    """The provider answered something that a careful application does not accept."""


@dataclass(frozen=True, slots=True)
class DemoClient:
    """The demo's registration; `secret` is None for a public client."""

    client_id: str
    secret: str | None = None


class Begun(msgspec.Struct, frozen=True):
    """What the application remembers between sending the person away and their return."""

    state: str
    nonce: str
    verifier: str


def begin() -> Begun:
    return Begun(new_secret(), new_secret(), new_secret())


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge (RFC 7636 §4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class RelyingParty:
    """One issuer, one client.  Every request that it makes is kept to be shown."""

    def __init__(
        self, issuer: str, client: DemoClient, http: "Callable[[], httpx.AsyncClient]"
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._http = http
        self.exchanges: list[Exchange] = []

    @property
    def redirect_uri(self) -> str:
        return f"{self._issuer}/demo/callback"

    async def authorization(self, begun: Begun, *, prompt: str | None) -> str:
        """Return where the browser goes to sign in."""
        async with self._http() as http:
            provider = await self._discover(http)
        endpoint = provider["authorization_endpoint"]
        return f"{endpoint}?{urlencode(self._asked(begun, prompt))}"

    def _asked(self, begun: Begun, prompt: str | None) -> dict[str, str]:
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge_of(begun.verifier),
            "code_challenge_method": "S256",
        }
        return asked if prompt is None else {**asked, "prompt": prompt}

    async def complete(self, begun: Begun, answer: Mapping[str, str]) -> Visit:
        """Turn the answer of the provider into a signed-in visit, or one that says why not."""
        try:
            return await self._complete(begun, answer)
        except Unexpected as problem:
            return Visit(tuple(self.exchanges), problem=str(problem))

    async def _complete(self, begun: Begun, answer: Mapping[str, str]) -> Visit:
        async with self._http() as http:
            provider = await self._discover(http)
            begin_at = ("GET", provider["authorization_endpoint"])
            self._note("The browser was sent to sign in.", begin_at, self._asked(begun, None))
            self._note("It came back with the answer.", ("GET", self.redirect_uri), answer)
            code = self._code(begun, answer, provider)
            tokens = await self._redeem(http, provider, begun, code)
            keys = await self._get(http, "The provider's public keys.", provider["jwks_uri"])
            header, claims = _verified(tokens.get("id_token", ""), keys)
            self._check(claims, begun)
            userinfo = await self._get(
                http, "What the access token opens.", provider["userinfo_endpoint"],
                bearer=tokens.get("access_token", ""),
            )  # fmt: skip
        if userinfo.get("sub") != claims.get("sub"):
            raise Unexpected("userinfo is about somebody else")
        return Visit(
            tuple(self.exchanges),
            tokens.get("id_token", ""),
            header,
            claims,
            userinfo,
            tokens.get("scope", SCOPE),
        )

    async def sign_out(self, id_token: str) -> str:
        """Return where the browser goes to sign out (RP-Initiated Logout 1.0 §2)."""
        async with self._http() as http:
            provider = await self._discover(http)
        asked = {
            "id_token_hint": id_token,
            "client_id": self._client.client_id,
            "post_logout_redirect_uri": f"{self._issuer}/demo",
        }
        return f"{provider['end_session_endpoint']}?{urlencode(asked)}"

    async def _discover(self, http: "httpx.AsyncClient") -> dict[str, Any]:
        address = f"{self._issuer}/.well-known/openid-configuration"
        found = await self._get(http, "The provider's own description.", address)
        if found.get("issuer") != self._issuer:
            raise Unexpected("the discovery document names another issuer")
        return found

    def _code(self, begun: Begun, answer: Mapping[str, str], provider: Mapping[str, Any]) -> str:
        if not equal(answer.get("state", ""), begun.state):
            raise Unexpected("the answer's state is not the one that was sent")
        if answer.get("iss", self._issuer) != provider["issuer"]:  # RFC 9207 §2.4
            raise Unexpected("the answer comes from another issuer")
        if "error" in answer:
            said = answer.get("error_description", "")
            raise Unexpected(f"{answer['error']}: {said}")
        if "code" not in answer:
            raise Unexpected("the answer holds no code")
        return answer["code"]

    async def _redeem(
        self, http: "httpx.AsyncClient", provider: Mapping[str, Any], begun: Begun, code: str
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self._client.client_id,
            "code_verifier": begun.verifier,
        }
        if self._client.secret is not None:
            form["client_secret"] = self._client.secret
        endpoint: str = provider["token_endpoint"]
        response = await _send(http, "POST", endpoint, data=form)
        status = response.status_code
        self._note("The code was exchanged for tokens.", ("POST", endpoint), form, status)
        return _object(response)

    async def _get(
        self, http: "httpx.AsyncClient", says: str, url: str, bearer: str | None = None
    ) -> dict[str, Any]:
        headers = {} if bearer is None else {"authorization": f"Bearer {bearer}"}
        response = await _send(http, "GET", url, headers=headers)
        self._note(says, ("GET", url), headers, response.status_code)
        return _object(response)

    def _note(
        self,
        says: str,
        call: tuple[str, str],
        sent: Mapping[str, str],
        status: int | None = None,
    ) -> None:
        method, url = call
        self.exchanges.append(Exchange(says, method, url, masked(sent), status))

    def _check(self, claims: Mapping[str, Any], begun: Begun) -> None:
        """OpenID Connect Core §3.1.3.7, beyond signature and times."""
        audience = claims.get("aud")
        if claims.get("iss") != self._issuer or self._client.client_id not in (
            [audience] if isinstance(audience, str) else audience or ()
        ):
            raise Unexpected("the ID token is of another issuer, or for another application")
        if not equal(str(claims.get("nonce")), begun.nonce):
            raise Unexpected("the ID token's nonce is not the one that was sent")


async def _send(
    http: "httpx.AsyncClient", method: str, url: str, **options: Any
) -> "httpx.Response":
    from httpx import HTTPError  # where first used: only the demo needs it

    try:
        return await http.request(method, url, **options)
    except HTTPError as error:
        raise Unexpected(f"{url} does not answer") from error


def _object(response: "httpx.Response") -> dict[str, Any]:
    try:
        found = msgspec.json.decode(response.content, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Unexpected(f"{response.url.path} answered {response.status_code}, no JSON") from error
    if response.status_code != 200:
        raise Unexpected(f"{response.url.path}: {found.get('error_description') or found}")
    return found


def _verified(token: str, keys: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a token that one of `keys` signed and that is in time.

    An independent library does it, as in any application: not our own verifier.
    """
    from joserfc import jwt  # where first used: only the demo needs it
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        key_set = KeySet.import_key_set({"keys": keys["keys"]})
        decoded = jwt.decode(token, key_set, algorithms=_ALGORITHMS)
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY, sub={"essential": True}, exp={"essential": True},
            iat={"essential": True},
        )  # fmt: skip
        registry.validate(decoded.claims)
    except (JoseError, ValueError, KeyError) as error:
        raise Unexpected(f"the ID token is not valid: {error}") from error
    return dict(decoded.header), dict(decoded.claims)
