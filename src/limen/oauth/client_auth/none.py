"""none: a public client names itself and proves nothing (RFC 6749 §3.2.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from limen.oauth.client_auth import Presented
from limen.oauth.directory import ClientRecord


class Public:
    names: ClassVar[frozenset[str]] = frozenset({"none"})

    def find(self, authorization: str | None, form: Mapping[str, str]) -> Presented | None:
        if authorization is not None or "client_secret" in form:
            return None
        client_id = form.get("client_id")
        return None if client_id is None else Presented(client_id)

    def proves(self, presented: Presented, record: ClientRecord, now: datetime) -> bool:
        del presented, now
        return record.client.is_public


method = Public
