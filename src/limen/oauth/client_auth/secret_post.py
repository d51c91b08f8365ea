"""client_secret_post: the secret in the form, never in the query (RFC 6749 §2.3.1, R054)."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from limen.oauth.client_auth import Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient


class SecretPost:
    names: ClassVar[frozenset[str]] = frozenset({"client_secret_basic", "client_secret_post"})

    def find(self, authorization: str | None, form: Mapping[str, str]) -> Presented | None:
        del authorization
        secret = form.get("client_secret")
        if secret is None:
            return None
        client_id = form.get("client_id")
        if client_id is None:
            raise InvalidClient("a secret without client_id", reason="client_auth_malformed")
        return Presented(client_id, secret)

    def proves(self, presented: Presented, record: ClientRecord, now: datetime) -> bool:
        return record.accepts(presented.secret, now)


method = SecretPost
