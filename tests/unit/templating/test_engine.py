"""Templates, texts and static files: found, strict, escaped, cached by content."""

import gettext
import struct
from datetime import timedelta
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from tests.fakes.clock import START
from tests.support.pages import a_request

from limen.kernel.errors import NotFound
from limen.platform.i18n import Texts, direction_of
from limen.platform.i18n.texts import wishes_of
from limen.platform.templating import Assets, Engine
from limen.platform.templating.assets import STATIC_ROUTE
from limen.platform.templating.engine import template_files


def a_package(root: Path, **files: str) -> Path:
    for name, content in files.items():
        file = root / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


def catalogue(file: Path, texts: dict[str, str]) -> None:
    """Write a GNU .mo file."""
    entries = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **texts}.items())
    ids = b"".join(k.encode() + b"\0" for k, _ in entries)
    strings = b"".join(v.encode() + b"\0" for _, v in entries)
    start = 28 + 16 * len(entries)
    keys, values, at, offset = [], [], start, 0
    for k, v in entries:
        keys += [len(k.encode()), at]
        at += len(k.encode()) + 1
        values += [len(v.encode()), start + len(ids) + offset]
        offset += len(v.encode()) + 1
    head = struct.pack("Iiiiiii", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, start)
    file.parent.mkdir(parents=True)
    file.write_bytes(head + struct.pack(f"{2 * len(keys)}i", *keys, *values) + ids + strings)
    with file.open("rb") as content:
        gettext.GNUTranslations(content)


def engine(tmp_path: Path, text: str, name: str = "page.html") -> Engine:
    folder = tmp_path / "shop" / "templates"
    folder.mkdir(parents=True)
    (folder / name).write_text(text)
    return Engine(Texts(tmp_path), tmp_path)


def test_a_missing_value_is_an_error_not_an_empty_place(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        engine(tmp_path, "{{ nobody_gave_this }}").render("shop/page.html", {"locale": "en"})


def test_values_in_texts_are_escaped_in_html_and_left_alone_in_text(tmp_path: Path) -> None:
    """A115"""
    source = '{{ _("Hi %(name)s", name=name) }}{{ name }}'
    html = engine(tmp_path / "a", source)
    values = {"locale": "en", "name": "<b>'x'"}
    assert html.render("shop/page.html", values) == "Hi &lt;b&gt;&#39;x&#39;&lt;b&gt;&#39;x&#39;"
    text = engine(tmp_path / "b", source, "page.txt")
    assert text.render("shop/page.txt", values) == "Hi <b>'x'<b>'x'"


def test_values_are_no_templates(tmp_path: Path) -> None:
    assert (
        engine(tmp_path, "{{ name }}").render(
            "shop/page.html", {"locale": "en", "name": "{{ 7 * 7 }}"}
        )
        == "{{ 7 * 7 }}"
    )


def test_times_are_readable_for_people_and_machines(tmp_path: Path) -> None:
    found = engine(tmp_path, "{{ at | when }}|{{ at | ago(now) }}")
    shown = found.render(
        "shop/page.html", {"locale": "en", "at": START, "now": START + timedelta(minutes=5)}
    )
    assert 'datetime="2030-01-01T12:00:00+00:00"' in shown
    assert "Jan 1, 2030" in shown and "5 minutes ago" in shown
    future = {"locale": "en", "at": START + timedelta(seconds=9), "now": START}
    assert "in 9" not in found.render("shop/page.html", future)  # another clock is ahead


def test_every_template_of_the_product_compiles() -> None:
    found = Engine()
    names = found.names()
    assert len(names) > 40
    for name in names:
        found._get(name)


def test_a_language_is_one_file_in_each_context(tmp_path: Path) -> None:
    catalogue(tmp_path / "shop/locales/de/LC_MESSAGES/shop.mo", {"Hi": "Hallo"})
    catalogue(tmp_path / "other/locales/de/LC_MESSAGES/other.mo", {"Bye": "Tschüs"})
    texts = Texts(tmp_path)
    assert texts.languages == ("de", "en")
    assert texts.say("de", "Hi") == "Hallo" and texts.say("de", "Bye") == "Tschüs"
    assert texts.say("de", "Unknown") == "Unknown"
    assert texts.say_number("en", "%(number)s day", "%(number)s days", 1) == "1 day"
    assert texts.say_number("en", "%(number)s day", "%(number)s days", 3) == "3 days"
    assert texts.choose(["fr", "de-AT", "en"]) == "de"
    assert texts.choose(["<script>", "*"]) == "en"


def test_a_catalogue_is_read_as_people_edit_it(tmp_path: Path) -> None:
    file = tmp_path / "shop/locales/de/LC_MESSAGES/shop.po"
    file.parent.mkdir(parents=True)
    file.write_text(
        'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        '# a note\nmsgid "Hi \\"you\\""\nmsgstr "Hallo "\n"\\"Du\\""\n\n'
        'msgid "%(number)s day"\nmsgid_plural "%(number)s days"\n'
        'msgstr[0] "%(number)s Tag"\nmsgstr[1] "%(number)s Tage"\n\nmsgid "New"\nmsgstr ""\n'
    )
    texts = Texts(tmp_path)
    assert texts.say("de", 'Hi "you"') == 'Hallo "Du"'
    assert texts.say_number("de", "%(number)s day", "%(number)s days", 3) == "3 Tage"
    assert texts.say_number("de", "%(number)s day", "%(number)s days", 1) == "1 Tag"
    assert texts.say("de", "New") == "New"
    file.write_text("no catalogue\n")
    with pytest.raises(ValueError, match="no catalogue"):
        Texts(tmp_path).say("de", "New")


def test_wishes_are_ordered_by_their_quality() -> None:
    assert wishes_of("en;q=0.5, de-AT, fr;q=0.9") == ("de-AT", "fr", "en")
    assert wishes_of("de;q=0, en;q=x, fr") == ("fr",)
    assert wishes_of("") == ()
    assert len(wishes_of(",".join(["de"] * 1000))) < 200


def test_directions() -> None:
    assert direction_of("ar") == direction_of("he-IL") == "rtl"
    assert direction_of("en") == direction_of("de-AT") == "ltr"


def test_slots_bring_their_own_templates_and_files(tmp_path: Path) -> None:
    root = a_package(
        tmp_path,
        authentication__methods__passkey__templates__passkey="x",
        authentication__methods__passkey__static__readme="x",
    )
    (root / "authentication/methods/passkey/templates/passkey.html").write_text("Hello")
    (root / "authentication/methods/passkey/static/passkey.js").write_text("1")
    assert "authentication/methods/passkey/passkey.html" in template_files(root)
    address = Assets(root).address("authentication.methods.passkey/passkey.js")
    assert address.startswith("/static/authentication.methods.passkey/passkey.")


async def test_static_files_are_named_by_their_content_and_packed(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "static"
    folder.mkdir(parents=True)
    (folder / "a.css").write_text("body {}" * 100)
    (folder / "secret.txt").write_text("no")
    assets = Assets(tmp_path)
    address = assets.address("shop/a.css")
    plain = await Assets(tmp_path).serve(a_request(address, route=STATIC_ROUTE))
    assert plain.body == b"body {}" * 100
    assert plain.content_type == b"text/css; charset=utf-8"
    request = a_request(address, route=STATIC_ROUTE, headers={"accept-encoding": "br, gzip"})
    packed = await assets.serve(request)
    assert (b"content-encoding", b"gzip") in packed.headers and len(packed.body) < 100
    assert (b"vary", b"accept-encoding") in packed.headers
    (folder / "a.css").write_text("other")
    assert Assets(tmp_path).address("shop/a.css") != address


@pytest.mark.parametrize(
    "path",
    ["/static/shop/a.css", "/static/shop/a.0000000000.css", "/static/shop/../secret.txt",
     "/static/shop/secret.txt", "/static/x/y", "/static/shop/%2e%2e"],
)  # fmt: skip
async def test_nothing_else_is_served(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "shop" / "static"
    folder.mkdir(parents=True)
    (folder / "a.css").write_text("x")
    (folder / "secret.txt").write_text("no")
    with pytest.raises(NotFound):
        await Assets(tmp_path).serve(a_request(path, route=STATIC_ROUTE))


def test_scripts_are_small_and_know_the_policy() -> None:
    """A115: no script of ours writes markup or runs text (Trusted Types)."""
    for file in Path("src/limen").glob("**/static/*.js"):
        text = file.read_text()
        assert len(text) <= 4096, file
        for word in ("innerHTML", "outerHTML", "eval(", "document.write", "new Function", ".style"):
            assert word not in text, (file, word)
