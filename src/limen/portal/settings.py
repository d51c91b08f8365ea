"""What the hosted pages are told about themselves."""

from dataclasses import dataclass

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class PortalSettings:
    security_contact: str = setting(
        "",
        "Where to report a weakness, for /.well-known/security.txt: mailto:… or https://…; "
        "without it, security@ of the issuer's host.",
    )

    def __post_init__(self) -> None:
        contact = self.security_contact
        if contact and not contact.startswith(("mailto:", "https://")):
            raise ValueError("security_contact must begin with mailto: or https://")
        if not contact.isprintable():
            raise ValueError("security_contact must be one line")
