"""`kill -9` under load: nothing that was acknowledged is lost, nothing is used twice."""

import asyncio
import contextlib
import itertools
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from tests.support.customer import LIMITS, QUICK_HASHES, Customer
from tests.support.proof import proving, rounds
from tests.support.server import Server
from tests.support.stores import process_store, stores

KILLS = len(rounds(2, proof=100))
LOAD_FOR = 1.0
READY_WITHIN = 10.0
CODES = 20

pytestmark = pytest.mark.proof


@pytest.fixture(params=stores())
def customer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Customer]:
    with process_store(request.param) as urls:
        server = Server(tmp_path_factory.mktemp("kill"), extra=dict(QUICK_HASHES), **urls).start()
        yield Customer.at(server)
        server.stop()


@dataclass
class Ledger:
    """What the server said was done, written down only after its answer arrived."""

    users: dict[str, str] = field(default_factory=dict)
    redeemed: list[Mapping[str, str]] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    current: str = ""
    numbers: Any = field(default_factory=itertools.count)


async def create_people(client: httpx.AsyncClient, ledger: Ledger, token: str) -> None:
    while True:
        email = f"k{next(ledger.numbers)}@example.org"
        answer = await client.post(
            "/api/v1/users", json={"email": email},
            headers={"authorization": f"Bearer {token}"},
        )  # fmt: skip
        if answer.status_code == 201:
            ledger.users[answer.json()["data"]["id"]] = email


async def redeem_codes(
    client: httpx.AsyncClient, ledger: Ledger, codes: list[dict[str, str]]
) -> None:
    while codes:
        form = codes.pop()
        answer = await client.post("/oauth2/token", data=form)
        if answer.status_code == 200:
            ledger.redeemed.append(form)
        await asyncio.sleep(LOAD_FOR / CODES)


async def refresh(client: httpx.AsyncClient, ledger: Ledger, customer: Customer) -> None:
    while True:
        answer = await client.post("/oauth2/token", data=customer.refresh(ledger.current))
        assert answer.status_code == 200, answer.text
        ledger.used.append(ledger.current)
        ledger.current = answer.json()["refresh_token"]


async def load(customer: Customer, ledger: Ledger, codes: list[dict[str, str]], token: str) -> None:
    """Work until the server is gone, which happens in the midst of it."""
    url = customer.server.url
    async with httpx.AsyncClient(base_url=url, limits=LIMITS, timeout=10) as client:
        jobs = [create_people(client, ledger, token) for _ in range(6)]
        jobs += [redeem_codes(client, ledger, codes), refresh(client, ledger, customer)]
        tasks = [asyncio.ensure_future(job) for job in jobs]
        await asyncio.sleep(LOAD_FOR)
        await asyncio.to_thread(customer.server.kill)
        for task in tasks:
            with contextlib.suppress(httpx.TransportError, asyncio.CancelledError):
                await asyncio.wait_for(task, 10)


def everybody(customer: Customer, token: str) -> dict[str, str]:
    found: dict[str, str] = {}
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=customer.server.url, headers=headers, timeout=30) as client:
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = client.get("/api/v1/users", params={"limit": 200, **more}).json()
            found |= {user["id"]: user["email"] for user in page["data"]}
            cursor = page["pagination"]["next_cursor"]
    return found


def test_killed_under_load_it_loses_nothing_and_begins_again(customer: Customer) -> None:
    """R024, R032, R153: acknowledged accounts are there, used codes and tokens stay used."""
    server, ledger, took = customer.server, Ledger(), list[float]()
    for _ in range(KILLS):
        ledger.current, ledger.used, ledger.redeemed = customer.tokens()["refresh_token"], [], []
        codes = [customer.code() for _ in range(CODES)]
        token = customer.management_token()
        asyncio.run(load(customer, ledger, codes, token))
        started = time.perf_counter()
        server.start()
        took.append(time.perf_counter() - started)
        assert took[-1] < READY_WITHIN
        there = everybody(customer, token)
        lost = {user: email for user, email in ledger.users.items() if there.get(user) != email}
        assert lost == {}
        assert len(ledger.used) > 2
        for form in ledger.redeemed:
            assert customer.token(form).json()["error"] == "invalid_grant"
        oldest = customer.token(customer.refresh(ledger.used[0]))
        assert oldest.json()["error"] == "invalid_grant"
    assert len(ledger.users) > 10
    report = server.cli("audit", "verify")
    assert report["whole"] is True, report
    if proving():
        assert statistics.median(took) <= 2.0, sorted(took)
