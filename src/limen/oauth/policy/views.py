"""The policy as the API shows it (every field) and takes it (any field, null for its default)."""

from typing import Any

import msgspec

from limen.oauth.options import OAuthPolicy

_FIELDS = msgspec.structs.fields(OAuthPolicy)
_CHANGES: list[tuple[str, Any, Any]] = [(f.name, f.type | None, None) for f in _FIELDS]
_SHOWN: list[tuple[str, Any]] = [(f.name, f.type) for f in _FIELDS]

PolicyChanges = msgspec.defstruct(
    "OAuthPolicyChanges", _CHANGES, frozen=True, kw_only=True, forbid_unknown_fields=True,
    module=__name__, namespace={"__doc__": "What is left out stays; null is the default."},
)  # fmt: skip
PolicyView = msgspec.defstruct(
    "OAuthPolicyView", _SHOWN, frozen=True, kw_only=True, module=__name__,
    namespace={"__doc__": "What the tenant asks of all its applications."},
)  # fmt: skip


def policy_view(policy: OAuthPolicy) -> msgspec.Struct:
    return PolicyView(**msgspec.structs.asdict(policy))
