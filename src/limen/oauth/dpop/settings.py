"""The settings of DPoP (`LIMEN_OAUTH__DPOP__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class DpopSettings:
    proof_lifetime: timedelta = setting(
        timedelta(seconds=60), "How old a DPoP proof may be, by its own clock."
    )
    nonce_required: bool = setting(
        False, "Accept only DPoP proofs with a nonce of ours, so that none is made in advance."
    )
    nonce_lifetime: timedelta = setting(
        timedelta(minutes=2), "How long a DPoP nonce is given out; it is accepted twice as long."
    )

    def __post_init__(self) -> None:
        if not timedelta(0) < self.proof_lifetime <= timedelta(seconds=60):
            raise ValueError("proof_lifetime must be above 0 and at most 60 s (R030)")
        if not timedelta(seconds=5) <= self.nonce_lifetime <= timedelta(hours=1):
            raise ValueError("nonce_lifetime must be 5 s to 1 h")
