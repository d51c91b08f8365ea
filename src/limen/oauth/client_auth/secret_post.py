"""client_secret_post: the secret in the form, never in the query (RFC 6749 §2.3.1, R054)."""

from limen.oauth.client_auth.presented import BackChannel, MethodServices, Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient


class SecretPost:
    def __init__(self, services: MethodServices) -> None:
        self.names = frozenset({"client_secret_basic", "client_secret_post"})
        self._clock = services.clock

    def find(self, asked: BackChannel) -> Presented | None:
        secret = asked.form.get("client_secret")
        if secret is None:
            return None
        client_id = asked.form.get("client_id")
        if client_id is None:
            raise InvalidClient("a secret without client_id", reason="client_auth_malformed")
        return Presented(client_id, secret, "post")

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        del asked
        return record.accepts(presented.proof, self._clock.now())


method = SecretPost
