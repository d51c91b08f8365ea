"""The examples of the guides, run as they are printed."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import Server, free_port
from tests.support.stores import process_store, stores

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
RUNS = (
    "authorization-details.md",
    "ciba.md",
    "claims.md",
    "client-authentication.md",
    "cross-app-access.md",
    "device-flow.md",
    "dpop.md",
    "dynamic-registration.md",
    "fapi.md",
    "logout.md",
    "mcp.md",
    "opaque-tokens.md",
    "openid-federation.md",
    "pairwise-subjects.md",
    "par-and-request-objects.md",
    "revocation-feed.md",
    "shared-signals.md",
    "sign-people-in.md",
    "step-up.md",
    "token-exchange.md",
    "workload-identity.md",
)
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(params=stores())
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Each guide begins with a new store, as its reader may."""
    with process_store(request.param) as urls:
        running = Server(tmp_path, **urls).start()
        yield running
        running.stop()


@pytest.mark.parametrize("page", RUNS)
def test_a_guide_does_what_it_says(server: Server, page: str) -> None:
    """Its blocks, one after the other, in a folder of the server's."""
    folder = server.folder / page.removesuffix(".md")
    folder.mkdir()
    port = str(free_port())  # of the application that a guide starts
    bin_ = Path(sys.executable).parent
    environment = server.environment | {
        "LIMEN_ISSUER": server.url, "PATH": f"{bin_}:{os.environ['PATH']}",
    }  # fmt: skip
    for kind, block in _BLOCK.findall((GUIDES / page).read_text(encoding="utf-8")):
        text = block.replace("http://localhost:8400", server.url).replace("9085", port)
        command = ["bash", "-euc", text] if kind == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
