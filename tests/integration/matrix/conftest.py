"""The world that every matrix is tried on."""

from tests.support.world import world

__all__ = ["world"]
