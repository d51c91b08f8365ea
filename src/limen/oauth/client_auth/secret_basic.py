"""client_secret_basic: HTTP Basic, each part form-encoded first (RFC 6749 §2.3.1)."""

from base64 import b64decode
from binascii import Error
from urllib.parse import unquote_plus

from limen.oauth.client_auth.presented import BackChannel, MethodServices, Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient, InvalidRequest


class SecretBasic:
    """Serves both secret methods: the secret is the same, and so is what it proves."""

    def __init__(self, services: MethodServices) -> None:
        self.names = frozenset({"client_secret_basic", "client_secret_post"})
        self._clock = services.clock

    def find(self, asked: BackChannel) -> Presented | None:
        authorization = asked.authorization
        if authorization is None:
            return None
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            raise InvalidClient("another scheme", reason="client_auth_malformed")
        try:
            text = b64decode(encoded.strip(" "), validate=True).decode("ascii")
            client_id, colon, secret = text.partition(":")
            presented = Presented(_decoded(client_id), _decoded(secret), "basic")
        except (Error, UnicodeError, ValueError) as error:
            raise InvalidClient(f"Basic: {error}", reason="client_auth_malformed") from error
        if not colon or not presented.client_id:
            raise InvalidClient("Basic without a colon", reason="client_auth_malformed")
        if asked.form.get("client_id", presented.client_id) != presented.client_id:
            raise InvalidRequest("two clients", hint="client_id and Authorization disagree.")
        return presented

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        del asked
        return record.accepts(presented.proof, self._clock.now())


def _decoded(part: str) -> str:
    return unquote_plus(part, errors="strict")


method = SecretBasic
