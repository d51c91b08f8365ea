"""Catalogues of translated texts (gettext), found in every context's `locales/` folder."""

from collections.abc import Iterable
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from limen.platform.i18n.po import read_catalogue

SOURCE: Final = "en"

_PACKAGE = Path(__file__).parents[2]
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def folders_named(name: str, package: Path = _PACKAGE) -> list[Path]:
    """Return the folders `name` of contexts, of the platform's parts and of slots, in order."""
    found = [
        *package.glob(f"*/{name}"),
        *package.glob(f"*/*/{name}"),
        *package.glob(f"*/*/*/{name}"),
    ]
    return sorted(found)


_OWN_NAMES = {"en": "English", "de": "Deutsch"}


def name_of(language: str) -> str:
    """Return what a language is called by those who speak it."""
    return _OWN_NAMES.get(language, language)


def direction_of(locale: str) -> str:
    """Return `rtl` for languages written from right to left, else `ltr`."""
    return "rtl" if locale.split("-", 1)[0] in _RIGHT_TO_LEFT else "ltr"


class Texts:
    """Translates texts, by `locales/{language}/LC_MESSAGES/*.po` (or `.mo`) of any part.

    A language is read when it is first spoken.
    """

    def __init__(self, package: Path = _PACKAGE) -> None:
        self._files: dict[str, list[Path]] = {SOURCE: []}
        for folder in folders_named("locales", package):
            for file in sorted(folder.glob("*/LC_MESSAGES/*.[mp]o")):
                self._files.setdefault(file.parents[1].name.lower(), []).append(file)
        self._read: dict[str, NullTranslations] = {}

    def _catalogue(self, language: str) -> NullTranslations:
        found = self._read.get(language)
        if found is None:
            found = NullTranslations()
            for file in self._files[language]:
                catalogue = _read(file)
                catalogue.add_fallback(found)
                found = catalogue
            self._read[language] = found
        return found

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def choose(self, wishes: Iterable[str]) -> str:
        """Return the first wish that we speak (`de-AT` is content with `de`), else English."""
        for wish in wishes:
            tag = wish.lower()
            if tag in self._files:
                return tag
            language = tag.split("-", 1)[0]
            if language in self._files:
                return language
        return SOURCE

    def say(self, locale: str, message: str) -> str:
        """Return `message` in `locale`."""
        return self._catalogue(locale).gettext(message)

    def say_number(self, locale: str, one: str, many: str, number: int) -> str:
        """Return the form that `number` takes in `locale`; `%(number)s` stands for it."""
        translated = self._catalogue(locale).ngettext(one, many, number)
        return translated % {"number": number}


def _read(file: Path) -> GNUTranslations:
    if file.suffix == ".po":
        return read_catalogue(file)
    with file.open("rb") as content:
        return GNUTranslations(content)


@cache
def product_texts() -> Texts:
    """Return the texts of the product, found once in a process."""
    return Texts()


@lru_cache(maxsize=256)
def wishes_of(accept_language: str) -> tuple[str, ...]:
    """Return the languages of an `Accept-Language` header, most wanted first."""
    wishes: list[tuple[float, str]] = []
    for part in accept_language[:256].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if tag and weight > 0:
            wishes.append((weight, tag))
    return tuple(tag for _, tag in sorted(wishes, key=lambda wish: -wish[0]))
