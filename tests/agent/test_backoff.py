from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_agent.backoff import Backoff, next_in_phase, share, splay_s


def after(failures: int) -> Backoff:
    backoff = Backoff()
    for _ in range(failures):
        backoff = backoff.failed()
    return backoff


@pytest.mark.parametrize(
    ("failures", "cap_s"),
    [
        pytest.param(1, 1.0, id="first failure"),
        pytest.param(2, 2.0, id="second"),
        pytest.param(8, 128.0, id="last below the cap"),
        pytest.param(9, 180.0, id="at the cap"),
        pytest.param(10_000, 180.0, id="after days"),
    ],
)
def test_the_delay_is_spread_over_all_of_its_range(failures: int, cap_s: float) -> None:
    rng = Random(1)  # noqa: S311 - not for secrets
    backoff = after(failures)
    delays = [backoff.delay_s(rng) for _ in range(500)]

    assert 0.0 <= min(delays) < 0.05 * cap_s
    assert 0.95 * cap_s < max(delays) <= cap_s


def test_the_servers_wish_is_the_least() -> None:
    rng = Random(1)  # noqa: S311 - not for secrets
    delays = [after(3).delay_s(rng, floor_s=3.0) for _ in range(50)]

    assert min(delays) == 3.0
    assert max(delays) <= 4.0


@pytest.mark.parametrize(
    ("interval_s", "most_s"),
    [pytest.param(300.0, 60.0, id="long"), pytest.param(10.0, 10.0, id="short")],
)
def test_the_splay_is_at_most_a_minute(interval_s: float, most_s: float) -> None:
    rng = Random(1)  # noqa: S311 - not for secrets
    splays = [splay_s(rng, interval_s) for _ in range(500)]

    assert 0.95 * most_s < max(splays) <= most_s


def test_devices_share_the_interval_evenly() -> None:
    """Of 10,000 devices each tenth of the interval gets about a tenth."""
    shares = [share(f"device-{number}", "report") for number in range(10_000)]
    tenths = [sum(tenth / 10 <= s < (tenth + 1) / 10 for s in shares) for tenth in range(10)]

    assert share("device-1", "report") == shares[1]
    assert share("device-1", "sample") != shares[1]
    assert min(tenths) > 900


@given(
    now_s=st.floats(0, 2e9),
    interval_s=st.sampled_from([5.0, 60.0, 300.0, 3600.0]),
    phase=st.floats(0, 1, exclude_max=True),
)
def test_the_next_moment_is_later_and_within_one_interval(
    now_s: float, interval_s: float, phase: float
) -> None:
    following = next_in_phase(now_s, interval_s=interval_s, phase=phase)
    remainder = (following - phase * interval_s) % interval_s

    assert now_s < following <= now_s + interval_s + 1e-3
    assert min(remainder, interval_s - remainder) < 1e-3
