"""Reports are judged alone, stored together, and answered as they were stored."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.agent_status import AgentStatus
from sickbay_collector.core.device import Goodbye
from sickbay_collector.core.errors import DeniedError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.judge import Verdict
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.record import Content, InventoryHashes, Record, Refused, Report
from sickbay_collector.core.sample import Sample
from sickbay_collector.core.state import DeviceState
from sickbay_collector.db.frames import open_hour
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.ingest import Answer, Ingest
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.services.state_codec import decode_state
from tests.collector.core.health.samples import NVME, laptop
from tests.collector.core.judging import EPOCH, NOW, a_record, a_sample
from tests.contract.records import ONE, TWO, a_device
from tests.fakes import FakeDatabase
from tests.kit.examples import FEW

_RULES = load_rules([])


@dataclass
class Ward:
    """A database in memory with two devices, and the ingest on it."""

    database: FakeDatabase = field(default_factory=FakeDatabase)

    def __post_init__(self) -> None:
        with self.database.open() as uow:
            uow.devices.add(a_device(ONE, enroll_nonce="a"))
            uow.devices.add(a_device(TWO, enroll_nonce="b"))
            uow.commit()
        self.ingest = self.opened(self.database.open)

    def opened(self, open_uow: OpenUnitOfWork) -> Ingest:
        """Return another ingest, as of another collector or after a restart."""
        return Ingest(
            open_uow,
            lambda: _RULES,
            open_hour,
            lambda: secrets.token_hex(8),
            sample_interval_s=60.0,
        )

    def take(self, *reports: Report) -> list[Answer]:
        """Commit reports as one group."""
        return list(self.ingest.commit(reports, within_s=10.0).answers)

    def stored(self, device_id: DeviceId = ONE) -> StoredState:
        return self.database.data.states[device_id]

    def state(self, device_id: DeviceId = ONE) -> DeviceState:
        return decode_state(self.stored(device_id).state)

    def points(self, device_id: DeviceId = ONE) -> list[datetime]:
        """Return the times at which history has a reading."""
        with self.database.read() as uow:
            found = uow.history.read(
                device_id,
                ["cpu.busy_ratio"],
                since=NOW - timedelta(days=9999),
                until=NOW + timedelta(days=9999),
            )
        return [at for series in found for at, _ in series.points]


@pytest.fixture
def ward() -> Ward:
    return Ward()


def a_report(
    *records: Record, device_id: DeviceId = ONE, received_at: datetime = NOW, **fields: object
) -> Report:
    report = Report(
        device_id=device_id,
        records=records,
        received_at=received_at,
        sent_at=received_at,
        goodbye=Goodbye.NONE,
        report_interval_s=60.0,
        agent_version="0.1.0",
        capabilities=(),
        platform="linux",
        size_bytes=100,
    )
    return replace(report, **fields)  # type: ignore[arg-type]


def verdicts(answer: Answer) -> list[Verdict]:
    return [record.verdict for record in answer.records]


def test_a_report_is_stored_with_what_it_means(ward: Ward) -> None:
    """Mark, latest readings, history, score's bounds and presence, in one row."""
    (answer,) = ward.take(a_report(a_record(a_sample()), report_interval_s=300.0))

    assert verdicts(answer) == [Verdict.OK]
    assert answer.marks[Lane.SAMPLES].seq == 1
    assert (
        ward.stored().version,
        ward.stored().received_at,
        ward.stored().observed_at,
        ward.stored().report_interval_s,
    ) == (1, NOW, NOW, 300.0)
    assert ward.state().latest["cpu.busy_ratio"] == {"": 0.1}
    assert ward.points() == [NOW]


def test_a_poisoned_record_fails_alone(ward: Ward) -> None:
    """Each record has its own answer; those behind it are stored."""

    class Poison(Sample):
        """A sample that breaks whoever looks at it."""

        @property
        def readings(self) -> object:  # type: ignore[override]
            raise RuntimeError("CANARY")

    good = [a_record(a_sample(NOW + timedelta(minutes=n)), seq=n) for n in (1, 2, 3, 4, 5)]
    healthy = a_sample()
    poison = object.__new__(Poison)
    for name in Sample.__slots__:
        if name != "readings":
            object.__setattr__(poison, name, getattr(healthy, name))
    records = [*good[:2], replace(good[2], content=poison), a_record(Refused("bad"), seq=4)]

    (answer,) = ward.take(a_report(*records, good[4], received_at=NOW + timedelta(hours=1)))

    expected = [Verdict.OK, Verdict.OK, Verdict.REJECTED, Verdict.REJECTED, Verdict.OK]
    assert expected == verdicts(answer)
    assert "CANARY" not in answer.records[2].reason
    assert answer.records[3].reason == "bad"
    assert answer.marks[Lane.SAMPLES].seq == 5
    assert [NOW + timedelta(minutes=n) for n in (1, 2, 5)] == ward.points()


def test_a_repeated_batch_changes_nothing(ward: Ward) -> None:
    """A hundred times, by any collector, in the same group or another."""
    batch = [a_record(a_sample(NOW + timedelta(minutes=n)), seq=n) for n in (1, 2, 3)]
    ward.take(a_report(*batch, received_at=NOW + timedelta(hours=1)))
    before, points = ward.state(), ward.points()
    repeated = [a_report(*batch, received_at=NOW + timedelta(hours=1))] * 50

    answers = ward.take(*repeated)
    ward.ingest = ward.opened(ward.database.open)
    answers += ward.take(*repeated)

    assert {Verdict.DUPLICATE} == {one for answer in answers for one in verdicts(answer)}
    assert before == ward.state()
    assert points == ward.points()


def test_a_clone_is_told_and_overwrites_nothing(ward: Ward) -> None:
    """Two agents from one copied state directory: flagged with the second's first report."""
    ward.take(a_report(a_record(a_sample(busy_ratio=0.2))))
    (answer,) = ward.take(a_report(a_record(a_sample(busy_ratio=0.9))))

    assert verdicts(answer) == [Verdict.REJECTED]
    assert ward.state().clone_suspected_at == NOW
    assert ward.state().latest["cpu.busy_ratio"] == {"": 0.2}


def test_a_score_stands_beside_what_it_was(ward: Ward) -> None:
    """The first of each day, whoever judges the next report."""
    worn = {"drive.nvme_used_ratio": {NVME: 1.0}}
    found = []
    for seq, (hours, changes) in enumerate(
        [(0, {}), (5, worn), (24, worn), (48, worn), (24 * 7, worn)], start=1
    ):
        at = NOW + timedelta(hours=hours)
        ward.ingest = ward.opened(ward.database.open)
        ward.take(a_report(a_record(laptop(changes, at=at), seq=seq), received_at=at))
        stored = ward.stored()
        found.append((stored.score, stored.score_day_ago, stored.score_week_ago))
    low = found[1][0]

    assert low is not None
    assert low < 90.0
    assert found == [
        (100.0, None, None),
        (low, None, None),
        (low, 100.0, None),
        (low, pytest.approx(low, abs=0.01), None),
        (low, None, 100.0),
    ]
    assert [one.at for one in ward.state().score_days] == [
        NOW + timedelta(hours=hours) for hours in (0, 24, 48, 24 * 7)
    ]


def test_each_report_of_a_group_is_judged_on_the_one_before(ward: Ward) -> None:
    """Two of one device and one of another, in one transaction."""
    answers = ward.take(
        a_report(a_record(a_sample())),
        a_report(a_record(a_sample()), device_id=TWO),
        a_report(a_record(a_sample()), a_record(a_sample(NOW + timedelta(minutes=1)), seq=2)),
    )

    assert list(map(verdicts, answers)) == [
        [Verdict.OK],
        [Verdict.OK],
        [Verdict.DUPLICATE, Verdict.OK],
    ]
    assert (ward.stored(ONE).version, ward.stored(TWO).version) == (1, 1)


def test_two_collectors_take_reports_of_one_device(ward: Ward) -> None:
    """Whose memory is behind reads anew and does it again; nothing is lost or counted twice."""
    other = ward.opened(ward.database.open)
    for seq in range(1, 9):
        ingest = ward.ingest if seq % 2 else other
        record = a_record(a_sample(NOW + timedelta(minutes=seq)), seq=seq)
        report = a_report(record, received_at=NOW + timedelta(minutes=seq))
        (answer,) = ingest.commit([report], within_s=10.0).answers
        assert verdicts(answer) == [Verdict.OK]

    assert (ward.stored().version, ward.state().marks[Lane.SAMPLES].seq) == (8, 8)
    assert len(ward.points()) == 8


def test_memory_never_runs_ahead_of_the_database(ward: Ward) -> None:
    """What a failed commit judged is forgotten: the repeated report is new."""
    fails = [True, False, False]

    class Failing:
        def __init__(self, inner: UnitOfWork) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def commit(self) -> None:
            if fails.pop(0):
                raise StoreError("disk full")
            self._inner.commit()

    @contextmanager
    def open_uow(*_: object, **__: object) -> Iterator[UnitOfWork]:
        with ward.database.open() as uow:
            yield Failing(uow)  # type: ignore[misc]

    ward.ingest = ward.opened(open_uow)
    report = a_report(a_record(a_sample()))
    with pytest.raises(StoreError):
        ward.take(report)
    assert ward.database.data.states == {}

    (first,), (second,) = ward.take(report), ward.take(report)

    assert (verdicts(first), verdicts(second)) == ([Verdict.OK], [Verdict.DUPLICATE])
    assert ward.points() == [NOW]


def _os(content_hash: bytes = b"h" * 32) -> Content:
    return InventoryHashes(observed_at=NOW, hashes={"os": content_hash}, absences={})


def test_sections_that_are_lacking_are_asked_for(ward: Ward) -> None:
    """Until they are there; another device's equal section is not asked for at all."""
    (first,) = ward.take(a_report(a_record(_os(), lane=Lane.STATE)))
    (plain,) = ward.take(a_report(a_record(a_sample())))
    with ward.database.open() as uow:
        uow.sections.put(b"h" * 32, SectionContent(kind="os", facts={}, rows={}))
        uow.commit()
    (other,) = ward.take(a_report(a_record(_os(), lane=Lane.STATE), device_id=TWO))

    assert first.missing_sections == (b"h" * 32,)
    assert plain.missing_sections == ()
    assert other.missing_sections == ()
    with ward.database.read() as uow:
        assert [(v.kind, v.hash) for v in uow.sections.current(TWO)] == [("os", b"h" * 32)]


@pytest.mark.parametrize(
    ("observed", "sent", "expected"),
    [
        pytest.param(0, 0, 0, id="a clock that is right"),
        pytest.param(-600, 0, -600, id="a sample that waited"),
        pytest.param(200, 200, 0, id="a little ahead: never beyond the time of receipt"),
        pytest.param(86_400, 86_400, 0, id="a day ahead: put right by the offset"),
        pytest.param(86_340, 86_400, -60, id="a day ahead, a minute old"),
        pytest.param(-86_460, -86_400, -60, id="a day behind, a minute old"),
        pytest.param(86_400, None, 0, id="ahead, and the time of sending unknown"),
        pytest.param(2_000_000_000, 0, 0, id="a sample from the far future"),
    ],
)
def test_where_history_puts_a_sample(
    ward: Ward, observed: int, sent: int | None, expected: int
) -> None:
    """A wrong clock is put right by its offset; nothing ever lies behind the time of receipt."""
    report = a_report(
        a_record(a_sample(NOW + timedelta(seconds=observed))),
        sent_at=None if sent is None else NOW + timedelta(seconds=sent),
    )
    ward.take(report)

    assert [NOW + timedelta(seconds=expected)] == ward.points()
    assert ward.stored().received_at == NOW


def test_the_offset_of_a_clock_is_a_mean_until_it_jumps(ward: Ward) -> None:
    """Small differences are smoothed; a jump counts at once; silence changes nothing."""
    offsets = []
    for sent_s in (0, -10, -10, None, -3600, -3600):
        sent_at = None if sent_s is None else NOW + timedelta(seconds=sent_s)
        ward.take(a_report(sent_at=sent_at))
        offsets.append(round(ward.stored().clock_offset_s, 6))

    assert offsets == [0.0, 2.0, 3.6, 3.6, 3600.0, 3600.0]


def test_history_goes_over_the_hour(ward: Ward) -> None:
    """Samples that come late, out of order of hours, keep their place."""
    minutes = [0, 29, 31, 10, 95, -90]
    for seq, minute in enumerate(minutes, start=1):
        record = a_record(a_sample(NOW + timedelta(minutes=minute)), seq=seq)
        ward.take(a_report(record, received_at=NOW + timedelta(hours=2)))

    assert sorted(NOW + timedelta(minutes=minute) for minute in minutes) == ward.points()


def test_a_goodbye_without_records_is_kept(ward: Ward) -> None:
    """It is a report too."""
    (answer,) = ward.take(a_report(goodbye=Goodbye.ASLEEP))

    assert answer.records == ()
    assert ward.stored().goodbye == "asleep"


def test_what_the_agent_says_of_itself_is_kept(ward: Ward) -> None:
    """Version, abilities and platform, where they are said."""
    ward.take(a_report(agent_version="0.2.0", capabilities=("zstd",), platform="windows"))
    ward.take(a_report(agent_version="", platform=""))
    device = ward.database.data.devices[ONE]

    assert (device.agent_version, device.capabilities) == ("0.2.0", ("zstd",))
    assert ward.state().platform == "windows"


def test_how_the_agent_fares_is_kept_until_it_says_otherwise(ward: Ward) -> None:
    """`sickbay-agent doctor` says nothing; an agent that went back to an old version never will."""
    said = AgentStatus(uptime_s=60.0, waiting_records=3)
    ward.take(a_report(a_record(a_sample()), agent=said))
    ward.take(a_report())
    kept = ward.state().agent
    ward.take(a_report(agent_version="0.0.9"))

    assert said == kept
    assert ward.state().agent is None


def test_a_full_volume_makes_one_ticket(ward: Ward) -> None:
    """However often its reports are repeated on the way."""
    for minute in range(30):
        at = NOW + timedelta(minutes=minute)
        report = a_report(a_record(a_sample(at, free_ratio=0.001), seq=minute + 1), received_at=at)
        ward.take(report, report)
        ward.take(report)

    assert len(ward.database.data.alerts) == 1
    assert [one.family for one in ward.database.data.tickets.values()] == ["disk.space"]
    assert ward.stored().open_alerts == 1


_PLANS = st.lists(
    st.tuples(
        st.sampled_from([ONE, TWO]),
        st.integers(1, 4),
        st.lists(st.integers(0, 6), max_size=3),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@FEW
@given(_PLANS)
def test_any_delivery_leaves_what_one_delivery_leaves(
    plans: Sequence[tuple[DeviceId, int, list[int], bool]],
) -> None:
    """Under repetition, lost answers, restarts and late copies: the set of records, once each."""
    ward, calm = Ward(), Ward()
    seqs, sent = dict.fromkeys((ONE, TWO), 0), list[Report]()
    for device_id, count, late, restart in plans:
        records = []
        for _ in range(count):
            seqs[device_id] += 1
            minute = timedelta(minutes=seqs[device_id])
            records.append(a_record(a_sample(NOW + minute), seq=seqs[device_id]))
        report = a_report(*records, device_id=device_id, received_at=NOW + timedelta(hours=1))
        sent.append(report)
        calm.take(report)
        ward.take(report, *(sent[index % len(sent)] for index in late))
        if restart:
            ward.ingest = ward.opened(ward.database.open)

    for device_id in {device_id for device_id, *_ in plans}:
        assert ward.state(device_id).marks[Lane.SAMPLES].epoch == EPOCH
        assert calm.state(device_id) == ward.state(device_id)
        assert calm.points(device_id) == ward.points(device_id)


def test_a_device_that_ended_meanwhile_is_denied(ward: Ward) -> None:
    """Also by who has its state in memory: the end moves the state on. Nothing is stored."""
    ward.take(a_report(a_record(a_sample())))
    with ward.database.open() as uow:
        uow.devices.save(a_device(ONE, enroll_nonce="a", revoked_at=NOW))
        over = replace(ward.stored(), version=2)
        assert not uow.states.save([over])
        uow.commit()

    with pytest.raises(DeniedError, match="revoked or unknown"):
        ward.take(a_report(a_record(a_sample(), seq=2)))
    assert ward.stored() == over
    ward.take(a_report(a_record(a_sample()), device_id=TWO))
