"""prompt: what the person must see, or that they must see nothing (Core §3.1.2.1)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest

PROMPTS = ("none", "login", "consent", "select_account")


def check(asked: Asked) -> Mapping[str, object]:
    text = asked.parameters.get("prompt") or ""
    wishes = tuple(dict.fromkeys(wish for wish in text.split(" ") if wish))
    if not set(wishes) <= set(PROMPTS):
        hint = "prompt must be of none, login, consent and select_account."
        raise InvalidRequest("prompt", hint=hint)
    if "none" in wishes and len(wishes) > 1:
        raise InvalidRequest("prompt", hint="prompt=none excludes every other value.")
    return {"prompt": wishes}
