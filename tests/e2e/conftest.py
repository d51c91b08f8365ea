"""Running servers and a real browser: one of each a worker, shared by its tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.support.databases import chosen
from tests.support.proof import proving
from tests.support.server import Server
from tests.support.stores import process_store, stores

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


ON_BOTH = ("portal", "test_openid_client", "test_oidc_client_ts", "test_authlib",
           "test_mod_auth_openidc", "test_openapi", "test_races")  # fmt: skip
"""What runs on each store; the rest needs a store and is indifferent to which.

LIMEN_PROOF=1 runs everything on both.
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run on one store what need not run on both."""
    if proving() or "sqlite" not in chosen():
        return
    left_out = [item for item in items if _is_other_store(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_other_store(item: pytest.Item) -> bool:
    given = getattr(getattr(item, "callspec", None), "params", {}).get("server")
    return given == "postgresql" and not any(name in item.nodeid for name in ON_BOTH)


@pytest.fixture(scope="session", params=stores())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """`limen dev` on a store of its own."""
    folder: Path = tmp_path_factory.mktemp("server")
    with process_store(request.param) as urls:
        running = Server(folder, **urls).start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser.  A module's, since its driver keeps an event loop in this thread."""
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    if binary is None:
        pytest.fail("install the package chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=binary, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a fresh profile."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()
