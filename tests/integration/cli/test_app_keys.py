"""Applications that prove themselves by keys, made by command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.support.assertions import Keys
from tests.support.certificates import make
from tests.unit.cli.conftest import Result

Limen = Callable[..., Result]
PEM = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def created(limen: Limen, method: str, *options: str) -> Result:
    return limen("app", "create", "--name", "Machine", "--type", "m2m", "--auth-method", method,
                 *options, "--json")  # fmt: skip


@pytest.mark.parametrize("form", ["set", "key", "pem"])
def test_public_keys_come_from_a_file(limen: Limen, tmp_path: Path, form: str) -> None:
    """R052, R053: a JWK Set, one JWK or PEM; no secret is made."""
    keys = Keys()
    public = keys.key.public.public
    text = {"set": json.dumps(keys.jwks), "key": json.dumps(keys.jwk),
            "pem": public.public_bytes(*PEM).decode()}[form]  # fmt: skip
    (tmp_path / "keys").write_text(text)
    made = created(limen, "private_key_jwt", "--jwks-file", "keys")
    assert made.code == 0, made.err
    assert made.json()["client_secret"] is None
    shown = limen("app", "show", "Machine", "--json").json()
    assert shown["auth_method"] == "private_key_jwt"
    (jwk,) = shown["options"]["jwks"]["keys"]
    assert {name: jwk[name] for name in ("x", "y")} == {name: keys.jwk[name] for name in ("x", "y")}


def test_a_certificate_registers_itself(limen: Limen, tmp_path: Path) -> None:
    """RFC 8705 §2.2: x5c comes from the PEM file."""
    shown = make("shop")
    (tmp_path / "shop.pem").write_bytes(shown.pem)
    made = created(limen, "self_signed_tls_client_auth", "--jwks-file", "shop.pem")
    assert made.code == 0, made.err
    from limen.oauth.model.certificates import is_registered

    found = limen("app", "show", "Machine", "--json").json()
    assert is_registered(shown.der, found["options"]["jwks"])


def test_an_address_a_subject_and_a_change_of_method(limen: Limen, tmp_path: Path) -> None:
    made = created(limen, "private_key_jwt", "--jwks-uri", "https://app.example/jwks")
    assert made.code == 0, made.err
    changed = limen("app", "update", "Machine", "--auth-method", "tls_client_auth",
                    "--option", "tls_client_auth_san_dns=app.example", "--json")  # fmt: skip
    assert changed.code == 0, changed.err
    assert changed.json()["auth_method"] == "tls_client_auth"


def test_what_is_no_public_key_is_refused(limen: Limen, tmp_path: Path) -> None:
    """R146, R138: a private key above all; nothing is made."""
    private = make("x").key_pem.decode()
    for text in (private, "nonsense", "{}", "[]", '{"keys":{}}', "-----BEGIN PUBLIC KEY-----\nx"):
        (tmp_path / "keys").write_text(text)
        made = created(limen, "private_key_jwt", "--jwks-file", "keys")
        assert made.code != 0, text
        assert "keys" in made.err
        assert private[40:80] not in made.err
    (tmp_path / "keys").write_text('{"keys":[{"kty":"oct","k":"AAAA"}]}')
    assert created(limen, "private_key_jwt", "--jwks-file", "keys").code != 0
    assert created(limen, "private_key_jwt").code != 0
    assert created(limen, "private_key_jwt", "--jwks-file", "missing").code != 0
    assert limen("app", "list", "--json").json() == []
