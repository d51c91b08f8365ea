"""Checks a password that a person chose, off the event loop."""

from collections.abc import Sequence

from limen.authentication.methods.password.pool import HashingPool
from limen.authentication.methods.password.rules import (
    FIELD,
    Rules,
    check_password,
    context_words,
    listed_words,
)
from limen.authentication.methods.password.settings import PasswordSettings
from limen.authentication.ports import BreachedPasswords
from limen.kernel.errors import FieldError, Invalid
from limen.kernel.tenant import Tenant

PRODUCT = "limen"
BLOCK_LIST = "password_block_list"
"""The tenant's setting with its own list of refused passwords."""

_SCORE_OF_EIGHT = 2
"""The best that zxcvbn says of eight random characters."""


class ChosenPasswords:
    """`PasswordRules` of this installation and of the tenant."""

    def __init__(
        self, pool: HashingPool, breached: BreachedPasswords, settings: PasswordSettings
    ) -> None:
        self._pool = pool
        self._breached = breached
        self._settings = settings

    async def check(
        self, tenant: Tenant, password: str, names: Sequence[str | None], *, with_mfa: bool = False
    ) -> None:
        def check() -> tuple[FieldError, ...]:
            words = context_words([PRODUCT, tenant.name, tenant.slug, *names])
            return check_password(password, self._rules(tenant, with_mfa=with_mfa), words)

        errors = await self._pool.run(check)
        if errors:
            raise Invalid(*errors)
        if await self._breached.has(password):
            message = "This password was in a breach of another service. Choose another one."
            raise Invalid(FieldError(FIELD, "password_breached", message))

    def _rules(self, tenant: Tenant, *, with_mfa: bool) -> Rules:
        settings = self._settings
        words = listed_words(tenant.settings.get(BLOCK_LIST))
        if with_mfa:
            score = min(settings.minimum_score, _SCORE_OF_EIGHT)
            return Rules(settings.minimum_length_with_mfa, score, words)
        return Rules(settings.minimum_length, settings.minimum_score, words)
