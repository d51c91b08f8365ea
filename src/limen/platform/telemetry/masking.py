"""Nothing secret and nobody's address in a log line, and no line that is not ours (R151, A129)."""

import re
from collections.abc import Mapping, Sequence

MASK = "[masked]"
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_SCHEME = re.compile(r"\b(bearer|dpop|basic|negotiate)\s+[^\s,;\"']+", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]*\.[\w-]*(?:\.[\w-]*)*")
_COOKIE = re.compile(r"\b((?:set-)?cookie)(['\"]?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE)
_NAMED = re.compile(
    r"\b([\w-]*(?:password|passwd|secret|token|assertion|verifier|authorization|api[_-]?key"
    r"|otp|totp|seed|credential|csrf|private[_-]?key))(['\"]?\s*[:=]\s*['\"]?)[^\s&,;'\"]+",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\w-])(code|state|nonce)(=)[^\s&,;'\"]+", re.IGNORECASE)
_RANDOM = re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{40,}(?![\w-])")
_PEM = re.compile(r"-----BEGIN [^-]*PRIVATE KEY-----.*?(?:-----END [^-]*-----|\Z)", re.DOTALL)
_SECRET_KEY = re.compile(
    r"password|passwd|secret|token|cookie|authoriz|assertion|verifier|credential|private"
    r"|api_?key|otp|seed|csrf|session_?key|master_?key|^browser$|^state$|^nonce$|^code$",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"(?:_id|_ids|_at|_type|_types|_kind|_name|_count|_lifetime|_seconds|_endpoint)$"
)
_WORD = re.compile(r"[a-z][a-z_]{0,63}")
_CONTROLS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_DEEPEST = 6
_MOST = 50
_LONGEST = 8_000


def mask(text: str) -> str:
    """Return `text` without e-mail addresses, tokens, cookies, keys and named secrets."""
    text = _PEM.sub(MASK, text[:_LONGEST])
    text = _COOKIE.sub(rf"\1\2{MASK}", text)
    text = _SCHEME.sub(rf"\1 {MASK}", text)
    text = _JWT.sub(MASK, text)
    text = _NAMED.sub(rf"\1\2{MASK}", text)
    text = _CODE.sub(rf"\1\2{MASK}", text)
    text = _RANDOM.sub(MASK, text)
    return _EMAIL.sub("[email]", text)


def mask_value(name: str, value: object, depth: int = 0) -> object:
    """Return what may be logged of a named value, whatever it is made of."""
    if is_secret_name(name) and not _may_stand(name, value):
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    return _mask_inside(name, value, depth)


def _mask_inside(name: str, value: object, depth: int) -> object:
    if depth >= _DEEPEST:
        return "[…]"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_MOST]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] # anything may be logged
        return {mask(str(k)): mask_value(str(k), v, depth + 1) for k, v in pairs}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] # likewise
    if isinstance(value, Sequence | set | frozenset):
        return [mask_value(name, item, depth + 1) for item in list(value)[:_MOST]]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] # likewise
    return mask(str(value))


def is_secret_name(name: str) -> bool:
    """Return whether values of this name are secrets; `token_type` and `key_id` are not."""
    return _SECRET_KEY.search(name) is not None and _HARMLESS.search(name) is None


def _may_stand(name: str, value: object) -> bool:
    """A refusal's `code` is a word; an authorization code or a one-time code never is."""
    if isinstance(value, bool) or value is None:
        return True
    return name == "code" and isinstance(value, str) and _WORD.fullmatch(value) is not None


def visible(text: str) -> str:
    """Return `text` with control and direction characters spelled out: one line, as it is."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
