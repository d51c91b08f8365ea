"""authorization_details: what exactly is asked, in objects of registered types (RFC 9396)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from limen.oauth.api import Client, DetailText
from limen.oauth.errors import InvalidAuthorizationDetails
from limen.oauth.model.detail_types import COMMON, LISTS, TEXTS
from limen.oauth.model.resources import Api, Catalog
from limen.oauth.model.schema import mismatch_of
from limen.oauth.options import DetailType, EnrichSource
from limen.platform.jose.strict_json import check_json

Detail = dict[str, Any]
Details = tuple[Detail, ...]

MAX_LENGTH: Final = 8192
MAX_DETAILS: Final = 16
MAX_REMEMBERED: Final = 50
_MAX_SHOWN: Final = 200
_FIELD = re.compile(r"\{([A-Za-z0-9_.]{1,100})\}")
_WORDS: Final[Mapping[EnrichSource, str]] = {
    "user.id": "your account's number",
    "user.email": "your e-mail address",
    "user.username": "your user name",
    "user.name": "your name",
}


def parse_details(text: str) -> Details:
    """Return the objects, each with its `type`.  Raises InvalidAuthorizationDetails."""
    if len(text) > MAX_LENGTH:
        raise _refusal("length", "authorization_details is too long.")
    raw = text.strip().encode()
    try:
        check_json(raw)
        found = msgspec.json.decode(raw, type=list[Detail])
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        hint = "authorization_details must be a JSON array of objects."
        raise _refusal("json", hint) from error
    if not 1 <= len(found) <= MAX_DETAILS:
        raise _refusal("count", f"authorization_details holds 1 to {MAX_DETAILS} objects.")
    if not all(isinstance(detail.get("type"), str) for detail in found):
        raise _refusal("type", "Each object of authorization_details must hold a type.")
    return tuple(found)


def check_details(
    asked: Details, client: Client, catalog: Catalog, resources: Sequence[str]
) -> tuple[Details, tuple[str, ...]]:
    """Return the details, and the resources that the tokens for them are for.

    Without `resource`, these are the APIs whose types were asked.  A type is for clients that
    are registered for it (R056).  Raises InvalidAuthorizationDetails.
    """
    found: list[Detail] = []
    owners: list[str] = []
    for detail in asked:
        kind: str = detail["type"]
        if kind not in client.options.authorization_details_types:
            raise _refusal("type", "This client may not ask for a type of authorization_details.")
        api, known = _type_of(kind, catalog, _locations(detail) or resources)
        _check(detail, known)
        if resources and api.identifier not in resources:
            raise _refusal("resource", "The resource is none that knows these details.")
        if detail not in found:
            found.append(detail)
            owners.append(api.identifier)
    return tuple(found), tuple(resources) or tuple(dict.fromkeys(owners))


def asks_always(details: Details, catalog: Catalog) -> bool:
    """True where a type among them wants the person asked each time."""
    types = (pair[1] for detail in details for pair in catalog.detail_types(detail["type"]))
    return any(known.asks_always for known in types)


def remembered(held: Details, asked: Details) -> Details:
    """Return what a grant holds after `asked` was allowed too: the latest, and not forever more."""
    new = tuple(detail for detail in asked if not covers(held, (detail,)))
    return (*held, *new)[-MAX_REMEMBERED:]


def _type_of(kind: str, catalog: Catalog, wanted: Sequence[str]) -> tuple[Api, DetailType]:
    found = catalog.detail_types(kind)
    if not found:
        raise _refusal("type", "A type of authorization_details is unknown.")
    return next((pair for pair in found if pair[0].identifier in wanted), found[0])


def _locations(detail: Detail) -> list[str]:
    value = detail.get("locations")
    return cast("list[str]", value) if isinstance(value, list) else []


def _check(detail: Detail, known: DetailType) -> None:
    fields = {name: value for name, value in detail.items() if name != "type"}
    schema: dict[str, Any] = {"type": "object", **known.schema}
    if "properties" not in known.schema:
        schema["properties"] = COMMON
    else:
        schema["properties"] = {"locations": TEXTS, **known.schema["properties"]}
    flaw = mismatch_of(fields, schema)
    if flaw is not None:
        raise InvalidAuthorizationDetails(flaw, reason="authorization_details_schema")


def covers(held: Iterable[Detail], asked: Iterable[Detail]) -> bool:
    """True where each asked detail is among the held ones."""
    known = list(held)
    return all(any(is_within(one, other) for other in known) for one in asked)


def is_within(asked: Detail, held: Detail) -> bool:
    """True where `asked` is `held`, or less of the lists that RFC 9396 §2.2 names."""
    if asked.keys() != held.keys():
        return False
    return all(_is_part(name, value, held[name]) for name, value in asked.items())


def _is_part(name: str, asked: object, held: object) -> bool:
    if name not in LISTS:
        return _encode(asked) == _encode(held)
    some, whole = _items(asked), _items(held)
    return bool(some) and whole.issuperset(some)


def _items(value: object) -> frozenset[bytes]:
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return frozenset(map(_encode, items))


def narrow(
    granted: Details, asked: str | None, catalog: Catalog, resources: Sequence[str]
) -> Details:
    """Return what a token gets: the part asked now, as far as its resources know it (§6).

    Raises InvalidAuthorizationDetails for more than was granted (R031).
    """
    if asked is not None:
        granted = tuple(_part_of(granted, one, catalog) for one in parse_details(asked))
    if not resources:
        return granted
    return tuple(d for d in granted if catalog.knows_detail(d["type"], resources))


def _part_of(granted: Details, asked: Detail, catalog: Catalog) -> Detail:
    """Return the asked part of what was granted, with what we had added to it."""
    for held in granted:
        added = {n: v for n, v in held.items() if n in _added(held["type"], catalog)}
        if is_within({**asked, **added}, held):
            return {**asked, **added}
    raise _refusal("widened", "More authorization_details were asked for than granted.")


def _added(kind: str, catalog: Catalog) -> frozenset[str]:
    return frozenset(name for _, known in catalog.detail_types(kind) for name in known.enrich)


def enriched(
    details: Details, values: Mapping[EnrichSource, str | None], catalog: Catalog
) -> Details:
    """Return the details with what their types add, as far as it is known (§7.1)."""
    found: list[Detail] = []
    for detail in details:
        _, known = _type_of(detail["type"], catalog, _locations(detail))
        added = {name: values[source] for name, source in known.enrich.items()}
        found.append({**detail, **{name: v for name, v in added.items() if v is not None}})
    return tuple(found)


def is_enriched(details: Details, catalog: Catalog) -> bool:
    return any(_added(detail["type"], catalog) for detail in details)


def text_of(detail: Detail, catalog: Catalog, resources: Sequence[str]) -> DetailText:
    """Return a detail in plain words, and every field of it: nothing stays unseen (R012)."""
    _, known = _type_of(detail["type"], catalog, _locations(detail) or resources)
    shown = _FIELD.sub(lambda match: _shown(_at(detail, match[1])), known.title)
    fields = _flat({name: value for name, value in detail.items() if name != "type"})
    added = tuple((name, _WORDS[source]) for name, source in known.enrich.items())
    return DetailText(detail["type"], shown, (*fields, *added))


def _at(value: object, path: str) -> object:
    for name in path.split("."):
        value = cast("Detail", value).get(name) if isinstance(value, dict) else None
    return value


def _flat(value: Mapping[str, Any], prefix: str = "") -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for name, member in value.items():
        if isinstance(member, dict):
            found += _flat(cast("Detail", member), f"{prefix}{name}.")
        else:
            found.append((_printable(prefix + name), _shown(member)))
    return tuple(found)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(_shown, cast("list[object]", value)))[:_MAX_SHOWN]
    if isinstance(value, bool | int | float | dict):
        return _printable(msgspec.json.encode(value).decode())
    return _printable(str(value))


def _printable(text: str) -> str:
    """Leave out what could make a text look like another: controls, direction marks."""
    found = "".join(c if c.isprintable() else " " for c in text)
    return found if len(found) <= _MAX_SHOWN else found[:_MAX_SHOWN] + "…"


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _refusal(what: str, hint: str) -> InvalidAuthorizationDetails:
    return InvalidAuthorizationDetails(what, hint=hint, reason=f"authorization_details_{what}")
