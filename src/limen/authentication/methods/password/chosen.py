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
        rules = self._rules(tenant, with_mfa=with_mfa)
        words = context_words([PRODUCT, tenant.name, tenant.slug, *names])
        errors = await self._pool.run(lambda: check_password(password, rules, words))
        if errors:
            raise Invalid(*errors)
        if await self._breached.has(password):
            message = "This password was in a breach of another service. Choose another one."
            raise Invalid(FieldError(FIELD, "password_breached", message))

    def _rules(self, tenant: Tenant, *, with_mfa: bool) -> Rules:
        settings = self._settings
        minimum = settings.minimum_length_with_mfa if with_mfa else settings.minimum_length
        words = listed_words(tenant.settings.get(BLOCK_LIST))
        return Rules(minimum, settings.minimum_score, words)
