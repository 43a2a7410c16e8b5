from datetime import timedelta

import pytest

from sickbay_agent.errors import IdentityError
from sickbay_agent.exchange import CallError
from tests.agent.conftest import START, Rig
from tests.agent.fake_collector import Failure


def test_the_first_use_enrolls_and_later_ones_do_not(rig: Rig) -> None:
    first = rig.session.collector(START)
    second = rig.session.collector(START)

    assert first is second
    assert len(rig.core.enrollments) == 1
    assert rig.session.identity is not None


def test_a_clock_far_behind_is_named_instead_of_dialling(rig: Rig) -> None:
    rig.session.collector(START)
    with pytest.raises(IdentityError, match="set the clock"):
        rig.session.collector(START - timedelta(days=1))


def test_a_clock_far_ahead_renews_once_and_dials_anyway(rig: Rig) -> None:
    """Each new certificate looks expired to such a clock; the collector's clock decides."""
    rig.session.collector(START)
    ahead = START + timedelta(days=3)
    for seconds in range(3):
        rig.session.collector(ahead + timedelta(seconds=seconds))

    assert len(rig.core.expired) == 1


def test_a_renewal_that_fails_is_tried_again_ten_minutes_later(rig: Rig) -> None:
    rig.session.collector(START)
    due = START + timedelta(hours=16)
    rig.core.failures.append(Failure("UNAVAILABLE"))
    for minutes in (0, 9, 11):
        rig.session.renew_if_due(due + timedelta(minutes=minutes))

    assert not rig.core.failures
    assert rig.core.renewals == 1


def test_an_expired_certificate_that_is_not_renewed_is_an_error(rig: Rig) -> None:
    rig.session.collector(START)
    rig.core.failures.append(Failure("UNAUTHENTICATED"))
    with pytest.raises(CallError, match="UNAUTHENTICATED"):
        rig.session.collector(START + timedelta(days=40))
