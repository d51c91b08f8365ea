"""A server with a listener for certificates, as an operator sets it up."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.certificates import Made, authority, make, server_files
from tests.support.server import Server, free_port
from tests.support.stores import process_store, stores

ROOT, CLIENTS = authority("Server root"), authority("Client root")


@pytest.fixture(scope="module", params=stores())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("mtls")
    certificate, key = server_files(ROOT, folder)
    (folder / "clients.pem").write_bytes(CLIENTS.pem)
    port = free_port()
    extra = {
        "LIMEN_MTLS__PORT": str(port), "LIMEN_MTLS__CERTIFICATE_FILE": str(certificate),
        "LIMEN_MTLS__KEY_FILE": str(key), "LIMEN_MTLS__CLIENT_CA_FILE": str(folder / "clients.pem"),
        "LIMEN_MTLS__URL": f"https://localhost:{port}",
    }  # fmt: skip
    with process_store(request.param) as urls:
        running = Server(folder, **urls, extra=extra).start()
        yield running
        running.stop()


def client(folder: Path, shown: Made | None) -> httpx.Client:
    context = ssl.create_default_context(cadata=ROOT.pem.decode())
    if shown is not None:
        context.load_cert_chain(*shown.write(folder, "shown"))
    return httpx.Client(verify=context, trust_env=False)


def test_machines_with_certificates_get_tokens(server: Server, tmp_path: Path) -> None:
    """R051, RFC 8705 §2, §5: at the announced aliases, by subject and by registered certificate."""
    aliases = httpx.get(f"{server.url}/.well-known/openid-configuration").json()[
        "mtls_endpoint_aliases"
    ]
    shop, till = make("shop", CLIENTS), make("till")
    (tmp_path / "till.pem").write_bytes(till.pem)
    by_subject = server.cli(
        "app", "create", "--name", "Shop", "--type", "m2m", "--auth-method", "tls_client_auth",
        "--option", "tls_client_auth_subject_dn=CN=shop",
    )  # fmt: skip
    by_value = server.cli(
        "app", "create", "--name", "Till", "--type", "m2m", "--auth-method",
        "self_signed_tls_client_auth", "--jwks-file", str(tmp_path / "till.pem"),
    )  # fmt: skip
    for made, right, wrong in ((by_subject, shop, till), (by_value, till, shop)):
        form = {"grant_type": "client_credentials", "client_id": made["client_id"]}
        for shown, status in ((right, 200), (wrong, 401), (None, 401)):
            with client(tmp_path, shown) as http:
                answer = http.post(aliases["token_endpoint"], data=form)
                assert answer.status_code == status, answer.text
        plain = httpx.post(f"{server.url}/oauth2/token", data=form)
        assert plain.status_code == 401


def test_pages_are_elsewhere(server: Server, tmp_path: Path) -> None:
    """A119: the host for certificates shows nobody a page, and answers to its own name."""
    base = server.extra["LIMEN_MTLS__URL"]
    with client(tmp_path, None) as http:
        assert http.get(f"{base}/.well-known/openid-configuration").status_code == 200
        for path in ("/signin", "/account", "/consent"):
            assert http.get(base + path).status_code == 421, path
        elsewhere = http.get(f"{base}/oauth2/jwks", headers={"host": "evil.example"})
        assert elsewhere.status_code == 421
    spoofed = {"client-cert": ":AAAA:", "x-ssl-cert": "AAAA"}
    assert httpx.get(f"{server.url}/oauth2/jwks", headers=spoofed).status_code == 200
