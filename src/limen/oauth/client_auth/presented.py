"""What a client shows, where, and what a way to authenticate must be able to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.replays import Replays
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.kernel.vault import Vault
from limen.oauth.assertions.believing import Believing
from limen.oauth.client_auth.settings import ClientAuthSettings
from limen.oauth.directory import ClientRecord
from limen.oauth.keysets import KeySets
from limen.oauth.policy.api import Policies
from limen.platform.mtls.settings import MtlsSettings

Kind = Literal["basic", "post", "assertion", "attestation", "bare"]


class BackChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A request of a client, as far as its authentication goes.

    `endpoint` is the path of what it asks, under the issuer.  `certificate` and `chain` are
    DER, proved by the handshake and otherwise unread.  `header` returns a header by its name
    in lower case; it raises Malformed for a repeated one.
    """

    store: Store
    tenant: Tenant
    cause: Cause
    form: Mapping[str, str]
    authorization: str | None
    certificate: bytes | None
    chain: tuple[bytes, ...]
    endpoint: str
    header: Callable[[bytes], str | None]


class Presented(msgspec.Struct, frozen=True):
    """What a client showed: who it says it is, and its proof.

    `kind` is how: two methods may read the same credentials (a public client and one with a
    certificate both only name themselves), but never two kinds.
    """

    client_id: str
    proof: str = ""
    kind: Kind = "bare"


class Method(Protocol):
    """A way to authenticate.  `names` are the registered `auth_method`s that it serves."""

    names: frozenset[str]

    def find(self, asked: BackChannel) -> Presented | None:
        """Return the method's credentials if the request holds some.

        Raises InvalidClient where they are there and malformed.
        """
        ...

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        """True if the proof is the client's; False counts as a guess.

        Raises InvalidClient where nothing was guessed and the log should say more.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodServices:
    """What methods are made with."""

    clock: Clock
    replays: Replays
    vault: Vault
    keysets: KeySets
    policies: Policies
    believing: Believing
    settings: ClientAuthSettings
    mtls: MtlsSettings
