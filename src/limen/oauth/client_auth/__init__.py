"""How clients authenticate: one file a method, found by its presence (a slot).

A method looks for its own credentials in a request; exactly one kind must be there (R051).
Read `presented`, `authenticator`, then the methods.
"""

from importlib import import_module
from pkgutil import iter_modules

from limen.oauth.client_auth.authenticator import ClientAuthenticator
from limen.oauth.client_auth.presented import BackChannel, Method, MethodServices, Presented

__all__ = [
    "BackChannel",
    "ClientAuthenticator",
    "Method",
    "MethodServices",
    "Presented",
    "discover",
]


def discover(services: MethodServices) -> tuple[Method, ...]:
    """Return the methods of this package: what the `method` of each module makes."""
    names = sorted(module.name for module in iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names)
    makers = (getattr(module, "method", None) for module in modules)
    return tuple(make(services) for make in makers if make is not None)
