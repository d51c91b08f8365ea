from tests.support.listening import listening
from tests.support.oauth import provider

__all__ = ["listening", "provider"]
