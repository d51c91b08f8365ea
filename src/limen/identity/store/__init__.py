"""Identity in the store: `tables`, `queries`, then `users`."""

from limen.identity.store.tables import STANDING
from limen.identity.store.users import SqlUsers

__all__ = ["STANDING", "SqlUsers"]
