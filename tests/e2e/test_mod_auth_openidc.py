"""Apache with mod_auth_openidc guards a page with our sign-in."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.browsing import Browser
from tests.support.server import Server, free_port, sign_in, sign_up, somebody

MODULES = "/usr/lib/apache2/modules"
CONFIG = """
ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {root}/apache.pid
ErrorLog {root}/error.log
Mutex file:{root} default
{user}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
DocumentRoot {root}/html
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCRedirectURI http://localhost:{port}/private/callback
OIDCCryptoPassphrase 0123456789abcdef0123456789abcdef
OIDCPKCEMethod S256
OIDCScope "openid email"
OIDCRemoteUserClaim email
<Location /private>
  AuthType openid-connect
  Require valid-user
  Header set X-Signed-In "expr=%{{REMOTE_USER}}"
</Location>
"""


@pytest.fixture
def apache(server: Server, tmp_path: Path) -> Iterator[str]:
    """Apache on a free port, registered as an application; yields its base URL."""
    if not (Path(MODULES) / "mod_auth_openidc.so").exists():
        pytest.fail("install the packages apache2 and libapache2-mod-auth-openidc")
    port = free_port()
    app = server.cli(
        "app", "create", "--name", "Apache", "--type", "web",
        "--redirect-uri", f"http://localhost:{port}/private/callback",
    )  # fmt: skip
    (tmp_path / "html" / "private").mkdir(parents=True)
    (tmp_path / "html" / "private" / "page.html").write_text("behind the threshold")
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    config = tmp_path / "apache.conf"
    values = {"root": tmp_path, "port": port, "modules": MODULES, "issuer": server.url}
    config.write_text(CONFIG.format(user=user, **values, **app))
    _let_workers_in(tmp_path)
    binary = shutil.which("apache2") or "/usr/sbin/apache2"
    process = subprocess.Popen([binary, "-f", str(config), "-DFOREGROUND"])
    _wait_for(f"http://127.0.0.1:{port}/", tmp_path / "error.log")
    yield f"http://localhost:{port}"
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=15)


def _let_workers_in(folder: Path) -> None:
    """Apache's workers run as www-data and must reach the folder."""
    for place in (folder, *folder.parents):
        if place.owner() == Path.home().owner() and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o055)
    for place in folder.rglob("*"):
        place.chmod(0o755 if place.is_dir() else 0o644)


def _wait_for(url: str, log: Path) -> None:
    for _ in range(200):
        try:
            httpx.get(url, timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text() if log.exists() else "Apache did not start")


@pytest.mark.service
def test_a_page_behind_apache_opens_after_sign_in(server: Server, apache: str) -> None:
    """R008, R021, R045: a C implementation of the relying party accepts our tokens."""
    person = somebody()
    browser = sign_up(server, person)
    with httpx.Client(follow_redirects=False, timeout=10) as outside:
        asked = outside.get(f"{apache}/private/page.html")
        assert asked.status_code == 302, asked.text
        browser.go(asked.headers["location"])
        sign_in(browser, person)
        browser.submit()
        assert browser.left_for is not None
        back = outside.get(browser.left_for)
        assert back.status_code == 302, back.text
        page = outside.get(back.headers["location"])
    assert page.text == "behind the threshold"
    assert page.headers["x-signed-in"] == person.email


@pytest.mark.service
def test_without_sign_in_the_page_stays_closed(apache: str) -> None:
    answer = httpx.get(f"{apache}/private/page.html", follow_redirects=False)
    assert answer.status_code == 302
    assert Browser(apache).go("/private/callback?code=made-up&state=made-up").page is not None
