"""An operator's day by command line, on a real store."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.cli.conftest import PASSWORD
from tests.unit.cli.conftest import Result

Limen = Callable[..., Result]


def test_init_writes_a_commented_file_and_a_private_key(limen: Limen, tmp_path: Path) -> None:
    """R146: both can be read by their owner alone."""
    for name in ("limen.toml", ".limen/master.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    text = (tmp_path / "limen.toml").read_text()
    assert '# issuer = "http://localhost:8400"' in text
    again = limen("init")
    assert again.code == 0
    assert "is kept" in again.err
    assert (tmp_path / "limen.toml").read_text() == text


def test_people_live_through_their_states(limen: Limen) -> None:
    made = limen("user", "create", "--email", "ada@example.com", "--verified", "--admin",
                 "--password-stdin", "--json", stdin=f"{PASSWORD}\n")  # fmt: skip
    assert made.code == 0, made.err
    ada = made.json()
    assert ada["email"] == "ada@example.com"
    assert PASSWORD not in made.out + made.err

    second = limen("user", "create", "--email", "Ada@example.com")
    assert second.code == 5  # conflict: compared case-folded

    limen("user", "create", "--email", "bob@example.com", "--verified")
    assert limen("user", "suspend", "bob@example.com", "--reason", "lost laptop").code == 0
    shown = limen("user", "show", "bob@example.com", "--json").json()
    assert (shown["status"], shown["status_reason"]) == ("suspended", "lost laptop")
    assert limen("user", "activate", "bob@example.com").code == 0
    assert limen("user", "delete", "bob@example.com", "--yes").code == 0
    assert limen("user", "show", "bob@example.com").code == 4
    assert [user["id"] for user in limen("user", "list", "--json").json()] == [ada["id"]]


def test_the_last_administrator_stays(limen: Limen) -> None:
    limen("user", "create", "--email", "ada@example.com", "--verified", "--admin")
    assert limen("user", "delete", "ada@example.com", "--yes").code != 0
    assert limen("role", "unassign", "administrator", "--user", "ada@example.com").code != 0
    assert limen("user", "show", "ada@example.com", "--json").json()["status"] == "active"


def test_a_weak_password_leaves_no_account(limen: Limen) -> None:
    """R066: refused with the reason, and nothing is left behind."""
    made = limen("user", "create", "--email", "ada@example.com", "--password-stdin", stdin="abc\n")
    assert made.code == 1
    assert "password" in made.err
    assert limen("user", "list", "--json").json() == []


def test_apps_get_their_secret_once(limen: Limen) -> None:
    made = limen("app", "create", "--name", "Shop", "--type", "web",
                 "--redirect-uri", "https://shop.example.com/callback", "--json").json()  # fmt: skip
    assert made["client_secret"]
    assert made["client_secret"] not in limen("app", "show", "Shop", "--json").out
    rotated = limen("app", "rotate-secret", "Shop", "--json").json()
    assert rotated["client_secret"] != made["client_secret"]
    spa = limen("app", "create", "--name", "Page", "--type", "spa",
                "--redirect-uri", "https://page.example.com/callback", "--json").json()  # fmt: skip
    assert spa["client_secret"] is None
    assert limen("app", "delete", "Page", "--yes").code == 0
    assert [app["name"] for app in limen("app", "list", "--json").json()] == ["Shop"]


def test_an_app_has_options(limen: Limen) -> None:
    """R051, R115: those with a flag, and any other by its name; one changes, the rest stays."""
    made = limen("app", "create", "--name", "Shop", "--type", "web", "--redirect-uri",
                 "https://shop.example/cb", "--auth-method", "private_key_jwt", "--jwks-uri",
                 "https://shop.example/jwks", "--option", 'contacts=["ops@shop.example"]',
                 "--json").json()  # fmt: skip
    assert made["client_secret"] is None
    assert made["options"]["contacts"] == ["ops@shop.example"]
    changed = limen("app", "update", "Shop", "--option", "contacts=null", "--option",
                    "software_id=shop", "--json").json()  # fmt: skip
    assert changed["options"] == {
        "jwks_uri": "https://shop.example/jwks", "software_id": "shop",
    }  # fmt: skip
    wrong = limen("app", "update", "Shop", "--option", "unheard_of=1")
    assert wrong.code == 1
    assert limen("app", "update", "Shop", "--option", "contacts").code == 2


def test_a_token_lets_apps_register(limen: Limen) -> None:
    """R053, R057: printed once."""
    made = limen("app", "registration-token", "--uses", "2", "--json").json()
    assert len(made["initial_access_token"]) >= 43
    [listed] = limen("app", "list-registration-tokens", "--json").json()
    assert "initial_access_token" not in listed
    assert limen("app", "revoke-registration-token", listed["id"]).code == 0


def test_the_policy_of_applications(limen: Limen) -> None:
    changed = limen("oauth-policy", "update", "--set", "registration=open", "--set",
                    "registration_max_clients=5", "--json").json()  # fmt: skip
    assert (changed["registration"], changed["registration_max_clients"]) == ("open", 5)
    assert limen("oauth-policy", "show", "--json").json() == changed
    assert limen("oauth-policy", "update", "--set", "registration=maybe").code == 1


def test_a_wrong_redirect_uri_names_the_field(limen: Limen) -> None:
    made = limen("app", "create", "--name", "Shop", "--type", "web", "--redirect-uri", "*")
    assert made.code == 1
    assert "redirect_uri" in made.err


def test_apis_and_roles(limen: Limen) -> None:
    api = limen("api", "create", "--identifier", "https://api.example.com", "--name", "Orders",
                "--scope", "orders:read=See your orders", "--json")  # fmt: skip
    assert api.code == 0, api.err
    shown = limen("api", "show", "https://api.example.com", "--json").json()
    assert shown["scopes"][0]["title"] == "See your orders"
    changed = limen("api", "update", "https://api.example.com", "--token-format", "opaque",
                    "--dpop-bound-access-tokens", "--json").json()  # fmt: skip
    assert changed["options"] == {"token_format": "opaque", "dpop_bound_access_tokens": True}
    changed = limen("api", "update", "https://api.example.com", "--token-format", "jwt",
                    "--option", "documentation_uri=https://docs.example.com", "--json").json()  # fmt: skip
    assert changed["options"]["dpop_bound_access_tokens"] is True
    assert changed["options"]["documentation_uri"] == "https://docs.example.com"
    assert limen("role", "create", "helpdesk", "--permission", "users:read").code == 0
    limen("user", "create", "--email", "ada@example.com", "--verified")
    assert limen("role", "assign", "helpdesk", "--user", "ada@example.com").code == 0
    assert limen("role", "delete", "helpdesk").code == 0
    assert "helpdesk" not in limen("role", "list", "--json").out


def test_a_second_tenant_is_a_world_of_its_own(limen: Limen) -> None:
    """A077: the same address in two tenants, and neither sees the other's."""
    assert limen("tenant", "create", "acme", "--name", "Acme Inc.").code == 0
    limen("user", "create", "--email", "ada@example.com", "--verified")
    there = limen("--tenant", "acme", "user", "create", "--email", "ada@example.com", "--verified")
    assert there.code == 0, there.err
    here = limen("user", "list", "--json").json()
    acme = limen("user", "list", "--tenant", "acme", "--json").json()
    assert here[0]["id"] != acme[0]["id"]
    assert limen("user", "show", acme[0]["id"]).code == 4
    assert limen("user", "list", "--tenant", "nowhere").code == 4


def test_a_management_token_holds_what_its_owner_may(limen: Limen) -> None:
    limen("user", "create", "--email", "ada@example.com", "--verified", "--admin")
    made = limen("token", "create", "--for", "ada@example.com", "--scope", "users:read", "--json")
    assert made.code == 0, made.err
    token = made.json()["access_token"]
    decoded = limen("token", "decode", "--json", stdin=token + "\n").json()
    assert decoded["claims"]["scope"] == "users:read"


def test_keys_rotate_with_overlap(limen: Limen) -> None:
    before = {key["kid"] for key in limen("key", "list", "--json").json()}
    rotated = limen("key", "rotate", "--alg", "ES256", "--json")
    assert rotated.code == 0, rotated.err
    after = {key["kid"] for key in limen("key", "list", "--json").json()}
    assert before < after


def test_what_was_done_is_in_the_log(limen: Limen) -> None:
    """R150, R153: who, what, from where; and the log proves itself."""
    limen("user", "create", "--email", "ada@example.com", "--verified")
    facts: list[dict[str, Any]] = limen("audit", "list", "--json").json()
    assert "user.created" in {fact["name"] for fact in facts}
    assert limen("audit", "verify").code == 0


def test_an_export_is_verified_offline(limen: Limen, tmp_path: Path) -> None:
    """R152: and a changed line is found, with exit code 6."""
    limen("user", "create", "--email", "ada@example.com", "--verified")
    exported = limen("audit", "export")
    assert exported.code == 0, exported.err
    file = tmp_path / "log.jsonl"
    file.write_text(exported.out)
    assert limen("audit", "verify", "--export", str(file)).code == 0
    lines = exported.out.splitlines()
    fact = next(i for i, line in enumerate(lines) if "user.created" in line)
    lines[fact] = lines[fact].replace("user.created", "user.deleted")
    file.write_text("\n".join(lines) + "\n")
    assert limen("audit", "verify", "--export", str(file)).code == 6


def test_the_set_up_link_is_printed_again(limen: Limen) -> None:
    first, second = limen("setup-link").out, limen("setup-link").out
    assert first.startswith("http://localhost:8400/")
    assert first != second


def test_doctor_says_one_line_each(limen: Limen) -> None:
    """R145: with the mend where something is wrong."""
    result = limen("doctor")
    assert result.code in {0, 6}, result.err
    assert len(result.out.splitlines()) >= 4
    rows = json.loads(limen("doctor", "--json").out)
    assert all(row["mend"] for row in rows if row["verdict"] != "ok")


def test_everything_stays_when_the_store_is_migrated_again(limen: Limen) -> None:
    limen("user", "create", "--email", "ada@example.com", "--verified")
    assert limen("migrate", "--check").code == 0
    assert limen("migrate").code == 0
    assert len(limen("user", "list", "--json").json()) == 1
