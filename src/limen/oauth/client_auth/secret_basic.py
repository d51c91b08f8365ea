"""client_secret_basic: HTTP Basic, each part form-encoded first (RFC 6749 §2.3.1)."""

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from urllib.parse import unquote_plus

from limen.oauth.client_auth import Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient, InvalidRequest


class SecretBasic:
    """Serves both secret methods: the secret is the same, and so is what it proves."""

    names: ClassVar[frozenset[str]] = frozenset({"client_secret_basic", "client_secret_post"})

    def find(self, authorization: str | None, form: Mapping[str, str]) -> Presented | None:
        if authorization is None:
            return None
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            raise InvalidClient("another scheme", reason="client_auth_malformed")
        try:
            text = b64decode(encoded.strip(" "), validate=True).decode("ascii")
            client_id, colon, secret = text.partition(":")
            presented = Presented(_decoded(client_id), _decoded(secret))
        except (Error, UnicodeError, ValueError) as error:
            raise InvalidClient(f"Basic: {error}", reason="client_auth_malformed") from error
        if not colon or not presented.client_id:
            raise InvalidClient("Basic without a colon", reason="client_auth_malformed")
        if form.get("client_id", presented.client_id) != presented.client_id:
            raise InvalidRequest("two clients", hint="client_id and Authorization disagree.")
        return presented

    def proves(self, presented: Presented, record: ClientRecord, now: datetime) -> bool:
        return record.accepts(presented.secret, now)


def _decoded(part: str) -> str:
    return unquote_plus(part, errors="strict")


method = SecretBasic
