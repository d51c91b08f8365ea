"""How clients authenticate: one file a method, found by its presence (a slot).

A method looks for its own credentials in a request; exactly one must find some (R051).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar, Protocol

from limen.kernel.clock import Clock
from limen.kernel.request import Cause
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.directory import ClientRecord, Directory
from limen.oauth.errors import InvalidClient, InvalidRequest
from limen.risk.api import Attempts


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client showed: who it says it is, and its proof."""

    client_id: str
    secret: str = ""


class Method(Protocol):
    """A way to authenticate.  `names` are the registered `auth_method`s that it serves."""

    names: ClassVar[frozenset[str]]

    def find(self, authorization: str | None, form: Mapping[str, str]) -> Presented | None:
        """Return the method's credentials if the request holds some.

        Raises InvalidClient where they are there and malformed.
        """
        ...

    def proves(self, presented: Presented, record: ClientRecord, now: datetime) -> bool:
        """True if the proof is the client's."""
        ...


def discover() -> tuple[Method, ...]:
    """Return the methods of this package, each the `method` of its module."""
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").method() for name in names)


class ClientAuthenticator:
    """Authenticates the client of a back-channel request (RFC 6749 §2.3)."""

    def __init__(
        self, methods: Sequence[Method], *, directory: Directory, attempts: Attempts, clock: Clock
    ) -> None:
        self._methods, self._directory = tuple(methods), directory
        self._attempts, self._clock = attempts, clock

    async def authenticate(
        self, store: Store, authorization: str | None, form: Mapping[str, str], cause: Cause
    ) -> Client:
        """Return the client, proven unless it is public.

        Only failures are counted, and only of clients that exist, so that nobody can lock a
        client out or fill the store.  Raises InvalidClient, InvalidRequest, TooMany.
        """
        method, presented = self._presented(authorization, form)
        record = await self._directory.client(store, presented.client_id)
        if record is None:
            raise InvalidClient("unknown client", reason="client_unknown")
        client = record.client
        if client.auth_method not in method.names:
            raise InvalidClient("another method", reason="client_auth_method")
        if not method.proves(presented, record, self._clock.now()):
            await self._count(store, client, cause)
            raise InvalidClient("wrong secret", reason="client_secret_wrong")
        if not client.enabled:
            raise InvalidClient("disabled", reason="client_disabled")
        return client

    def _presented(
        self, authorization: str | None, form: Mapping[str, str]
    ) -> tuple[Method, Presented]:
        found: tuple[Method, Presented] | None = None
        for method in self._methods:
            presented = method.find(authorization, form)
            if presented is None:
                continue
            if found is not None:
                hint = "More than one way of client authentication was used."
                raise InvalidRequest("two methods", hint=hint)
            found = method, presented
        if found is None:
            raise InvalidClient("no credentials", reason="client_missing")
        return found

    async def _count(self, store: Store, client: Client, cause: Cause) -> None:
        """Count a wrong secret; raises TooMany where there were too many of them."""
        account = client.client_id
        await self._attempts.admit(store, purpose="client_secret", account=account, cause=cause)
        await self._attempts.failed(
            store, purpose="client_secret", account=account, cause=cause, user=None
        )
