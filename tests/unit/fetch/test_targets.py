"""Which addresses are asked: forms of URLs, ranges of addresses, ports, allow-lists."""

import pytest

from limen.platform.fetch import FetchFailed, FetchSettings
from limen.platform.fetch.targets import Admission, is_public, literal, parse_target

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "192.88.99.1", "192.0.2.1", "203.0.113.9",
    "::", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
    "2001::1", "2002:7f00:1::", "2001:db8::1", "fec0::1", "100::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    """A117, R135: loopback, private, shared, link-local, metadata, mapped, NAT64, tunnels."""
    address = literal(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_public(text: str) -> None:
    address = literal(text)
    assert address is not None
    assert is_public(address)


FORMS = [
    "", "x", "//host/", "http:///x", "https://", "https:host", "ftp://host/", "file:///etc/passwd",
    "gopher://host/", "data:,x", "javascript:alert(1)", "https://user@host/", "https://u:p@host/",
    "https://@host/", "https://host/#x", "https://host/ x", "https://host\\@evil/", "https://ho st/",
    "https://host:/", "https://host:0/", "https://host:65536/", "https://host:x/", "https://höst/",
    "https://host/ä", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
    "https://0177.0.0.1/", "https://127.1/", "https://1.2.3/", "https://256.1.1.1/", "https://ho%73t/",
    "https://[::1/", "https://[fe80::1%25eth0]/", "https://[v1.x]/", "https://-/", "https://a..b/",
    "https://.a/", "https://host/\r\nx: y", "https://host/\x00", "https://" + "a" * 64 + ".b/",
    "https://host/" + "x" * 2048, "https://ho<st/", "https://host/{x}",
]  # fmt: skip


@pytest.mark.parametrize("url", FORMS)
def test_a_url_that_leaves_something_to_interpret_is_refused(url: str) -> None:
    """A117, A119: user names, fragments, numbers for addresses, other schemes, controls."""
    with pytest.raises(FetchFailed) as refused:
        parse_target(url)
    assert refused.value.reason == "url"


def test_a_plain_url_is_taken_apart() -> None:
    target = parse_target("HTTPS://Keys.Example.COM:8443/a/b?c=d")
    assert (target.secure, target.host, target.port) == (True, "keys.example.com", 8443)
    assert (target.path, target.authority) == ("/a/b?c=d", "keys.example.com:8443")
    assert parse_target("https://[2606:4700::1]").authority == "[2606:4700::1]"


async def admitted(url: str, *answers: str, allow: tuple[str, ...] = (), dev: bool = False) -> int:
    async def resolve(host: str, port: int) -> list[str]:
        return list(answers)

    found = await Admission(allow, loopback=dev, resolve=resolve).admit(parse_target(url))
    return len(found)


REFUSED = [
    ("https://keys.example/", ("10.0.0.1",), "address"),
    ("https://keys.example/", ("8.8.8.8", "127.0.0.1"), "address"),
    ("https://keys.example/", ("::ffff:127.0.0.1",), "address"),
    ("https://keys.example/", (), "dns"),
    ("https://keys.example/", ("nonsense",), "dns"),
    ("https://127.0.0.1/", (), "address"),
    ("https://[::1]/", (), "address"),
    ("https://localhost./", ("127.0.0.1",), "address"),
    ("http://keys.example/", ("8.8.8.8",), "url"),
    ("https://keys.example:22/", ("8.8.8.8",), "url"),
    ("https://keys.example:25/", ("8.8.8.8",), "url"),
    ("https://keys.example:80/", ("8.8.8.8",), "url"),
]


@pytest.mark.parametrize(("url", "answers", "reason"), REFUSED)
async def test_a_name_that_leads_inside_is_refused(
    url: str, answers: tuple[str, ...], reason: str
) -> None:
    """A117, R135: every address that a name has must be public; https; no odd port."""
    with pytest.raises(FetchFailed) as refused:
        await admitted(url, *answers)
    assert refused.value.reason == reason


async def test_public_names_are_admitted() -> None:
    assert await admitted("https://keys.example/", "8.8.8.8", "2606:4700::1") == 2
    assert await admitted("https://keys.example:8443/", "8.8.8.8") == 1
    assert await admitted("https://8.8.8.8/") == 1


async def test_an_allow_list_lets_in_what_it_names_and_no_more() -> None:
    """R135: hosts and networks of the operator's, over http too; dev mode adds this machine."""
    assert await admitted("http://jwks.internal:80/", "10.1.2.3", allow=("JWKS.internal",)) == 1
    assert await admitted("http://any.internal/", "10.1.2.3", allow=("10.0.0.0/8",)) == 1
    assert await admitted("http://localhost:8400/", "127.0.0.1", "::1", dev=True) == 2
    for url, answer in [
        ("http://other.internal/", "10.1.2.3"),
        ("http://jwks.internal.evil.example/", "8.8.8.8"),
    ]:
        with pytest.raises(FetchFailed):
            await admitted(url, answer, allow=("jwks.internal",))
    for answers in (("10.1.2.3", "192.168.0.1"), ("10.1.2.3", "8.8.8.8")):
        with pytest.raises(FetchFailed):
            await admitted("http://any.internal/", *answers, allow=("10.0.0.0/8",))
    with pytest.raises(FetchFailed):
        await admitted("https://metadata.example/", "169.254.169.254", dev=True)


@pytest.mark.parametrize("entry", ["0.0.0.0/0", "::/0", "10.0.0.1/8"])
def test_an_allow_list_is_never_everything(entry: str) -> None:
    """R145: nor a network with host bits, which is a mistake."""
    with pytest.raises(ValueError):
        FetchSettings(allow=(entry,))
