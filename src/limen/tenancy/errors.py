"""What tenancy refuses."""

from limen.kernel.errors import Conflict


class DefaultTenant(Conflict):
    """The default tenant serves the installation itself."""

    code = "default_tenant"
    hint = "The default tenant cannot be suspended."
