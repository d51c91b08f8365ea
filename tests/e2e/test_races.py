"""A hundred at once for one thing, over sockets, at a running server: one wins (R024, A031)."""

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from tests.support.browsing import Browser
from tests.support.customer import QUICK_HASHES, Customer, at_once
from tests.support.proof import rounds
from tests.support.server import Server, somebody
from tests.support.stores import process_store, stores

PARALLEL = 100

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module", params=stores())
def customer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Customer]:
    """A person at an application of a server that hashes quickly."""
    with process_store(request.param) as urls:
        server = Server(tmp_path_factory.mktemp("race"), extra=dict(QUICK_HASHES), **urls).start()
        yield Customer.at(server)
        server.stop()


@pytest.mark.parametrize("_", rounds(10, proof=200))
def test_one_code_is_redeemed_once(customer: Customer, _: int) -> None:
    """R024, A031, A019: exactly one redemption wins, and the replays end what it got."""
    form = customer.code()
    answers = at_once(f"{customer.server.url}/oauth2/token", [form] * PARALLEL)
    assert Counter(a.status_code for a in answers) == {200: 1, 400: PARALLEL - 1}
    assert {a.json()["error"] for a in answers if a.status_code == 400} == {"invalid_grant"}
    (won,) = (a.json() for a in answers if a.status_code == 200)
    again = customer.token(customer.refresh(won["refresh_token"]))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    bearer = {"authorization": f"Bearer {won['access_token']}"}
    assert httpx.get(f"{customer.server.url}/oauth2/userinfo", headers=bearer).status_code == 401


@pytest.mark.parametrize("_", rounds(10, proof=200))
def test_one_refresh_token_has_one_successor(customer: Customer, _: int) -> None:
    """R032, A031: whoever is answered inside the leeway gets the same successor; it works."""
    first = customer.tokens()["refresh_token"]
    form = customer.refresh(first)
    answers = at_once(f"{customer.server.url}/oauth2/token", [form] * PARALLEL)
    successors = {a.json()["refresh_token"] for a in answers if a.status_code == 200}
    assert len(successors) == 1, Counter(a.status_code for a in answers)
    assert successors != {first}
    (successor,) = successors
    assert customer.token(customer.refresh(successor)).status_code == 200


@pytest.mark.parametrize("_", rounds(3, proof=200))
def test_one_reset_link_sets_one_password(customer: Customer, _: int) -> None:
    """R079, A051, A037: of a hundred new passwords exactly one is the person's."""
    server, person = customer.server, somebody()
    server.cli("user", "create", "--email", person.email, "--verified")
    browser = Browser(server.url).go("/recover").submit(username=person.email)
    browser.go(server.link_to(person.email, containing="reset"))
    page = browser.page
    assert page is not None
    fields = {c.name: c.value for c in page.main_form.controls if c.name and c.tag == "input"}
    passwords = [f"{person.password} number {n}" for n in range(PARALLEL)]
    answers = at_once(
        f"{server.url}/recover/reset", [fields | {"password": p} for p in passwords],
        cookies=dict(browser.http.cookies), headers={"origin": server.url},
    )  # fmt: skip
    statuses = Counter(a.status_code for a in answers)
    assert statuses[303] == 1, statuses
    assert set(statuses) <= {303, 410, 503}, statuses
    chosen = passwords[[a.status_code for a in answers].index(303)]
    for password, works in ((chosen, True), (passwords[answers[0].status_code == 303], False)):
        visitor = Browser(server.url).go("/signin")
        visitor.submit(username=person.email, current_password=password)
        assert visitor.page is not None
        assert visitor.page.url.startswith(f"{server.url}/account") is works
