"""The keys in memory: time alone moves what they answer."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.support.tokens import a_key

from limen.kernel.vault import CannotOpen
from limen.oauth.keys.errors import NoSigningKey
from limen.oauth.keys.keyset import KeySnapshot
from limen.oauth.keys.model import begin
from limen.oauth.keys.ports import Stored
from limen.oauth.keys.settings import LONGEST_TOKEN, KeySettings
from limen.oauth.keys.usecases.draft_key import seal_key
from limen.platform.crypto.keyring import TenantKeyring

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SETTINGS = KeySettings()
RING = TenantKeyring(UUID(int=1), [b"k" * 32])
FIRST, SECOND = a_key("ES256", 11), a_key("ES256", 12)
SWITCH = NOW + SETTINGS.rotate_every


def snapshot(ring: TenantKeyring = RING) -> KeySnapshot:
    drafts = [seal_key(key, RING) for key in (FIRST, SECOND)]
    keys = begin(drafts, SETTINGS, now=NOW)
    pairs = zip(keys, drafts, strict=True)
    return KeySnapshot([Stored(key, draft.private_sealed) for key, draft in pairs], ring)


def test_who_signs_and_what_verifies_moves_with_time() -> None:
    """R050: one snapshot, read once, is right before and after each change."""
    kept = snapshot()
    gone = SWITCH + LONGEST_TOKEN + timedelta(hours=1)
    for now, signs, verifies in (
        (NOW, FIRST, {FIRST.kid, SECOND.kid}),
        (SWITCH - timedelta(seconds=1), FIRST, {FIRST.kid, SECOND.kid}),
        (SWITCH, SECOND, {FIRST.kid, SECOND.kid}),
        (gone, SECOND, {SECOND.kid}),
        (NOW, FIRST, {FIRST.kid, SECOND.kid}),  # a clock that was set back
    ):
        assert kept.signing("ES256", now).kid == signs.kid
        keys = kept.published(now)
        assert set(keys.keys) == verifies
        assert {key["kid"] for key in json.loads(keys.jwks)["keys"]} == verifies


def test_the_document_changes_its_etag_with_its_content() -> None:
    kept = snapshot()
    before = kept.published(NOW)
    assert kept.published(NOW + timedelta(days=1)) is before
    after = kept.published(SWITCH + timedelta(days=30))
    assert after.etag != before.etag
    assert snapshot().published(NOW).etag == before.etag


def test_a_chain_without_a_next_key_is_due() -> None:
    kept = snapshot()
    assert not kept.is_due(NOW)
    assert kept.is_due(SWITCH)


def test_a_private_key_is_opened_once() -> None:
    kept = snapshot()
    assert kept.signing("ES256", NOW) is kept.signing("ES256", NOW)


def test_a_private_key_of_another_tenant_does_not_open() -> None:
    """R141"""
    with pytest.raises(CannotOpen):
        snapshot(TenantKeyring(UUID(int=2), [b"k" * 32])).signing("ES256", NOW)


def test_our_clock_may_be_behind_the_one_that_made_the_keys() -> None:
    kept = snapshot()
    assert kept.signing("ES256", NOW - timedelta(minutes=1)).kid == FIRST.kid


def test_an_algorithm_without_keys_does_not_sign() -> None:
    for alg in ("RS256", "none", ""):
        with pytest.raises(NoSigningKey):
            snapshot().signing(alg, NOW)
