"""Trusted issuers as this process remembers them; a change is seen at once."""

from limen.kernel.uow import Reader, Tx
from limen.oauth.assertions.model.issuers import TrustedIssuer
from limen.oauth.assertions.ports import IssuerStore
from limen.oauth.ports import Snapshots


class TrustedIssuers:
    """Reads through snapshots (storage.md)."""

    def __init__(self, issuers: IssuerStore, snapshots: Snapshots) -> None:
        self._issuers, self._snapshots = issuers, snapshots

    async def find(self, reader: Reader, issuer: str) -> TrustedIssuer | None:
        """Return the issuer of exactly this `iss`, enabled or not.

        All of a tenant are remembered as one, so that made-up names leave no trace.
        """

        async def load() -> dict[str, TrustedIssuer]:
            every = await self._issuers.list_after(reader, None, 1000)
            return {trusted.issuer: trusted for trusted in every}

        return (await self._snapshots.get(reader, "trusted_issuers", "all", load)).get(issuer)

    async def forget(self, tx: Tx) -> None:
        await self._snapshots.invalidate(tx, "trusted_issuers", "all")
