"""How a part of the provider in a folder of its own joins in.

A folder exports `wire(parts) -> Feature` and is named once, in `oauth/features.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from limen.oauth.grants import Grant
from limen.oauth.model.resources import Catalog
from limen.oauth.options import OAuthPolicy
from limen.platform.http.faces import Faces

Announce = Callable[[str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Realm:
    """A tenant as discovery sees it: its issuer, its policy and its APIs."""

    issuer: str
    policy: OAuthPolicy
    catalog: Catalog


AnnounceRealm = Callable[[Realm], Mapping[str, object]]


def _nothing(issuer: str) -> Mapping[str, object]:  # noqa: ARG001 - it says nothing of any
    return {}


def _nothing_of_it(realm: Realm) -> Mapping[str, object]:  # noqa: ARG001 - as above
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Its routes and tasks, its grant types, and what discovery says of it: for any issuer, and
    for a tenant with its policy and its APIs.

    A list that discovery holds already is extended by the announced one.
    """

    faces: Faces = field(default_factory=Faces)
    grants: tuple[Grant, ...] = ()
    announce: Announce = _nothing
    announce_realm: AnnounceRealm = _nothing_of_it
