"""What a registrant may ask for: the tenant's policy, or what its initial access token says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from limen.oauth.model.scopes import IDENTITY_SCOPES, OWN_SCOPES, is_management
from limen.oauth.options import OAuthPolicy


class TokenTerms(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What an initial access token gives in place of the policy; None leaves that as it is."""

    scopes: tuple[str, ...] | None = None
    grant_types: tuple[str, ...] | None = None
    redirect_hosts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """`scopes` come beside those that speak of a person; no hosts means any."""

    scopes: tuple[str, ...]
    grant_types: tuple[str, ...]
    redirect_hosts: tuple[str, ...]

    def permits_scope(self, scope: str) -> bool:
        """Never a permission of this server, whatever anybody wrote down (R056, A023)."""
        if is_management(scope) or scope in OWN_SCOPES:
            return False
        return scope in IDENTITY_SCOPES or scope in self.scopes

    def permits_redirect(self, uri: str) -> bool:
        return not self.redirect_hosts or is_among(self.redirect_hosts, _host(uri))


def terms_of(policy: OAuthPolicy, token: TokenTerms | None = None) -> Terms:
    given = token or TokenTerms()
    return Terms(
        _either(given.scopes, policy.registration_scopes),
        _either(given.grant_types, policy.registration_grant_types),
        _either(given.redirect_hosts, policy.registration_redirect_hosts),
    )


def _either(own: Sequence[str] | None, usual: Sequence[str]) -> tuple[str, ...]:
    return tuple(usual if own is None else own)


def is_among(hosts: Iterable[str], host: str) -> bool:
    """True for one of `hosts`, or one below a `*.` of them."""
    return any(
        host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:]))
        for allowed in hosts
    )


def _host(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in ("https", "http") else ""
