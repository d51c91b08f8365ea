"""What the checks of an authorization request look at."""

from dataclasses import dataclass

from limen.oauth.api import Client
from limen.oauth.model.resources import Catalog
from limen.oauth.options import OAuthPolicy
from limen.oauth.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Given:
    """The parameters that count, and the ways they came: pushed, or in a signed object."""

    parameters: Parameters
    pushed: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The parameters, from a known client with a matching redirect URI.

    `hinted` is the subject of the id_token_hint: None without one, "" for one that is no ID
    token of ours for this client.  `acr_values` are the levels that exist here.
    """

    given: Given
    client: Client
    redirect_uri: str
    catalog: Catalog
    issuer: str
    acr_values: tuple[str, ...]
    policy: OAuthPolicy
    hinted: str | None = None

    @property
    def parameters(self) -> Parameters:
        return self.given.parameters
