"""schemathesis over the served OpenAPI document: no 5xx, no answer that it does not describe."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.customer import QUICK_HASHES, Customer
from tests.support.proof import proving
from tests.support.server import Server
from tests.support.stores import process_store, stores

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "unsupported_method",
    "ignored_auth", "negative_data_rejection", "use_after_free",
)  # fmt: skip
EXAMPLES = 200 if proving() else 5


@pytest.fixture(scope="module", params=stores() if proving() else stores()[:1])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with process_store(request.param) as urls:
        folder = tmp_path_factory.mktemp("openapi")
        running = Server(folder, extra=dict(QUICK_HASHES), **urls).start()
        yield running
        running.stop()


# One person may change 1,200 things a minute: each part is another person's.
@pytest.mark.proof
@pytest.mark.parametrize(
    "methods", [("GET",), ("PATCH",), ("POST",), ("PUT", "DELETE")], ids="-".join
)
def test_every_answer_is_one_that_the_document_describes(
    server: Server, methods: tuple[str, ...]
) -> None:
    """R138, R139, A123: examples, edges and fuzz of every operation, right and wrong."""
    token = Customer.at(server).management_token()
    chosen = [part for method in methods for part in ("--include-method", method)]
    done = subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "run",
         f"{server.url}/api/v1/openapi.json", *chosen,
         "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS),
         "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
         "--seed", "1", "--generation-database", "none", "--continue-on-failure", "--no-color",
         *(("--rate-limit", "1000/m") if proving() else ())],
        cwd=server.folder, text=True, capture_output=True, timeout=3600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    statuses = answered(server)
    assert not [status for status in statuses if status >= 500], statuses
    assert statuses[429] < sum(statuses.values()) / 2, statuses


def answered(server: Server) -> Counter[int]:
    """Return how often the server gave each status, by its own count."""
    found: Counter[int] = Counter()
    for line in httpx.get(f"{server.url}/metrics").text.splitlines():
        match = re.match(r'http_requests_total\{.*status="(\d+)"\} (\d+)', line)
        if match:
            found[int(match[1])] += int(match[2])
    return found
