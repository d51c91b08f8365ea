"""The parts of the provider that live in folders of their own, in the order of dependence."""

from collections.abc import Callable
from typing import Final

from limen.oauth.feature import Feature
from limen.oauth.parts import Parts

FEATURES: Final[tuple[Callable[[Parts], Feature], ...]] = ()
