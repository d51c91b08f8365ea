"""Messages: one recipient, no foreign header, escaped names; SMTP in its details."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import pytest
from tests.fakes.clock import FrozenClock
from tests.fakes.faces import FakeVault
from tests.support.pages import TENANT

from limen.kernel.errors import Invalid
from limen.kernel.mail import Mail
from limen.platform.config.core import MailSettings
from limen.platform.mail.composing import Composer, exact_address, tidy
from limen.platform.mail.delivery import MOST_TRIES, wait_after
from limen.platform.mail.smtp import Server, Smtp
from limen.platform.mail.wiring import wire
from limen.platform.templating.engine import Engine, template_files

HOSTILE_NAMES = [
    '<img src=x onerror="alert(1)">', "Ada\r\nBcc: evil@example.org", "Ada\u2028Bcc: x", "{{7*7}}",
    "Ada\x00\x07", "Ada\u202egro.live", "a" * 500,
]  # fmt: skip


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer(Engine())


def compose(composer: Composer, name: str, to: str = "ada@example.org") -> Mail:
    return composer.compose(
        TENANT, "addresses_changed", to=to, locale=None, name=name, address="b@example.org",
        link="https://id.example/account",
    )  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_text_on_one_line(composer: Composer, name: str) -> None:
    """A067: HTML, CRLF, U+2028, template syntax, direction overrides in a display name."""
    mail = compose(composer, name)
    assert "<img" not in mail.html
    assert "49" not in mail.text
    lines = mail.text.splitlines()
    assert not [line for line in lines if line.lower().startswith("bcc")]
    assert "\u202e" not in mail.text and "\x00" not in mail.text
    message = Smtp(Server.parse("smtp://localhost"), "Limen <a@b.example>", FrozenClock())
    raw = message.message(uuid4(), mail).as_bytes()
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed["bcc"] is None and parsed["to"] == "ada@example.org"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]


def test_a_quote_is_not_escaped_twice_and_text_is_no_html(composer: Composer) -> None:
    mail = compose(composer, "O'Hara & Söhne")
    assert "Hello O'Hara & Söhne," in mail.text
    assert "O&#39;Hara &amp; Söhne" in mail.html


def test_the_subject_has_no_control_characters(composer: Composer) -> None:
    assert tidy("a\r\nb\u2028c\u0085d\te") == "a b c d e"
    assert compose(composer, "x").subject == "The addresses of your account were changed"


@pytest.mark.parametrize(
    "address",
    [
        "", "ada", "@example.org", "ada@", "a@b@c", "ada@example.org\r\nBcc: x@y.z",
        "ada@example.org\nx", "ada@example.org, b@example.org", "Ada <ada@example.org>",
        "ada@example.org\u2028", " ada@example.org", "a" * 250 + "@example.org", "ada @example.org",
        "ada@example.org;b@example.org", "ada@exa mple.org",
    ],
)  # fmt: skip
def test_what_is_not_one_mailbox_gets_no_mail(composer: Composer, address: str) -> None:
    """A067: one recipient, exactly the stored one."""
    with pytest.raises(Invalid):
        compose(composer, "Ada", to=address)


@pytest.mark.parametrize(
    "address", ["ada@example.org", "o'hara+x@sub.example.org", "ä@example.org"]
)
def test_one_mailbox_stays_as_it_is(address: str) -> None:
    assert exact_address(address).addr_spec == address


def test_every_mail_template_has_a_text_with_a_subject_and_an_html() -> None:
    names = {name for name in template_files() if name.startswith("mail/")}
    for name in names:
        stem, _, kind = name.rpartition(".")
        assert f"{stem}.{'html' if kind == 'txt' else 'txt'}" in names
    assert "mail/addresses_changed.txt" in names


def test_two_templates_of_one_name_are_an_error(tmp_path: Path) -> None:
    for context in ("a", "b"):
        folder = tmp_path / context / "templates" / "mail"
        folder.mkdir(parents=True)
        (folder / "x.txt").write_text("")
    with pytest.raises(ValueError, match="two templates"):
        template_files(tmp_path)


@pytest.mark.parametrize(
    ("url", "port", "options"),
    [
        ("smtp://mail.example", 25, {"use_tls": False, "start_tls": None}),
        ("smtp+tls://u%40x:p%2Fw@mail.example", 587, {"use_tls": False, "start_tls": True}),
        ("smtps://mail.example:4650", 4650, {"use_tls": True, "start_tls": False}),
    ],
)
def test_the_url_says_how_to_connect(url: str, port: int, options: dict[str, object]) -> None:
    server = Server.parse(url)
    assert server.port == port
    assert options.items() <= server.options().items()
    if "u%40x" in url:
        assert (server.username, server.password) == ("u@x", "p/w")
        assert "p/w" not in repr(server)


def test_another_scheme_is_refused() -> None:
    for url in ("http://x", "smtp://", "mail.example"):
        with pytest.raises(ValueError, match="smtp_url"):
            Server.parse(url)


@pytest.mark.parametrize(
    ("url", "dev", "ready", "inbox"),
    [
        ("inbox://", True, True, True), ("inbox://", False, False, False),
        ("smtp://localhost", True, True, False), ("smtp://localhost", False, True, False),
    ],
)  # fmt: skip
def test_the_inbox_exists_in_dev_only(url: str, dev: bool, ready: bool, inbox: bool) -> None:
    async def none() -> list[object]:
        return []

    wired = wire(
        MailSettings(smtp_url=url), dev=dev, engine=Engine(), vault=FakeVault(),
        clock=FrozenClock(), database=None, tenants=none,
    )  # fmt: skip
    assert wired.mailer.ready() is ready
    assert (wired.inbox is not None) is inbox
    assert bool(wired.faces.tasks) is not url.startswith("inbox")


def test_waiting_grows_and_ends() -> None:
    waits = [wait_after(n) for n in range(1, MOST_TRIES)]
    assert waits == sorted(waits) and waits[0] == timedelta(seconds=10)
    assert sum(waits, timedelta()) < timedelta(hours=12)


def test_the_message_id_stays_the_same_when_sent_again() -> None:
    smtp = Smtp(Server.parse("smtp://x"), "Limen <no-reply@id.example>", FrozenClock())
    mail, message = Mail("a@example.org", "s", "t", "<p>t</p>"), uuid4()
    assert smtp.message(message, mail)["message-id"] == f"<{message}@id.example>"
    assert smtp.message(message, mail)["auto-submitted"] == "auto-generated"
