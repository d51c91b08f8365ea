"""Our own TLS listener: who shows what, by real connections."""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.certificates import Made, authority, make, server_files

from limen.platform.http.protocol import Protocol
from limen.platform.mtls.certificates import CHAIN, PEER
from limen.platform.mtls.listener import Listener, NoTls
from limen.platform.mtls.settings import MtlsSettings, mistake_of

ROOT = authority("Root of the server")
OPTIONS = {"http": Protocol, "ws": "none", "log_config": None, "access_log": False,
           "proxy_headers": False, "server_header": False}  # fmt: skip


async def says(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what the scope says of the certificate, and the size of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    shown = scope[PEER]
    digest = hashlib.sha256(shown).hexdigest() if shown else "none"
    body = f"{digest} {len(scope[CHAIN])} {scope['scheme']} {size} {scope['path']}".encode()
    if scope["path"] == "/big":
        body = b"x" * 5_000_000
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", str(len(body)).encode())]})  # fmt: skip
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return server_files(ROOT, tmp_path)


@pytest.fixture
async def listener(files: tuple[Path, Path]) -> AsyncIterator[Listener]:
    settings = MtlsSettings(port=0, certificate_file=files[0], key_file=files[1])
    opened = Listener(settings, says, OPTIONS)
    await opened.start()
    yield opened
    await opened.stop()


def context(folder: Path, shown: Made | None, *chain: Made) -> ssl.SSLContext:
    found = ssl.create_default_context(cadata=ROOT.pem.decode())
    if shown is not None:
        certificate, key = shown.write(folder, "client")
        certificate.write_bytes(shown.pem + b"".join(one.pem for one in chain))
        found.load_cert_chain(certificate, key)
    return found


def http(listener: Listener, verify: ssl.SSLContext) -> httpx.AsyncClient:
    url = f"https://localhost:{listener.port}"
    return httpx.AsyncClient(base_url=url, verify=verify, trust_env=False)


def digest(made: Made) -> str:
    return hashlib.sha256(made.der).hexdigest()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_any_certificate_may_be_shown_and_none(
    listener: Listener, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """RFC 8705 §2.2, §3: those that vouch for themselves, of unknown issuers, expired; none."""
    root = authority("Some root")
    between = make("Between", root, is_ca=True)
    for shown, chain in [
        (None, ()), (make("me"), ()), (make("me", root), ()), (make("me", days=1), ()),
        (make("me", between), (between,)),
    ]:  # fmt: skip
        verify = context(tmp_path, shown, *chain)
        verify.minimum_version = verify.maximum_version = version
        async with http(listener, verify) as client:
            for path in ("/a", "/b"):  # the connection is kept
                answer = await client.get(path)
                expected = digest(shown) if shown else "none"
                assert answer.text == f"{expected} {len(chain)} https 0 {path}"
                assert "date" in answer.headers


async def test_bodies_of_any_size_pass(listener: Listener, tmp_path: Path) -> None:
    shown = make("me")
    async with http(listener, context(tmp_path, shown)) as client:
        answer = await client.post("/post", content=b"y" * 3_000_000)
        assert answer.text == f"{digest(shown)} 0 https 3000000 /post"
        answers = await asyncio.gather(*[client.get("/big") for _ in range(10)])
        assert all(len(answer.content) == 5_000_000 for answer in answers)


async def test_each_connection_has_its_own_certificate(listener: Listener, tmp_path: Path) -> None:
    """R051: and no session is resumed, so that each proves to hold its key anew."""

    async def one(number: int) -> bool:
        folder = tmp_path / str(number)
        folder.mkdir()
        shown = make(f"client {number}")
        verify = context(folder, shown)
        async with http(listener, verify) as client:
            return (await client.get("/")).text.startswith(digest(shown))

    assert all(await asyncio.gather(*[one(number) for number in range(20)]))
    verify = context(tmp_path, make("again"))
    session, reused = await asyncio.to_thread(connect, listener.port, verify, None)
    assert not reused
    _, reused = await asyncio.to_thread(connect, listener.port, verify, session)
    assert not reused


def connect(port: int, verify: ssl.SSLContext, session: Any) -> tuple[Any, bool]:
    """Ask once over a connection that would resume `session`; was it resumed?"""
    plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    with verify.wrap_socket(plain, server_hostname="localhost", session=session) as secure:
        secure.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        while secure.recv(65536):
            pass
        return secure.session, bool(secure.session_reused)


GARBAGE = [b"", b"\0" * 100, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"A" * 500,
           b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03", b"\x15\x03\x03\x00\x02\x02\x28"]  # fmt: skip


@pytest.mark.parametrize("sent", GARBAGE, ids=range(len(GARBAGE)))
async def test_what_is_no_handshake_ends(
    listener: Listener, tmp_path: Path, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A121: at once, or when its time is up; others are served on."""
    monkeypatch.setattr("limen.platform.mtls.terminator.HANDSHAKE_WITHIN", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(1000), 2)
    assert b"HTTP" not in answer
    writer.close()
    async with http(listener, context(tmp_path, None)) as client:
        assert (await client.get("/")).status_code == 200


async def test_old_tls_is_refused(listener: Listener, tmp_path: Path) -> None:
    """R143."""
    verify = context(tmp_path, None)
    verify.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        verify.minimum_version = ssl.TLSVersion.TLSv1
        verify.maximum_version = ssl.TLSVersion.TLSv1_1
    async with http(listener, verify) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("/")


async def test_requests_in_flight_are_finished(files: tuple[Path, Path], tmp_path: Path) -> None:
    """Stopping waits for them, and takes no new connection."""
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await go.wait()
        await says(scope, receive, send)

    settings = MtlsSettings(port=0, certificate_file=files[0], key_file=files[1])
    listener = Listener(settings, slow, OPTIONS)
    await listener.start()
    async with http(listener, context(tmp_path, None)) as client:
        asked = asyncio.create_task(client.get("/x"))
        await begun.wait()
        stopping = asyncio.create_task(listener.stop())
        await asyncio.sleep(0)
        go.set()
        assert (await asked).status_code == 200
        await stopping
        with pytest.raises(httpx.ConnectError):
            await client.get("/")


async def test_a_listener_without_a_key_does_not_start(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    """R145: one line that says what is wrong."""
    other = make("other").write(tmp_path, "other")
    nothing = tmp_path / "none.pem"
    for certificate, key in ((nothing, files[1]), (files[0], nothing), (files[0], other[1])):
        settings = MtlsSettings(port=0, certificate_file=certificate, key_file=key)
        with pytest.raises(NoTls, match="mtls: "):
            await Listener(settings, says, OPTIONS).start()
    first = MtlsSettings(port=0, certificate_file=files[0], key_file=files[1])
    one = Listener(first, says, OPTIONS)
    await one.start()
    taken = MtlsSettings(port=one.port, certificate_file=files[0], key_file=files[1])
    with pytest.raises(NoTls, match="port"):
        await Listener(taken, says, OPTIONS).start()
    await one.stop()


@pytest.mark.parametrize(
    "values",
    [
        {"port": 8443}, {"port": 70000, "certificate_file": Path("a"), "key_file": Path("b")},
        {"header": "a b"}, {"header": ""}, {"header": "x:"}, {"url": "http://mtls.example"},
        {"url": "https://mtls.example/"}, {"url": "https://MTLS.example"}, {"url": "https://u@h"},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_be_meant(values: dict[str, Any]) -> None:
    """R145."""
    with pytest.raises(ValueError):
        MtlsSettings(**values)


MISTAKES: list[tuple[dict[str, Any], bool, str | None]] = [
    ({}, False, None), ({"header": "Client-Cert"}, False, "proxy"), ({"header": "X"}, True, None),
    ({"client_ca_file": Path("a")}, True, "reach"),
    ({"port": 1, "certificate_file": Path("a"), "key_file": Path("b")}, False, "discovery"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "proxies", "said"), MISTAKES, ids=str)
def test_doctor_names_what_is_of_no_use(
    values: dict[str, Any], proxies: bool, said: str | None
) -> None:
    """R145: one line with the mend."""
    mistake = mistake_of(MtlsSettings(**values), proxies=proxies)
    assert (mistake is None) == (said is None)
    assert mistake is None or said in mistake[0]
