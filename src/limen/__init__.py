"""Limen: identity and access. Start reading at `app.py`, then `docs/explain/tour.md`."""

__version__ = "0.1.0"
