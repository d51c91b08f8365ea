"""What a template sees of a form: what was typed, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from limen.kernel.errors import FieldError, Invalid, Refusal
from limen.platform.templating.refusals import wait_of


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: empty, prefilled, or refused."""

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    errors: tuple[FieldError, ...] = ()
    refusal: Refusal | None = None

    @classmethod
    def refused(cls, values: Mapping[str, str], refusal: Refusal) -> "Form":
        """Return the form to show again; the errors of Invalid stand at their fields."""
        errors = refusal.errors if isinstance(refusal, Invalid) else ()
        return cls(values, errors, refusal)

    @property
    def status(self) -> int:
        return self.refusal.status if self.refusal else 200

    @property
    def wait(self) -> int | None:
        """Return the seconds to wait before trying again, where that helps."""
        return wait_of(self.refusal) if self.refusal else None

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """Return what is wrong with a field, in words, or nothing."""
        return " ".join(error.message for error in self.errors if error.field == name)
