"""Catalogues of translated texts (gettext), found in every context's `locales/` folder."""

from collections.abc import Iterable
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

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


def direction_of(locale: str) -> str:
    """Return `rtl` for languages written from right to left, else `ltr`."""
    return "rtl" if locale.split("-", 1)[0] in _RIGHT_TO_LEFT else "ltr"


class Texts:
    """Translates texts; a context ships `locales/{language}/LC_MESSAGES/{context}.mo`."""

    def __init__(self, package: Path = _PACKAGE) -> None:
        self._catalogues: dict[str, NullTranslations] = {SOURCE: NullTranslations()}
        for folder in folders_named("locales", package):
            for file in sorted(folder.glob("*/LC_MESSAGES/*.mo")):
                self._add(file.parents[1].name.lower(), file)

    def _add(self, language: str, file: Path) -> None:
        with file.open("rb") as content:
            catalogue = GNUTranslations(content)
        if language in self._catalogues:
            catalogue.add_fallback(self._catalogues[language])
        self._catalogues[language] = catalogue

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self._catalogues))

    def choose(self, wishes: Iterable[str]) -> str:
        """Return the first wish that we speak (`de-AT` is content with `de`), else English."""
        for wish in wishes:
            tag = wish.lower()
            if tag in self._catalogues:
                return tag
            language = tag.split("-", 1)[0]
            if language in self._catalogues:
                return language
        return SOURCE

    def say(self, locale: str, message: str) -> str:
        """Return `message` in `locale`."""
        return self._catalogues[locale].gettext(message)

    def say_number(self, locale: str, one: str, many: str, number: int) -> str:
        """Return the form that `number` takes in `locale`; `%(number)s` stands for it."""
        translated = self._catalogues[locale].ngettext(one, many, number)
        return translated % {"number": number}


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
