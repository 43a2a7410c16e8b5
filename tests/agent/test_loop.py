from datetime import timedelta
from itertools import pairwise

import pytest

from sickbay.v1 import telemetry_pb2
from sickbay_agent.exchange import Goodbye, Settings, WatchLine
from sickbay_agent.loop import REFUSED_PAUSE_S
from sickbay_agent.model.hardware import SystemSection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.record import Lane, ProblemReport
from sickbay_agent.model.sample import CpuSample, Sample
from tests.agent.conftest import START, Rig
from tests.agent.fake_collector import Failure


def report_times(rig: Rig) -> list[float]:
    return [(report.sent_at - START).total_seconds() for report in rig.core.reports]


def contents(rig: Rig) -> list[str | None]:
    return [
        telemetry_pb2.Record.FromString(record.body).WhichOneof("content")
        for report in rig.core.reports
        for record in report.records
    ]


def waiting(rig: Rig) -> int:
    return sum(depth.records for depth in rig.spool.depths.values())


def test_the_first_report_leaves_at_once_with_sample_and_inventory(rig: Rig) -> None:
    rig.core.missing = ()
    rig.step_for(1)

    assert report_times(rig)[0] == 0
    assert contents(rig) == ["sample", "inventory"]
    assert rig.loop.progress.last_ack_at == START


def test_samples_and_reports_keep_the_devices_own_rhythm(rig: Rig) -> None:
    """After the first one all moments lie 60 s apart, and a restart does not shift them."""
    rig.step_for(400)
    seconds = report_times(rig)[1:]
    rig.loop = rig.new_loop()
    rig.step_for(400)
    later = [at for at in report_times(rig) if at > 400][1:]

    assert {round(b - a) for a, b in pairwise(seconds)} == {60}
    assert abs((later[0] - seconds[0] + 30) % 60 - 30) < 0.01
    assert len(rig.sampler.takes) >= 13
    assert waiting(rig) <= 1


@pytest.mark.parametrize("interval_s", [60, 300, 3600])
def test_a_report_leaves_just_after_a_sample(rig: Rig, interval_s: float) -> None:
    """The sample that completes a rule's time opens its ticket within two seconds."""
    rig.core.settings = Settings(version=1, report_interval_s=interval_s)
    rig.step_for(3 * interval_s + 200)
    samples = [(at - START).total_seconds() for at, _, _ in rig.sampler.takes]
    waits = [min(at - s for s in samples if s <= at) for at in report_times(rig)[-2:]]

    assert max(waits) < 1


def test_slow_probes_run_at_the_start_and_every_hour(rig: Rig) -> None:
    rig.step_for(2 * 3600 + 120)
    slow = [(at - START).total_seconds() for at, is_slow, _ in rig.sampler.takes if is_slow]

    assert slow[0] == 0
    assert len(slow) == 3
    assert all(3599 < b - a < 3690 for a, b in pairwise(slow))


def test_samples_go_on_while_the_collector_is_away_and_all_arrive(rig: Rig) -> None:
    rig.step_for(120)
    rig.core.failures.extend([Failure("UNAVAILABLE")] * 1000)
    rig.step_for(3600)
    away = waiting(rig)
    rig.core.failures.clear()
    rig.step_for(400)
    seqs = sorted(seq for lane, _, seq in rig.core.stored if lane is Lane.SAMPLES)

    assert away >= 59
    assert waiting(rig) <= 1
    assert seqs == list(range(1, len(seqs) + 1))


def test_retries_back_off_up_to_three_minutes(rig: Rig) -> None:
    rig.step_for(1)
    rig.core.failures.extend([Failure("UNAVAILABLE")] * 1000)
    rig.step_for(7200)
    tries = 1000 - len(rig.core.failures)

    assert 7200 / 180 <= tries < 7200 / 40
    assert rig.loop.progress.last_error == "failed: UNAVAILABLE"


def test_the_first_try_after_a_lost_connection_is_splayed(rig: Rig) -> None:
    """It waits random(0, min(interval, 60 s)), where the backoff alone would wait a second."""
    rig.step_for(1)
    rig.core.failures.extend([Failure("UNAVAILABLE")] * 2)
    while len(rig.core.failures) == 2:
        rig.step_for(1)
    failed_at = rig.loop.progress.last_error_at
    next_at = rig.loop.progress.next_report_at
    assert failed_at is not None
    assert next_at is not None

    assert 1 < (next_at - failed_at).total_seconds() <= 60


def test_the_collectors_pushback_is_the_least(rig: Rig) -> None:
    rig.core.failures.append(Failure("RESOURCE_EXHAUSTED", pushback_ms=45_000))
    rig.step_for(44)
    before = len(rig.core.reports)
    rig.step_for(2)

    assert before == 0
    assert len(rig.core.reports) >= 1


@pytest.mark.parametrize("code", ["UNAUTHENTICATED", "PERMISSION_DENIED", "FAILED_PRECONDITION"])
def test_a_refused_agent_keeps_records_and_asks_hourly(rig: Rig, code: str) -> None:
    rig.core.failures.extend([Failure(code)] * 100)
    rig.step_for(5 * REFUSED_PAUSE_S)
    tries = 100 - len(rig.core.failures)

    assert 4 <= tries <= 6
    assert waiting(rig) >= 290
    assert rig.loop.progress.last_error == f"failed: {code}"


def test_a_backlog_is_drained_with_one_batch_a_second(rig: Rig) -> None:
    for _ in range(450):
        rig.spool.append(Lane.SAMPLES, b"body", START)
    rig.step_for(6)

    assert [len(report.records) for report in rig.core.reports] == [100, 100, 100, 100, 52]
    assert report_times(rig) == pytest.approx([0, 1, 2, 3, 4])


def test_a_crossed_watch_line_is_reported_at_once_and_once(rig: Rig) -> None:
    rig.core.settings = Settings(
        version=1,
        report_interval_s=3600,
        watch_lines=(WatchLine(metric="cpu.busy_ratio", above=0.9),),
    )
    rig.step_for(300)
    quiet = len(rig.core.reports)
    rig.sampler.sample = Sample(cpu=CpuSample(busy_ratio=0.95))
    rig.step_for(300)

    assert quiet <= 2
    assert len(rig.core.reports) == quiet + 1


def test_settings_of_the_collector_count_and_survive_a_restart(rig: Rig) -> None:
    rig.core.settings = Settings(version=3, sample_interval_s=10, process_names=False)
    rig.step_for(100)
    taken = len(rig.sampler.takes)
    rig.core.settings = None
    rig.loop = rig.new_loop()
    rig.step_for(100)

    assert taken >= 10
    assert len(rig.sampler.takes) >= taken + 10
    assert rig.sampler.takes[-1][2] is False


def test_a_changed_section_sends_its_hash_and_then_itself(rig: Rig) -> None:
    rig.core.settings = Settings(version=1, slow_interval_s=60)
    rig.step_for(60)
    states = contents(rig).count("inventory")
    rig.sampler.sections[SectionKind.SYSTEM] = SystemSection(manufacturer="Changed")
    rig.step_for(200)
    state = telemetry_pb2.Record.FromString(
        [record for one in rig.core.reports for record in one.records if record.lane is Lane.STATE][
            -1
        ].body
    ).inventory
    rig.core.missing = (state.sections[0].hash,)
    rig.step_for(120)

    assert states == 1
    assert contents(rig).count("inventory") == 2
    assert list(rig.core.sections) == [state.sections[0].hash]


def test_a_problem_report_goes_out_with_the_next_sample(rig: Rig) -> None:
    rig.step_for(1)
    rig.problems.append(ProblemReport(text="no sound", user_name="ada"))
    rig.step_for(91)

    assert "problem_report" in contents(rig)


def test_stopping_says_goodbye_with_what_waits(rig: Rig) -> None:
    rig.run(90)

    assert rig.core.reports[-1].goodbye is Goodbye.AGENT_STOPPING
    assert all(report.goodbye is Goodbye.NONE for report in rig.core.reports[:-1])
    assert waiting(rig) == 0


def test_there_is_no_goodbye_to_a_collector_that_is_away(rig: Rig) -> None:
    rig.core.failures.extend([Failure("UNAVAILABLE")] * 1000)
    rig.run(90)

    assert rig.core.reports == []


def test_long_intervals_close_the_connection_between_reports(rig: Rig) -> None:
    rig.core.settings = Settings(version=1, report_interval_s=300)
    rig.step_for(700)
    closed = rig.collector.closed

    assert closed == len(rig.core.reports) > 1


def test_short_intervals_keep_the_connection(rig: Rig) -> None:
    rig.step_for(700)

    assert rig.collector.closed == 0


def test_a_sleep_is_noticed_and_the_report_after_it_splayed(rig: Rig) -> None:
    rig.step_for(90)
    before = len(rig.core.reports)
    rig.clock.sleep(4000)
    rig.loop.step()
    at_wake = len(rig.core.reports)
    rig.step_for(125)

    assert rig.loop.progress.last_suspend_s == 4000
    assert rig.collector.closed == 1
    assert at_wake == before
    assert len(rig.core.reports) > before


def test_a_certificate_is_renewed_at_its_half_life(rig: Rig) -> None:
    rig.step_for(1)
    first = rig.session.identity
    rig.clock.advance(timedelta(hours=16).total_seconds())
    rig.step_for(120)

    assert first is not None
    assert rig.core.renewals == 1
    assert rig.session.identity != first


def test_an_expired_certificate_is_renewed_before_dialling(rig: Rig) -> None:
    rig.step_for(1)
    rig.clock.advance(timedelta(hours=30).total_seconds())
    rig.step_for(200)

    assert len(rig.core.expired) >= 1
    assert rig.loop.progress.last_error is None


def test_what_is_late_is_told_in_the_status(rig: Rig) -> None:
    rig.core.failures.append(Failure("UNAUTHENTICATED"))
    rig.step_for(1)

    assert rig.published[-1].last_error == "failed: UNAUTHENTICATED"
    assert rig.published[-1].next_report_at is not None
    assert rig.published[-1].last_sample_at == START


def test_a_device_that_goes_to_sleep_says_so_and_then_nothing(rig: Rig) -> None:
    """A report behind the goodbye would take it back; what crosses a line has to wait."""
    rig.core.settings = Settings(
        version=1, watch_lines=(WatchLine(metric="cpu.busy_ratio", above=0.9),)
    )
    rig.step_for(70)
    rig.sleep.is_coming = True
    rig.sampler.sample = Sample(cpu=CpuSample(busy_ratio=0.95))
    rig.step_for(29)

    assert rig.core.reports[-1].goodbye is Goodbye.ASLEEP
    assert not rig.sleep.is_coming


def test_a_device_that_woke_up_reports_again(rig: Rig) -> None:
    rig.step_for(70)
    rig.sleep.is_coming = True
    rig.step_for(1)
    rig.clock.sleep(3600)
    rig.step_for(70)
    goodbyes = [report.goodbye for report in rig.core.reports]

    assert goodbyes.count(Goodbye.ASLEEP) == 1
    assert goodbyes[-1] is Goodbye.NONE


def test_a_device_that_did_not_sleep_after_all_reports_again(rig: Rig) -> None:
    rig.step_for(70)
    rig.sleep.is_coming = True
    rig.step_for(100)

    assert rig.core.reports[-1].goodbye is Goodbye.NONE


def test_sleep_is_let_at_once_while_the_collector_is_away(rig: Rig) -> None:
    rig.step_for(70)
    rig.core.failures.extend([Failure("UNAVAILABLE")] * 100)
    rig.step_for(60)
    rig.sleep.is_coming = True
    before = len(rig.core.failures)
    rig.loop.step()

    assert not rig.sleep.is_coming
    assert len(rig.core.failures) == before
