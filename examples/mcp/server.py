"""A sample MCP server: notes, for whoever brings a token of Limen's that is meant for it.

    python server.py --issuer http://localhost:8400 --port 9000

It knows nothing of Limen but the issuer.  Whoever comes without a token is told where to get
one (RFC 9728); a token is believed for its signature, issuer, audience and scope (RFC 9068).
"""

import argparse
import asyncio

import httpx2
import jwt
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer

SCOPE = "notes:write"


class LimenTokens:
    """Verifies access tokens with the issuer's published keys."""

    def __init__(self, issuer: str, resource: str) -> None:
        metadata = httpx2.get(f"{issuer}/.well-known/oauth-authorization-server").json()
        self._issuer, self._resource = issuer, resource
        self._keys = jwt.PyJWKClient(metadata["jwks_uri"], lifespan=300)

    async def verify_token(self, token: str) -> AccessToken | None:
        return await asyncio.to_thread(self._verify, token)

    def _verify(self, token: str) -> AccessToken | None:
        try:
            if jwt.get_unverified_header(token).get("typ") != "at+jwt":
                return None
            key = self._keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(
                token, key, algorithms=["ES256", "RS256", "PS256", "EdDSA"],
                audience=self._resource, issuer=self._issuer,
                options={"require": ["exp", "iat", "sub", "client_id"]},
            )  # fmt: skip
        except (jwt.PyJWTError, jwt.PyJWKClientError):
            return None
        if "cnf" in claims:
            return None  # bound to a key whose proof this sample does not check
        return AccessToken(
            token=token, client_id=claims["client_id"], scopes=claims["scope"].split(),
            expires_at=claims["exp"], resource=self._resource, subject=claims["sub"],
        )  # fmt: skip


def make(issuer: str, resource: str) -> MCPServer:
    auth = AuthSettings.model_validate(
        {
            "issuer_url": issuer, "resource_server_url": resource, "required_scopes": [SCOPE],
            "validate_token_resource": True,
        }
    )  # fmt: skip
    server = MCPServer("Notes", token_verifier=LimenTokens(issuer, resource), auth=auth)
    notes: dict[str, list[str]] = {}

    @server.tool()
    def add_note(text: str) -> list[str]:
        """Write a note down; return all of the person's notes."""
        token = get_access_token()
        if token is None or token.subject is None:
            raise PermissionError("nobody")
        own = notes.setdefault(token.subject, [])
        own.append(text)
        return own

    return server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issuer", default="http://localhost:8400")
    parser.add_argument("--port", type=int, default=9000)
    chosen = parser.parse_args()
    resource = f"http://localhost:{chosen.port}/mcp"
    make(chosen.issuer, resource).run("streamable-http", host="localhost", port=chosen.port)


if __name__ == "__main__":
    main()
