"""How a part of the provider in a folder of its own joins in.

A folder exports `wire(parts) -> Feature` and is named once, in `oauth/features.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from limen.oauth.grants import Grant
from limen.platform.http.faces import Faces

Announce = Callable[[str], Mapping[str, object]]


def _nothing(issuer: str) -> Mapping[str, object]:  # noqa: ARG001 - it says nothing of any
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Its routes and tasks, its grant types, and what discovery says of it for an issuer.

    A list that discovery holds already is extended by the announced one.
    """

    faces: Faces = field(default_factory=Faces)
    grants: tuple[Grant, ...] = ()
    announce: Announce = _nothing
