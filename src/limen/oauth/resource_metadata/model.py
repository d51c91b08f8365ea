"""What is said of a resource (RFC 9728 §2)."""

from collections.abc import Sequence

from limen.access.api import PERMISSIONS
from limen.kernel.tenant import Tenant
from limen.oauth.model.resources import MANAGEMENT_PATH, Api
from limen.oauth.model.scopes import ACCOUNT_SCOPES, IDENTITY_SCOPES
from limen.platform.jose.algorithms import ALGS

Document = dict[str, object]
WELL_KNOWN = "/.well-known/oauth-protected-resource"


def of_userinfo(tenant: Tenant) -> Document:
    """Return what is said of the issuer itself, the audience of tokens without a resource."""
    return _document(tenant, tenant.issuer, tenant.name, tuple(IDENTITY_SCOPES))


def of_management(tenant: Tenant) -> Document:
    """Return what is said of our own API."""
    scopes = (*PERMISSIONS, *ACCOUNT_SCOPES)
    document = _document(tenant, tenant.issuer + MANAGEMENT_PATH, tenant.name, scopes)
    return {**document, "resource_documentation": f"{tenant.issuer}/api/docs"}


def of_api(tenant: Tenant, api: Api) -> Document:
    """Return what is said of a registered API."""
    options = api.options
    scopes = tuple(text.name for text in api.scopes)
    more: Document = {
        "resource_documentation": options.documentation_uri,
        "resource_policy_uri": options.policy_uri,
        "resource_tos_uri": options.tos_uri,
        "dpop_bound_access_tokens_required": options.dpop_bound_access_tokens or None,
        "tls_client_certificate_bound_access_tokens": (
            options.tls_client_certificate_bound_access_tokens or None
        ),
        "authorization_details_types_supported": (
            [kind.type for kind in options.authorization_details_types] or None
        ),
    }
    said = {name: value for name, value in more.items() if value is not None}
    return {**_document(tenant, api.identifier, api.name, scopes), **said}


def _document(tenant: Tenant, resource: str, name: str, scopes: Sequence[str]) -> Document:
    return {
        "resource": resource,
        "authorization_servers": [tenant.issuer],
        "scopes_supported": list(scopes),
        "bearer_methods_supported": ["header"],  # R036
        "dpop_signing_alg_values_supported": list(ALGS),
        "resource_name": name,
    }
