"""Hashes of passwords, with the real algorithms at their lowest cost."""

import asyncio
import threading

import bcrypt
import pytest

from limen.authentication.errors import HashingOverloaded
from limen.authentication.methods.password.hashing import Hasher
from limen.authentication.methods.password.pool import HashingPool
from limen.authentication.methods.password.settings import PasswordSettings
from limen.authentication.methods.password.text import encoded

CHEAP = PasswordSettings(argon2_memory=7_168, argon2_time=1)
PASSWORD = "correct horse battery staple"


@pytest.fixture
def pool():
    made = HashingPool(threads=2, queue=100)
    yield made
    made.close()


@pytest.fixture
def hasher(pool: HashingPool) -> Hasher:
    return Hasher(pool, CHEAP)


def bcrypted(password: bytes, prefix: bytes = b"2b") -> str:
    return (
        bcrypt.hashpw(password, bcrypt.gensalt(4)).replace(b"$2b$", b"$" + prefix + b"$").decode()
    )


def test_the_defaults_are_those_of_the_requirement() -> None:
    """R072: Argon2id, 19 MiB, 2 passes, 1 lane."""
    settings = PasswordSettings()
    assert settings.algorithm == "argon2id"
    assert (settings.argon2_memory, settings.argon2_time, settings.argon2_parallelism) == (
        19_456, 2, 1,
    )  # fmt: skip


async def test_a_hash_is_a_phc_string_with_its_own_salt(hasher: Hasher) -> None:
    """R072: parameters and 128 random bits are stored with it."""
    one, other = await hasher.hash(PASSWORD), await hasher.hash(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=7168,t=1,p=1$")
    assert one != other
    assert len(one.split("$")[4]) == 22
    for hashed in (one, other):
        verdict = await hasher.verify(PASSWORD, hashed)
        assert (verdict.ok, verdict.outdated) == (True, False)
        assert not (await hasher.verify(PASSWORD + "!", hashed)).ok


async def test_other_parameters_are_outdated_and_still_right(pool: HashingPool) -> None:
    """R072: rehash at sign-in."""
    old = await Hasher(pool, CHEAP).hash(PASSWORD)
    dearer = Hasher(pool, PasswordSettings(argon2_memory=8_192, argon2_time=1))
    verdict = await dearer.verify(PASSWORD, old)
    assert (verdict.ok, verdict.outdated) == (True, True)
    wrong = await dearer.verify("x", old)
    assert (wrong.ok, wrong.outdated) == (False, False)


async def test_composed_and_decomposed_spellings_are_one_password(hasher: Hasher) -> None:
    """R069: NFC once, case kept, nothing cut."""
    hashed = await hasher.hash("pässwörd with umlauts")
    assert (await hasher.verify("pa\u0308sswo\u0308rd with umlauts", hashed)).ok
    assert not (await hasher.verify("Pässwörd with umlauts", hashed)).ok
    assert not (await hasher.verify("pässwörd with umlauts ", hashed)).ok


async def test_long_passwords_differ_at_their_ends(hasher: Hasher) -> None:
    """A127, R067: 256 code points count whole."""
    long = "x" * 255
    hashed = await hasher.hash(long + "y")
    assert (await hasher.verify(long + "y", hashed)).ok
    assert not (await hasher.verify(long + "z", hashed)).ok


@pytest.mark.parametrize("prefix", [b"2a", b"2b", b"2y"])
async def test_bcrypt_is_verified_and_outdated(hasher: Hasher, prefix: bytes) -> None:
    """R072: imports."""
    verdict = await hasher.verify(PASSWORD, bcrypted(PASSWORD.encode(), prefix))
    assert (verdict.ok, verdict.outdated) == (True, True)
    assert not (await hasher.verify("x", bcrypted(PASSWORD.encode(), prefix))).ok


async def test_bcrypt_is_never_given_more_than_it_looks_at(hasher: Hasher) -> None:
    """A127: at 72 bytes it is right, beyond them never, however they begin; NUL neither."""
    whole = "a" * 72
    hashed = bcrypted(whole.encode())
    assert (await hasher.verify(whole, hashed)).ok
    assert not (await hasher.verify(whole + "b", hashed)).ok
    umlauts = "ä" * 36
    assert (await hasher.verify(umlauts, bcrypted(umlauts.encode()))).ok
    assert not (await hasher.verify(umlauts + "b", bcrypted(umlauts.encode()))).ok
    assert not (await hasher.verify("a\0b", bcrypted(b"a"))).ok


async def test_bcrypt_can_be_chosen_with_its_cost(pool: HashingPool) -> None:
    hasher = Hasher(pool, PasswordSettings(algorithm="bcrypt", bcrypt_cost=10))
    hashed = await hasher.hash(PASSWORD)
    assert hashed.startswith("$2b$10$")
    verdict = await hasher.verify(PASSWORD, hashed)
    assert (verdict.ok, verdict.outdated) == (True, False)
    assert (await hasher.verify(PASSWORD, bcrypted(PASSWORD.encode()))).outdated
    long = await hasher.hash("a" * 73)  # bcrypt would cut it
    assert long.startswith("$argon2id$")
    assert not (await hasher.verify("a" * 72, long)).ok
    assert not (await hasher.verify(PASSWORD, None)).ok


async def test_nobody_costs_what_somebody_costs(pool: HashingPool) -> None:
    """A063: the made-up hash has the parameters of ours, and no password."""
    hasher = Hasher(pool, CHEAP)
    assert hasher._nobodys.startswith("$argon2id$v=19$m=7168,t=1,p=1$")
    real = await hasher.hash(PASSWORD)
    assert [len(part) for part in hasher._nobodys.split("$")] == [
        len(part) for part in real.split("$")
    ]
    for password in (PASSWORD, "", "\ud800", "x" * 10_000):
        assert not (await hasher.verify(password, None)).ok
        assert not (await hasher.verify(password, real)).ok or password == PASSWORD


@pytest.mark.parametrize(
    "broken", ["", "x", "$argon2id$", "$2b$", "$2b$10$short", "plain", "$argon2id$v=19$m=1$x$y"]
)
async def test_a_broken_hash_lets_nobody_in(hasher: Hasher, broken: str) -> None:
    assert not (await hasher.verify(PASSWORD, broken)).ok
    assert not (await hasher.verify("", broken)).ok


def test_what_can_be_nobodys_password_has_no_bytes() -> None:
    """R067: up to 256 code points and 1 KB."""
    assert encoded("ä" * 256) is not None
    assert encoded("𝄞" * 256) is not None
    assert encoded("x" * 257) is None
    assert encoded("\ud800") is None
    assert encoded("x" * 10_000_000) is None


async def test_imported_hashes_have_a_bearable_cost(hasher: Hasher) -> None:
    """A121: nobody imports a hash that takes a minute or all memory to verify."""
    assert hasher.accepts(await hasher.hash(PASSWORD))
    assert hasher.accepts(bcrypted(b"x"))
    tail = "c29tZXNhbHRzb21lc2FsdA$" + "A" * 43
    for dear in ("m=4194304,t=1,p=1", "m=19456,t=100,p=1", "m=19456,t=2,p=200"):
        assert not hasher.accepts(f"$argon2id$v=19${dear}${tail}")
    for wrong in ("", "md5:x", "$2b$31$" + "a" * 53, "$2b$10$short", "$1$x$y"):
        assert not hasher.accepts(wrong)


async def test_too_much_work_is_sent_away_at_once() -> None:
    """performance: bounded queue, 503 with Retry-After; then it goes on."""
    pool = HashingPool(threads=1, queue=2)
    gate = threading.Event()
    try:
        running = [asyncio.create_task(pool.run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(HashingOverloaded) as refused:
            await pool.run(gate.wait)
        assert refused.value.retry_after >= 1
        gate.set()
        assert await asyncio.gather(*running) == [True] * 3
        assert await pool.run(lambda: 7) == 7
    finally:
        gate.set()
        pool.close()


async def test_whoever_leaves_frees_the_place() -> None:
    pool = HashingPool(threads=1, queue=1)
    gate = threading.Event()
    try:
        first = asyncio.create_task(pool.run(gate.wait))
        waiting = asyncio.create_task(pool.run(gate.wait))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        another = asyncio.create_task(pool.run(gate.wait))
        await asyncio.sleep(0)
        gate.set()
        assert await asyncio.gather(first, another) == [True, True]
    finally:
        gate.set()
        pool.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum_length": 7},
        {"minimum_length": 65},
        {"minimum_length_with_mfa": 7},
        {"minimum_score": 5},
        {"argon2_memory": 1024},
        {"argon2_time": 0},
        {"bcrypt_cost": 9},
        {"hash_queue": 0},
        {"breached_url": "http://example.com"},
    ],
)
def test_settings_below_the_requirement_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"authentication\.password"):
        PasswordSettings(**wrong)  # type: ignore[arg-type]
