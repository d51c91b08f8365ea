"""Stand-ins for hashing and rules that cost nothing and count what they are asked."""

from collections.abc import Sequence

from limen.authentication.errors import HashingOverloaded
from limen.authentication.ports import Verdict
from limen.kernel.errors import FieldError, Invalid
from limen.kernel.tenant import Tenant


class CountingHasher:
    """`PasswordHasher`: a "hash" is the password with its parameters in front."""

    def __init__(self, parameters: str = "now") -> None:
        self.parameters = parameters
        self.hashed = 0
        self.verified = 0
        self.overloaded = False

    @property
    def calls(self) -> int:
        return self.hashed + self.verified

    async def hash(self, _reader: object, password: str) -> str:
        self._admit()
        self.hashed += 1
        return f"{self.parameters}:{password}"

    async def verify(self, _reader: object, password: str, hashed: str | None) -> Verdict:
        self._admit()
        self.verified += 1
        parameters, _, right = (hashed or "").partition(":")
        ok = hashed is not None and right == password
        return Verdict(ok=ok, outdated=ok and parameters != self.parameters)

    def accepts(self, hashed: str) -> bool:
        return ":" in hashed

    def _admit(self) -> None:
        if self.overloaded:
            raise HashingOverloaded("told to be", retry_after=2)


class LengthRules:
    """`PasswordRules` that ask for 15 characters alone."""

    def __init__(self) -> None:
        self.names: Sequence[str | None] = ()

    async def check(
        self, tenant: Tenant, password: str, names: Sequence[str | None], *, with_mfa: bool = False
    ) -> None:
        self.names = names
        if len(password) < 15:
            raise Invalid(FieldError("password", "password_too_short", "Too short."))
