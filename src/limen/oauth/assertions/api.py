"""What the rest of oauth may use of trusted issuers."""

from limen.kernel.events import EventType

ISSUER_CREATED = EventType("trusted_issuer.created", "An issuer of others' tokens is trusted.")
ISSUER_CHANGED = EventType("trusted_issuer.changed", "The trust in an issuer was changed.")
ISSUER_DISABLED = EventType("trusted_issuer.disabled", "An issuer is not trusted for now.")
ISSUER_ENABLED = EventType("trusted_issuer.enabled", "An issuer is trusted again.")
ISSUER_DELETED = EventType("trusted_issuer.deleted", "An issuer is not trusted any more.")
SUBJECT_LINKED = EventType("issuer_subject.linked", "An issuer's subject was linked to a person.")
SUBJECT_UNLINKED = EventType("issuer_subject.unlinked", "An issuer's subject speaks for nobody.")
