"""All tables and queries of the project, found by importing the modules that declare them."""

import importlib.util
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

import limen
from limen.platform.db import Query, metadata


def store_modules() -> list[ModuleType]:
    """Import every module that declares tables or queries."""
    names = [module.name for module in pkgutil.walk_packages(limen.__path__, "limen.")]
    declaring = [name for name in names if _declares(name)]
    return [importlib.import_module(name) for name in declaring]


def _declares(name: str) -> bool:
    source = importlib.util.find_spec(name)
    if source is None or source.origin is None or ".migrations" in name:
        return False
    text = Path(source.origin).read_text("utf-8")
    return any(word in text for word in ("tenant_table(", "global_table(", "Query("))


def all_tables() -> Any:
    """Return the metadata, complete."""
    store_modules()
    return metadata


def all_queries() -> "dict[str, Query[Any]]":
    """Return every declared query by where it is declared."""
    found: dict[str, Query[Any]] = {}
    for module in store_modules():
        for name, value in vars(module).items():
            members = vars(value).items() if isinstance(value, type) else [("", value)]
            for member, query in members:
                if isinstance(query, Query):
                    found[f"{module.__name__}.{name}.{member}".rstrip(".")] = query
    return found
