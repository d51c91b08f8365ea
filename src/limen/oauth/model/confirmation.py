"""Whose key a token is bound to: the `cnf` claim (RFC 7800 §3.1, RFC 8705 §3.1, RFC 9449 §6)."""

import msgspec


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """SHA-256 thumbprints in base64url: `jkt` of a DPoP key, `x5t` of a TLS certificate.

    Where both are there, both must be proven.
    """

    jkt: str | None = None
    x5t: str | None = msgspec.field(default=None, name="x5t#S256")

    @property
    def token_type(self) -> str:
        """The scheme that the token is used with (RFC 9449 §5, RFC 8705 §3)."""
        return "Bearer" if self.jkt is None else "DPoP"

    @property
    def binding(self) -> str:
        """The text that a refresh-token family is bound to."""
        parts = (self.jkt and f"jkt:{self.jkt}", self.x5t and f"x5t:{self.x5t}")
        return " ".join(part for part in parts if part)
