"""What a profile may hold: plain text of one line, real zones, locales and addresses."""

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import msgspec

from limen.identity.api import Address, Profile
from limen.identity.model.folding import has_control
from limen.kernel.errors import FieldError, Invalid

MAX_TEXT = 200
MAX_URL = 2000
MAX_ADDRESS_LINE = 500

_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,4}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_YEAR = re.compile(r"[0-9]{4}")
_TEXTS = ("name", "given_name", "family_name", "middle_name", "nickname", "gender")
_URLS = ("profile", "picture", "website")


def check_profile(profile: Profile) -> Profile:
    """Return the profile.  Raises Invalid naming every wrong field."""
    errors = tuple(_errors(profile))
    if errors:
        raise Invalid(*errors)
    return profile


def _errors(profile: Profile) -> Iterator[FieldError]:
    for field in _TEXTS:
        if not _is_line(getattr(profile, field), MAX_TEXT):
            yield FieldError(field, "text_invalid", f"One line of up to {MAX_TEXT} characters.")
    for field in _URLS:
        if not _is_url(getattr(profile, field)):
            yield FieldError(field, "url_invalid", "An http or https address.")
    if profile.locale is not None and not _LOCALE.fullmatch(profile.locale):
        yield FieldError("locale", "locale_invalid", "A language tag, as in 'de-CH' (BCP 47).")
    if profile.zoneinfo is not None and not _is_zone(profile.zoneinfo):
        yield FieldError("zoneinfo", "zoneinfo_unknown", "A time zone, as in 'Europe/Zurich'.")
    if profile.birthdate is not None and not _is_birthdate(profile.birthdate):
        yield FieldError("birthdate", "birthdate_invalid", "YYYY-MM-DD, 0000-MM-DD or YYYY.")
    if profile.phone_number is not None and not _PHONE.fullmatch(profile.phone_number):
        yield FieldError("phone_number", "phone_invalid", "As in '+41446681800' (E.164).")
    if profile.phone_number_verified and profile.phone_number is None:
        yield FieldError("phone_number_verified", "phone_missing", "There is no number.")
    yield from _address_errors(profile.address)


def _address_errors(address: Address | None) -> Iterator[FieldError]:
    if address is None:
        return
    for field, value in msgspec.structs.asdict(address).items():
        lines = value.split("\n") if field in {"formatted", "street_address"} and value else [value]
        if not all(_is_line(line, MAX_ADDRESS_LINE) for line in lines) or len(lines) > 10:
            yield FieldError(f"address.{field}", "text_invalid", "Up to 500 characters.")


def _is_line(value: str | None, limit: int) -> bool:
    return value is None or (len(value) <= limit and not has_control(value))


def _is_url(value: str | None) -> bool:
    if value is None:
        return True
    if len(value) > MAX_URL or has_control(value) or any(c in value for c in " <>\"'`\\"):
        return False
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False


def _is_zone(value: str) -> bool:
    from zoneinfo import available_timezones

    return value in available_timezones()


def _is_birthdate(value: str) -> bool:
    """Accept a date, one without its year, or the year alone (OpenID Connect Core §5.1)."""
    if _YEAR.fullmatch(value):
        return True
    try:  # 2000 is a leap year: 29 February without a year is a birthday
        date.fromisoformat(f"2000{value[4:]}" if value.startswith("0000") else value)
    except ValueError:
        return False
    return len(value) == 10
