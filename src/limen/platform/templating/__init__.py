"""Pages: templates found in every context, rendered safely, with their static files.

Read `engine.py` (where templates come from), `pages.py`, `refusals.py`, then `assets.py`.
"""

from limen.platform.templating.assets import Assets
from limen.platform.templating.engine import Engine
from limen.platform.templating.pages import Pages

__all__ = ["Assets", "Engine", "Pages"]
