"""Snapshots of rarely changing rows, kept in the process and never trusted for long.

A change writes an `invalidations` row in its transaction; every process polls (storage.md).
While the last successful poll began more than 2 s ago, nothing is served from here.
"""

from limen.platform.cache.snapshots import Snapshots

__all__ = ["Snapshots"]
