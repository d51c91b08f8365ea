"""Token types, and the rules of `act` and `may_act` (RFC 8693 §3, §4)."""

from collections.abc import Mapping
from typing import Any, Final

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name
REFRESH_TOKEN: Final = "urn:ietf:params:oauth:token-type:refresh_token"  # noqa: S105 - a name
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a name
JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
ID_JAG: Final = "urn:ietf:params:oauth:token-type:id-jag"
GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"

SUBJECT_TYPES: Final = (ACCESS_TOKEN, ID_TOKEN, REFRESH_TOKEN, JWT)
ACTOR_TYPES: Final = (ACCESS_TOKEN, ID_TOKEN, JWT)
REQUESTED_TYPES: Final = (ACCESS_TOKEN, JWT, ID_TOKEN, ID_JAG)

MAX_ACTS: Final = 5
"""How many may act one for the other before it is refused: nobody audits a longer chain."""
MAX_VIA: Final = 8
"""How many tokens one may rest on: each is asked for whenever it is used."""

Act = dict[str, Any]


def nested(actor: Act, before: Act | None) -> Act:
    """Return the claim: the current actor outside, whoever acted before inside (§4.1)."""
    return actor if before is None else {**actor, "act": before}


def depth(act: Mapping[str, Any] | None) -> int:
    """Return how many actors a claim holds."""
    found = 0
    while act is not None:
        found += 1
        act = act.get("act")
    return found


def is_allowed(may_act: Mapping[str, Any], actor: Mapping[str, Any]) -> bool:
    """True if the actor is whom the token allows to act (§4.4): each member identifies them."""
    return bool(may_act) and all(actor.get(name) == value for name, value in may_act.items())
