"""The log in the store: `tables`, `queries`, and `log`, which is `ports.Log` over them."""

from limen.audit.store.log import SqlLog

__all__ = ["SqlLog"]
