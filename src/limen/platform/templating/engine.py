"""The template engine: Jinja2, autoescaped and strict, over every context's templates.

`portal/signin.html` is `limen/portal/templates/signin.html`; what belongs to the platform,
and mail, is found by its plain name: `page.html`, `mail/reset.txt`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from jinja2 import pass_context as with_context
from jinja2.runtime import Context
from markupsafe import Markup

from limen.platform.i18n import Texts, product_texts
from limen.platform.i18n.texts import folders_named

_PACKAGE = Path(__file__).parents[2]
_PLAIN = ("platform/templating", "platform/mail")


def template_files(package: Path = _PACKAGE) -> dict[str, Path]:
    """Return every template by name.  Raises ValueError for a name that two files have."""
    found: dict[str, Path] = {}
    for folder in folders_named("templates", package):
        owner = folder.parent.relative_to(package).as_posix()
        for file in sorted(folder.rglob("*.*")):
            name = file.relative_to(folder).as_posix()
            if owner not in _PLAIN and not name.startswith("mail/"):
                name = f"{owner}/{name}"
            if name in found:
                raise ValueError(f"two templates are named {name}: {found[name]}, {file}")
            found[name] = file
    return found


class Engine:
    """Compiles each template once; a rendering sees only the values that it is given."""

    def __init__(self, texts: Texts | None = None, package: Path = _PACKAGE) -> None:
        self.texts = texts or (product_texts() if package == _PACKAGE else Texts(package))
        self._files = template_files(package)
        self._environment = Environment(
            loader=FunctionLoader(self._source),
            autoescape=_is_markup,  # noqa: S701 - off for the text of mail only
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        names: dict[str, Any] = self._environment.globals
        names.update({"_": self._say, "_n": self._say_number})
        filters: dict[str, Callable[..., Any]] = self._environment.filters
        filters.update(when=when, ago=ago)

    def render(self, template: str, values: Mapping[str, object]) -> str:
        """Return the text of a template.  `values` must name the `locale`."""
        return self._get(template).render(values)

    def names(self) -> list[str]:
        return sorted(self._files)

    def _source(self, template: str) -> tuple[str, str, None] | None:
        file = self._files.get(template)
        return None if file is None else (file.read_text(encoding="utf-8"), str(file), None)

    def _get(self, template: str) -> Template:
        return self._environment.get_template(template)

    @with_context
    def _say(self, context: Context, message: str, /, **values: object) -> str:
        text = self.texts.say(context["locale"], message)
        if not values:
            return text
        if context.eval_ctx.autoescape:
            return Markup(text) % values  # noqa: S704 - the text is ours, its values are escaped
        return text % values

    @with_context
    def _say_number(self, context: Context, one: str, many: str, number: int, /) -> str:
        return self.texts.say_number(context["locale"], one, many, number)


def _is_markup(template: str | None) -> bool:
    return template is None or not template.endswith(".txt")


@with_context
def when(context: Context, moment: datetime) -> Markup:
    """Show a time in the page's language, in UTC, readable for machines too."""
    from babel.dates import format_datetime  # where first used: it is slow to import

    shown = format_datetime(moment.astimezone(UTC), "medium", locale=_babel(context))
    return _time(moment, f"{shown} UTC")


@with_context
def ago(context: Context, moment: datetime, now: datetime) -> Markup:
    """Show how long ago a time was, as seen from `now`."""
    from babel.dates import format_timedelta  # where first used: it is slow to import

    since = min(moment - now, timedelta(0))
    shown = format_timedelta(since, add_direction=True, locale=_babel(context))
    return _time(moment, shown)


def _babel(context: Context) -> str:
    locale: Any = context["locale"]
    return str(locale).replace("-", "_")


def _time(moment: datetime, shown: str) -> Markup:
    machine = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(machine, shown)
