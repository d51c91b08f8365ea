"""How passwords are chosen and kept."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class PasswordSettings:
    minimum_length: int = setting(
        15, "Characters that a password needs where it is the only factor (R066)."
    )
    minimum_length_with_mfa: int = setting(
        8, "Characters that a password needs where a second factor is always asked."
    )
    minimum_score: int = setting(3, "Lowest strength, from 0 to 4, as zxcvbn estimates it.")
    algorithm: Literal["argon2id", "bcrypt"] = setting(
        "argon2id", "How new passwords are hashed; the other kind is still verified."
    )
    argon2_memory: int = setting(19_456, "Memory of one hash, in KiB (at least 19 MiB: R072).")
    argon2_time: int = setting(2, "Passes over that memory.")
    argon2_parallelism: int = setting(1, "Lanes of one hash.")
    bcrypt_cost: int = setting(12, "Cost of bcrypt, as a power of two.")
    pepper: bool = setting(
        False, "Key every new hash by the master key, so that a copied store alone is no help."
    )
    hash_threads: int = setting(0, "Threads that hash; 0 is one for each core.")
    hash_queue: int = setting(
        32, "How many may wait for each hashing thread; more are sent away with 503."
    )
    breached_url: str = setting(
        "",
        "Range look-up of breached passwords (as https://api.pwnedpasswords.com); empty is off.",
    )
    breached_timeout: timedelta = setting(
        timedelta(seconds=2), "How long that look-up may take; without an answer it is left out."
    )

    def __post_init__(self) -> None:
        if not 8 <= self.minimum_length_with_mfa <= self.minimum_length <= 64:
            raise ValueError(
                "authentication.password: 8 <= minimum_length_with_mfa <= minimum_length <= 64"
            )
        if not 0 <= self.minimum_score <= 4:
            raise ValueError("authentication.password.minimum_score is 0 to 4")
        if self.argon2_memory < 7_168 or self.argon2_time < 1 or self.argon2_parallelism < 1:
            raise ValueError("authentication.password: argon2 needs 7168 KiB, 1 pass, 1 lane")
        if not 10 <= self.bcrypt_cost <= 20:
            raise ValueError("authentication.password.bcrypt_cost is 10 to 20")
        if self.hash_threads < 0 or self.hash_queue < 1:
            raise ValueError("authentication.password: hash_threads >= 0, hash_queue >= 1")
        if self.breached_url and not self.breached_url.startswith("https://"):
            raise ValueError("authentication.password.breached_url must begin with https://")
