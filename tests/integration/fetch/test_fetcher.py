"""The outgoing client against servers that behave badly, and documents that are kept."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.certificates import authority, server_context
from tests.support.websites import Asked, Website, page, website

from limen.platform.fetch import Fetcher, FetchFailed, FetchSettings

QUICK = FetchSettings(timeout=timedelta(seconds=0.4), connect_timeout=timedelta(seconds=0.2))


@pytest.fixture
async def site() -> AsyncIterator[Website]:
    async with website() as opened:
        yield opened


@pytest.fixture
def fetcher(clock: FrozenClock) -> Fetcher:
    return Fetcher(FetchSettings(), clock, dev=True)


async def failure(asking: Any) -> str:
    with pytest.raises(FetchFailed) as failed:
        await asking
    return failed.value.reason


async def test_an_answer_is_given_as_it_is(site: Website, fetcher: Fetcher) -> None:
    """R135: status, headers and body; nothing of ours but what was asked for is sent."""
    site.put("/a", {"b": 1}, set_cookie="a=b")
    found = await fetcher.get(site.url("/a?x=1"), headers=[("authorization", "Bearer x")])
    assert (found.status, found.body) == (200, b'{"b": 1}')
    sent = site.asked[0]
    assert sent.path == "/a?x=1"
    assert sent.headers == {
        "host": f"localhost:{site.port}", "user-agent": "Limen", "accept-encoding": "identity",
        "connection": "close", "accept": "application/json", "authorization": "Bearer x",
    }  # fmt: skip
    posted = await fetcher.post(site.url("/a"), b"x=1", [("content-type", "text/plain")])
    assert posted.status == 200
    assert (site.asked[1].method, site.asked[1].body) == ("POST", b"x=1")
    assert "cookie" not in site.asked[1].headers


async def test_a_redirect_is_never_followed(site: Website, fetcher: Fetcher) -> None:
    """A117: nor does a document come from one."""
    site.put("/secret", {"inside": True})
    for status in ("301 M", "302 F", "303 S", "307 T", "308 P"):
        site.pages["/r"] = page(b"", status, location=site.url("/secret"))
        assert (await fetcher.get(site.url("/r"))).status == int(status[:3])
    assert await failure(fetcher.get_json_cached(site.url("/r"))) == "status"
    assert site.count("/secret") == 0


async def test_a_body_is_read_no_further_than_its_limit(site: Website, fetcher: Fetcher) -> None:
    """A117, A121: said or not, in pieces or whole."""
    site.pages["/said"] = page(b"x", content_length="1000000000")
    site.pages["/huge"] = page(b"x", content_length="9" * 30)
    site.pages["/silent"] = page(b"x" * 2000, content_length="")
    site.pages["/chunked"] = page(b"800\r\n" + b"x" * 0x800 + b"\r\n0\r\n\r\n",
                                  content_length="", transfer_encoding="chunked")  # fmt: skip
    for path in ("/said", "/huge", "/silent", "/chunked"):
        assert await failure(fetcher.get(site.url(path), limit_bytes=1000)) in (
            "too_large",
            "broken",
        )
    assert (await fetcher.get(site.url("/silent"), limit_bytes=2000)).status == 200


async def test_nothing_is_inflated(site: Website, fetcher: Fetcher) -> None:
    """A121: a small body cannot become a large one."""
    bomb = gzip.compress(b"0" * 10_000_000)
    for coding in ("gzip", "deflate", "br", "gzip, gzip", "GZIP"):
        site.pages["/b"] = page(bomb, content_encoding=coding)
        assert await failure(fetcher.get(site.url("/b"))) == "encoding"


async def test_a_slow_server_is_not_waited_for(site: Website, clock: FrozenClock) -> None:
    """A117: one deadline for all of it, however the bytes drip."""

    async def never(asked: Asked) -> bytes:
        await asyncio.sleep(2)
        return b""

    site.pages["/slow"] = never
    assert await failure(Fetcher(QUICK, clock, dev=True).get(site.url("/slow"))) == "timeout"

    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            for _ in range(40):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drips, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    assert await failure(Fetcher(QUICK, clock, dev=True).get(url)) == "timeout"
    server.close()


BROKEN = [
    b"", b"\r\n", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50_000 + b"\r\n", b"HTTP/1.1 999999 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
]  # fmt: skip


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
async def test_what_is_no_http_is_a_failure(answer: bytes, site: Website, fetcher: Fetcher) -> None:
    site.pages["/x"] = answer
    assert await failure(fetcher.get(site.url("/x"))) == "broken"


async def test_nobody_listens(clock: FrozenClock, fetcher: Fetcher, site: Website) -> None:
    async with website() as gone:
        url = gone.url("/")
    assert await failure(fetcher.get(url)) == "connect"
    outside = Fetcher(FetchSettings(), clock)
    assert await failure(outside.get(site.url("/"))) == "url"
    assert not site.asked


async def test_a_header_cannot_be_smuggled(site: Website, fetcher: Fetcher) -> None:
    for value in ("a\r\nx: y", "a\nb", "ä", "\0"):
        assert await failure(fetcher.get(site.url("/"), headers=[("x", value)])) == "url"
    assert not site.asked


async def test_the_connection_goes_where_was_looked(clock: FrozenClock, tmp_path: Path) -> None:
    """A117: a name is resolved once; the certificate is for the name, not for the address."""
    root = authority()
    (tmp_path / "root.pem").write_bytes(root.pem)
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    settings = FetchSettings(allow=("127.0.0.0/8",), ca_file=tmp_path / "root.pem")
    async with website(server_context(root, tmp_path, "keys.example")) as site:
        site.host = "keys.example"
        site.put("/", {"a": 1})
        fetcher = Fetcher(settings, clock, resolve=resolve)
        assert (await fetcher.get(site.url("/"))).status == 200
        assert asked == ["keys.example"]
        assert await failure(fetcher.get(site.url("/"))) == "address"
        asked.clear()
        site.host = "other.example"
        assert await failure(fetcher.get(site.url("/"))) == "connect"
        asked.clear()
        site.host = "keys.example"
        unknown = Fetcher(FetchSettings(allow=("127.0.0.0/8",)), clock, resolve=resolve)
        assert await failure(unknown.get(site.url("/"))) == "connect"


async def test_an_old_tls_is_refused(clock: FrozenClock, tmp_path: Path) -> None:
    """R143: TLS 1.2 or newer."""
    root = authority()
    (tmp_path / "root.pem").write_bytes(root.pem)
    context = server_context(root, tmp_path)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with website(context) as site:
        fetcher = Fetcher(FetchSettings(ca_file=tmp_path / "root.pem"), clock, dev=True)
        assert await failure(fetcher.get(site.url("/"))) == "connect"


# Documents


async def test_a_document_is_kept_as_long_as_it_says(
    site: Website, fetcher: Fetcher, clock: FrozenClock
) -> None:
    """R017, R052: max-age, not below a minute, not above a day; ten minutes without it."""
    kept = [("", 600), ("max-age=300", 300), ("public, max-age=1", 60), ("no-store", 60),
            ("max-age=999999999", 86400), ("MAX-AGE=120", 120), ("max-age=x", 600)]  # fmt: skip
    for index, (said, seconds) in enumerate(kept):
        url = site.put(f"/{index}", {"n": index}, cache_control=said)
        first = await fetcher.get_json_cached(url)
        clock.advance(seconds - 1)
        assert await fetcher.get_json_cached(url) is first
        clock.advance(1)
        assert await fetcher.get_json_cached(url) is not first
        assert site.count(f"/{index}") == 2


async def test_many_callers_are_one_request(site: Website, fetcher: Fetcher) -> None:
    """A135: one flight for all; who goes away takes nobody along."""
    url = site.put("/k", {"keys": []})
    first = asyncio.create_task(fetcher.get_json_cached(url))
    others = [asyncio.create_task(fetcher.get_json_cached(url)) for _ in range(50)]
    await asyncio.sleep(0)
    first.cancel()
    found = await asyncio.gather(*others)
    assert all(one is found[0] for one in found)
    assert site.count("/k") == 1


async def test_a_failure_is_not_tried_again_at_once(
    site: Website, fetcher: Fetcher, clock: FrozenClock
) -> None:
    """A135: for half a minute; nobody makes us ask in a loop."""
    for _ in range(3):
        assert await failure(fetcher.get_json_cached(site.url("/gone"))) == "status"
    assert site.count("/gone") == 1
    clock.advance(30)
    site.put("/gone", {"back": 1})
    assert await fetcher.get_json_cached(site.url("/gone")) == {"back": 1}


async def test_an_old_document_goes_on_while_its_server_is_down(
    site: Website, fetcher: Fetcher, clock: FrozenClock
) -> None:
    """For a quarter of an hour, and no longer: what was withdrawn must end."""
    url = site.put("/k", {"a": 1})
    first = await fetcher.get_json_cached(url)
    site.pages["/k"] = page(b"", "500 Sorry")
    clock.advance(600 + 899)
    assert await fetcher.get_json_cached(url) is first
    clock.advance(31)
    assert await failure(fetcher.get_json_cached(url)) == "status"


async def test_a_newer_document_is_asked_for_twice_a_minute_at_most(
    site: Website, fetcher: Fetcher, clock: FrozenClock
) -> None:
    """R052: an unknown key leads to a new look, and many of them to no more."""
    url = site.put("/k", {"a": 1})
    first = await fetcher.get_json_cached(url)
    assert await fetcher.get_json_cached(url, newer_than=first) is first
    clock.advance(30)
    second = await fetcher.get_json_cached(url, newer_than=first)
    assert second is not first
    assert await fetcher.get_json_cached(url, newer_than=first) is second
    assert await fetcher.get_json_cached(url, newer_than=second) is second
    assert site.count("/k") == 2


NO_DOCUMENT = [b"", b"[]", b"1", b'"x"', b"{", b'{"a":1}{', b'{"a":1,"a":2}', b'{"a":NaN}',
               b"\xff", b'{"a":' * 5000 + b"1" + b"}" * 5000]  # fmt: skip


@pytest.mark.parametrize("body", NO_DOCUMENT, ids=range(len(NO_DOCUMENT)))
async def test_what_is_no_json_object_is_no_document(
    body: bytes, site: Website, fetcher: Fetcher
) -> None:
    """A099: one object, no name twice."""
    site.pages["/x"] = page(body)
    assert await failure(fetcher.get_json_cached(site.url("/x"))) == "document"


async def test_the_memory_is_bounded(site: Website, fetcher: Fetcher) -> None:
    """A135: of very many addresses the oldest are forgotten."""
    from limen.platform.fetch import documents

    for number in range(documents.MOST + 5):
        fetcher._documents._kept[f"u{number}", "x"] = None  # type: ignore[assignment]
    await fetcher.get_json_cached(site.put("/k", {}))
    assert len(fetcher._documents._kept) <= documents.MOST
