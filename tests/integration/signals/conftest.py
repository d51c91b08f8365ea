from tests.support.oauth import provider
from tests.support.signals import hearing, receiver

__all__ = ["hearing", "provider", "receiver"]
