"""Pages: Jinja2 with autoescape and strict names, one language and one theme a request."""

from limen.platform.templating.pages import Pages

__all__ = ["Pages"]
