"""What happens, counted: sign-ins, tokens, refusals, and every other fact by its name."""

from typing import Final

from limen.kernel.events import Fact
from limen.platform.telemetry.metrics import Metrics

_ISSUING: Final = {
    "token.issued", "token_family.rotated", "token_family.repeated", "token_family.renewed",
}  # fmt: skip
_SIGN_INS: Final = {"sign_in.succeeded": "success", "sign_in.refused": "refused"}


class FactCounter:
    """Counts facts as they are recorded, those left out of the log by their number too."""

    def __init__(self, metrics: Metrics) -> None:
        self._facts = metrics.counter(
            "limen_facts_total", "Facts by name, result and reason.", "name", "result", "reason"
        ).add
        self._tokens = metrics.counter(
            "limen_tokens_issued_total", "Access tokens by grant type.", "grant_type"
        ).add
        self._sign_ins = metrics.counter(
            "limen_sign_ins_total", "Sign-ins by result and reason.", "result", "reason"
        ).add

    def count(self, fact: Fact) -> None:
        """Count a fact; its reason is one of our codes, never a caller's text."""
        reason = fact.reason or ""
        self._facts(fact.name, fact.result, reason)
        if fact.name in _ISSUING and "grant" in fact.data:
            self._tokens(str(fact.data["grant"]))
        elif fact.name in _SIGN_INS:
            self._sign_ins(_SIGN_INS[fact.name], reason)
