"""Sessions and families in the store.  Read `tables.py`, `sessions.py`, `families.py`."""

from limen.sessions.store.families import SqlFamilies
from limen.sessions.store.sessions import SqlSessions
from limen.sessions.store.standing import STANDING

__all__ = ["STANDING", "SqlFamilies", "SqlSessions"]
