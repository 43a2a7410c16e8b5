import pytest

from sickbay_collector.core.access.principal import principal
from sickbay_collector.core.access.right import Right
from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.core.access.scope import (
    EVERYTHING,
    SITES_LIMIT,
    Scope,
    checked_sites,
    scope_of,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId

BERLIN = scope_of(sites=["berlin"])
BERN = scope_of(sites=["bern"])


def test_every_role_is_a_preset() -> None:
    assert set(Role) == set(RIGHTS)


def test_every_right_is_given_to_some_role() -> None:
    assert set(Right) == frozenset.union(*RIGHTS.values())


def test_the_three_first_roles_may_what_they_always_might() -> None:
    """A reader changes nothing, and a technician does not administer."""
    assert all(right.endswith(".read") for right in RIGHTS[Role.READER])
    assert RIGHTS[Role.READER] < RIGHTS[Role.TECHNICIAN] < RIGHTS[Role.ADMINISTRATOR]
    assert Right.DESK_WRITE not in RIGHTS[Role.TECHNICIAN]


def test_a_requester_has_only_what_is_own() -> None:
    assert {Right.OWN_READ, Right.OWN_WRITE} == RIGHTS[Role.REQUESTER]


def test_a_token_has_what_both_it_and_its_maker_have() -> None:
    token = principal("ci", Role.ADMINISTRATOR, BERLIN, token_id="t")
    cut = token.cut(principal("ada", Role.ANALYST, BERN))

    assert cut.rights == RIGHTS[Role.ANALYST]
    assert cut.scope.sites == frozenset()
    assert cut.token_id == "t"


@pytest.mark.parametrize(
    ("one", "other", "sites"),
    [
        pytest.param(EVERYTHING, BERLIN, {"berlin"}, id="everything adds nothing"),
        pytest.param(scope_of(sites=["berlin", "bern"]), BERN, {"bern"}, id="what both see"),
        pytest.param(BERLIN, BERN, set(), id="nothing is not everything"),
        pytest.param(EVERYTHING, EVERYTHING, None, id="everything"),
    ],
)
def test_a_cut_is_never_larger_than_either(
    one: Scope, other: Scope, sites: set[str] | None
) -> None:
    assert one.cut(other).sites == other.cut(one).sites == sites
    assert one.cut(other).is_everything == (sites is None)


def test_what_is_ones_own_is_a_scope_too() -> None:
    own = scope_of(person_id=PersonId("p1"))

    assert (own.person_id, own.sites, own.is_everything) == ("p1", None, False)


@pytest.mark.parametrize("role", list(Role))
def test_who_manages_access_makes_nobody_like_itself(role: Role) -> None:
    """Only an administrator gives roles that give roles."""
    manager = principal("grace", Role.ACCESS_MANAGER)
    manages = role in {Role.ADMINISTRATOR, Role.ACCESS_MANAGER}

    assert manager.may_grant(role) is not manages
    assert principal("root", Role.ADMINISTRATOR).may_grant(role)
    assert not principal("ada", Role.LEAD).may_grant(role)


def test_sites_are_those_that_are_configured() -> None:
    assert checked_sites(["bern", "berlin", "bern"], ["berlin", "bern"]) == ("berlin", "bern")
    with pytest.raises(InvalidError, match="site 'rome' is not configured; there are berlin"):
        checked_sites(["rome"], ["berlin"])


def test_a_hundred_sites_are_enough() -> None:
    sites = [f"s{number:03}" for number in range(SITES_LIMIT + 1)]

    assert checked_sites(sites[1:], sites) == tuple(sites[1:])
    with pytest.raises(InvalidError, match="at most 100, not 101"):
        checked_sites(sites, sites)
