"""What authenticating costs the store: nothing for a secret, one unit for an assertion."""

from collections.abc import Mapping
from typing import Any, cast

from tests.fakes.clock import FrozenClock
from tests.fakes.counting import CountingStore
from tests.support.assertions import Keys, asserted, claims_of
from tests.support.facts import MASTER
from tests.support.oauth import CAUSE, Provider

from limen.oauth.client_auth import (
    BackChannel,
    ClientAuthenticator,
    MethodServices,
    discover,
)
from limen.oauth.client_auth.settings import ClientAuthSettings
from limen.oauth.directory import Directory
from limen.oauth.keysets import KeySets
from limen.oauth.options import ClientOptions
from limen.oauth.policy.policies import StoredPolicies
from limen.oauth.policy.store import SqlPolicies
from limen.oauth.store import SqlApis, SqlClients
from limen.platform.cache import Snapshots
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault
from limen.platform.db.replays import SqlReplays
from limen.platform.fetch import Fetcher, FetchSettings
from limen.platform.mtls.settings import MtlsSettings


def authenticator(snapshots: Snapshots, clock: FrozenClock) -> ClientAuthenticator:
    services = MethodServices(
        clock=clock, replays=SqlReplays(), vault=KeyVault([MasterKey(MASTER)], clock),
        keysets=KeySets(Fetcher(FetchSettings(), clock)),
        policies=StoredPolicies(SqlPolicies(), snapshots), believing=cast("Any", None),
        settings=ClientAuthSettings(), mtls=MtlsSettings(),
    )  # fmt: skip
    directory = Directory(SqlClients(), SqlApis(), snapshots)
    nobody_counts = cast("Any", None)
    return ClientAuthenticator(
        discover(services), directory=directory, attempts=nobody_counts, policies=services.policies
    )


def asked(
    provider: Provider, store: CountingStore, form: Mapping[str, str], header: str | None = None
) -> BackChannel:
    return BackChannel(
        store=store, tenant=provider.tenant, cause=CAUSE, form=form, authorization=header,
        certificate=None, chain=(), endpoint="/oauth2/token", header=lambda _: None,
    )  # fmt: skip


async def test_a_secret_reads_nothing_and_an_assertion_writes_once(provider: Provider) -> None:
    """performance.md: the usual way asks the store nothing once the client is known (R051)."""
    keys = Keys()
    basic = await provider.client("m2m")
    options = ClientOptions(jwks=keys.jwks)
    signs = await provider.client("m2m", auth_method="private_key_jwt", options=options)
    tries = authenticator(provider.snapshots, provider.clock)
    store = CountingStore(provider.store)
    header = provider.basic(basic)[1]
    for _ in range(2):
        store.reset()
        assert (await tries.authenticate(asked(provider, store, {}, header))).id == basic.id
        assert (await tries.authenticate(asked(provider, store, provider.credentials(basic)))).id
    assert store.calls == []
    for _ in range(2):
        store.reset()
        form = asserted(keys.token(claims_of(signs, provider.clock)))
        assert (await tries.authenticate(asked(provider, store, form))).id == signs.id
    assert (store.reads, store.units) == (0, 1)
