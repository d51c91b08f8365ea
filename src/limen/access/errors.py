"""What access refuses."""

from limen.kernel.errors import Conflict, Forbidden


class LastAdministrator(Conflict):
    """Taking this would leave the tenant without an administrator who can act."""

    code = "last_administrator"
    hint = "This is the last administrator. Make somebody else administrator first."


class BeyondOwn(Forbidden):
    """Nobody gives, takes or touches more than he holds (R120)."""

    code = "beyond_own_permissions"
    hint = "This holds permissions that you do not hold yourself."


class BuiltIn(Conflict):
    code = "built_in_role"
    hint = "A built-in role cannot be changed or deleted."
