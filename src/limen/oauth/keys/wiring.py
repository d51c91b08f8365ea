"""Gives the keys' ports their implementations."""

from dataclasses import dataclass
from datetime import timedelta

from limen.oauth.keys.api import SigningKeys
from limen.oauth.keys.chains import KeyChains
from limen.oauth.keys.http import KeysApi
from limen.oauth.keys.ports import Means
from limen.oauth.keys.routes import ROUTES
from limen.oauth.keys.settings import KeySettings
from limen.oauth.keys.store import SqlKeys
from limen.platform.http.api import Listings
from limen.platform.http.faces import Faces, Task
from limen.platform.services import Platform


@dataclass(frozen=True, slots=True)
class KeysWired:
    api: SigningKeys
    faces: Faces


def wire(platform: Platform) -> KeysWired:
    settings = platform.settings("oauth.keys", KeySettings)
    means = Means(SqlKeys(), platform.recorder, platform.snapshots, settings)
    chains = KeyChains(means, platform.snapshots, platform.vault, platform.clock)

    async def tend() -> None:
        await chains.tend_due(platform.database)

    tasks = (Task("tend signing keys", timedelta(minutes=1), tend),)
    handlers = KeysApi(chains, Listings(platform.vault)).handlers()
    return KeysWired(chains, Faces(ROUTES, handlers, tasks))
