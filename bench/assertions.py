"""Assertions for a machine client, signed before the clock runs (RFC 7523)."""

import json
import time
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from bench.fixture import Store
from limen.platform.jose.keys import SigningKey
from limen.platform.jose.sign import sign

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
A_SECOND = 3000  # more than any server answers on one core


class Machine:
    """A client of private_key_jwt with its key."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.issuer = store.environ["LIMEN_ISSUER"]
        self.key = SigningKey.generate("ES256")
        file = folder / "machine.jwks"
        file.write_text(json.dumps({"keys": [dict(self.key.public.jwk)]}))
        made = store.limen(
            "app", "create", "--name", "Signing machine", "--type", "m2m",
            "--auth-method", "private_key_jwt", "--jwks-file", str(file),
        )  # fmt: skip
        self.client_id = made["client_id"]

    def bodies(self, seconds: float) -> list[str]:
        """Return as many token requests as can be sent in this time, each with its own jti."""
        return [self._body() for _ in range(round(seconds * A_SECOND))]

    def _body(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "iat": now,
            "exp": now + 600, "jti": str(uuid4()),
        }  # fmt: skip
        token = sign(self.key, "JWT", claims)
        return urlencode({"grant_type": "client_credentials", "client_assertion_type": TYPE,
                          "client_assertion": token})  # fmt: skip
