"""prompt: what the person must see, or that they must see nothing (Core §3.1.2.1)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest

PROMPTS = ("none", "login", "consent", "select_account", "create")


def check(asked: Asked) -> Mapping[str, object]:
    text = asked.parameters.get("prompt") or ""
    wishes = tuple(dict.fromkeys(wish for wish in text.split(" ") if wish))
    if not set(wishes) <= set(PROMPTS):
        hint = "prompt must be of none, login, consent, select_account and create."
        raise InvalidRequest("prompt", hint=hint)
    if len(wishes) > 1 and {"none", "create"} & set(wishes):
        raise InvalidRequest("prompt", hint="none and create exclude every other prompt.")
    return {"prompt": wishes}
