"""Browsers that are closed again when their test ends."""

from collections.abc import Callable, Iterator

import pytest
from tests.support.browsing import Browser
from tests.support.server import Server


@pytest.fixture
def browse(server: Server) -> Iterator[Callable[[], Browser]]:
    """Open a browser without JavaScript; each call opens another."""
    opened: list[Browser] = []

    def another() -> Browser:
        opened.append(Browser(server.url))
        return opened[-1]

    yield another
    for browser in opened:
        browser.http.close()
