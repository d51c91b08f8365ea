"""Real clients that prove themselves by assertions: openid-client 6 and Authlib."""

import json
import subprocess
from pathlib import Path

import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from joserfc.jwk import JWKRegistry, Key
from tests.support.server import Server

HERE = Path(__file__).parent
KINDS: dict[str, tuple[str, str | int]] = {
    "ES256": ("EC", "P-256"), "RS256": ("RSA", 2048), "PS256": ("RSA", 2048),
    "EdDSA": ("OKP", "Ed25519"),
}  # fmt: skip


def machine(server: Server, folder: Path, alg: str) -> tuple[str, Key]:
    """Return the id of a client that is registered with the public half of a new key."""
    kind, size = KINDS[alg]
    key = JWKRegistry.generate_key(kind, size, {"kid": "k1", "alg": alg, "use": "sig"})
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    made = server.cli("app", "create", "--name", f"Machine {alg}", "--type", "m2m", "--auth-method",
                      "private_key_jwt", "--jwks-file", str(folder / "jwks.json"))  # fmt: skip
    return made["client_id"], key


def openid_client(server: Server, client_id: str, kind: str, given: str) -> dict[str, bool]:
    done = subprocess.run(
        ["node", "assertion_client.mjs", server.url, client_id, kind, given], cwd=HERE,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("alg", KINDS)
def test_openid_client_with_a_key(server: Server, tmp_path: Path, alg: str) -> None:
    """R051, R052: at the token, introspection and revocation endpoints."""
    client_id, key = machine(server, tmp_path, alg)
    found = openid_client(server, client_id, "key", json.dumps(key.as_dict(private=True)))
    assert found == {"before": True, "after": False}


def test_openid_client_with_a_secret_that_is_not_sent(server: Server) -> None:
    """R051."""
    made = server.cli("app", "create", "--name", "Signs", "--type", "m2m",
                      "--auth-method", "client_secret_jwt")  # fmt: skip
    found = openid_client(server, made["client_id"], "secret", made["client_secret"])
    assert found == {"before": True, "after": False}


def test_authlib_with_a_key_and_with_a_secret(server: Server, tmp_path: Path) -> None:
    """R051: its assertions are good for an hour, and name the token endpoint."""
    url = f"{server.url}/oauth2/token"
    client_id, key = machine(server, tmp_path, "RS256")
    pem = key.as_pem(private=True).decode()
    with OAuth2Client(client_id, pem, token_endpoint_auth_method="private_key_jwt") as client:
        client.register_client_auth_method(PrivateKeyJWT(url))
        assert client.fetch_token(url, grant_type="client_credentials")["access_token"]
    made = server.cli("app", "create", "--name", "Signs too", "--type", "m2m",
                      "--auth-method", "client_secret_jwt")  # fmt: skip
    with OAuth2Client(made["client_id"], made["client_secret"],
                      token_endpoint_auth_method="client_secret_jwt") as client:  # fmt: skip
        client.register_client_auth_method(ClientSecretJWT(url))
        assert client.fetch_token(url, grant_type="client_credentials")["access_token"]
