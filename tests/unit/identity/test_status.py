"""The life cycle, exhaustively."""

from itertools import product

import pytest

from limen.identity.errors import IllegalTransition
from limen.identity.model.status import INITIAL, STATUSES, check_move, takes_rights_away
from limen.kernel.errors import Invalid

LEGAL = {
    ("pending", "active"),
    ("pending", "deleted"),
    ("active", "suspended"),
    ("active", "inactive"),
    ("active", "deleted"),
    ("suspended", "active"),
    ("suspended", "deleted"),
    ("inactive", "active"),
    ("inactive", "suspended"),
    ("inactive", "deleted"),
}


@pytest.mark.parametrize(("was", "to"), list(product(STATUSES, STATUSES)))
def test_each_move_is_legal_or_refused(was, to) -> None:
    """All 25: what is not listed as legal is refused, staying where one is too."""
    if (was, to) in LEGAL:
        kept = check_move(was, to, " because ")
        assert kept == ("because" if to == "suspended" else None)
    else:
        with pytest.raises(IllegalTransition):
            check_move(was, to, "because")


@pytest.mark.parametrize("reason", [None, "", "  ", "two\nlines", "x" * 201])
def test_a_suspension_needs_a_reason_of_one_line(reason) -> None:
    with pytest.raises(Invalid) as refused:
        check_move("active", "suspended", reason)
    assert refused.value.errors[0].field == "reason"


def test_nothing_leads_out_of_deleted_and_nothing_begins_there() -> None:
    assert all((was, "deleted") in LEGAL for was in STATUSES if was != "deleted")
    assert {"pending", "active"} == INITIAL
    assert [s for s in STATUSES if takes_rights_away(s)] == ["suspended", "inactive", "deleted"]
