"""How often an experiment is repeated: a little in `make test`, long in `make proof`.

@pytest.mark.proof
@pytest.mark.parametrize("round_", rounds(10, proof=200))
async def test_exactly_one_redemption_wins(round_: int) -> None: ...
"""

import os


def proving() -> bool:
    """Return whether `make proof` runs us."""
    return os.environ.get("LIMEN_PROOF") == "1"


def rounds(few: int, *, proof: int) -> range:
    """Return `few` rounds in `make test`, `proof` in `make proof`."""
    return range(proof if proving() else few)
