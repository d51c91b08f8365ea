from tests.support.oauth import provider

__all__ = ["provider"]
