"""How often something may happen, counted in this process (GCRA)."""

from limen.platform.limits.local import Limit, Limiter

__all__ = ["Limit", "Limiter"]
