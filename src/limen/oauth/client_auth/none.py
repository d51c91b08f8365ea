"""none: a public client names itself and proves nothing (RFC 6749 §3.2.1)."""

from limen.oauth.client_auth.presented import BackChannel, MethodServices, Presented
from limen.oauth.directory import ClientRecord

_PROOFS = ("client_secret", "client_assertion", "client_assertion_type")


def only_named(asked: BackChannel) -> Presented | None:
    """Return the client that a request names without any proof in it."""
    if asked.authorization is not None or any(name in asked.form for name in _PROOFS):
        return None
    client_id = asked.form.get("client_id")
    return None if client_id is None else Presented(client_id)


class Public:
    def __init__(self, services: MethodServices) -> None:
        del services
        self.names = frozenset({"none"})

    def find(self, asked: BackChannel) -> Presented | None:
        return only_named(asked)

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        del presented, asked
        return record.client.is_public


method = Public
