"""Requests of strangers become values of ours, or one clear sentence."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from sickbay.canonical import section_hash
from sickbay.v1 import common_pb2, inventory_pb2
from sickbay.v1 import telemetry_pb2 as pb
from sickbay_collector.core.agent_status import AgentStatus
from sickbay_collector.core.device import Goodbye
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.record import (
    Content,
    Gap,
    InventoryHashes,
    Refused,
    Report,
    UserProblem,
)
from sickbay_collector.core.sample import Sample
from sickbay_collector.rpc.decode import (
    MAX_BODY_BYTES,
    MAX_RECORDS,
    MAX_ROWS,
    MAX_SECTIONS,
    decode_evidence,
    decode_report,
    decode_section,
)
from sickbay_collector.rpc.decode_agent import MAX_BYTES, MAX_WAITING
from tests.kit.device import sample_record, timestamp
from tests.kit.examples import FEW
from tests.kit.samples import office_sample

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ONE = DeviceId("one")
_OS = inventory_pb2.SECTION_KIND_OS
_TOMORROW: inventory_pb2.SectionKind.ValueType = 99  # type: ignore[assignment] # of a later one
_SAMPLE = sample_record(NOW, office_sample()).SerializeToString()


def envelope(body: bytes = _SAMPLE, **fields: object) -> pb.Envelope:
    given: dict[str, object] = {
        "lane": pb.LANE_SAMPLES,
        "spool_epoch": b"e" * 16,
        "seq": 1,
        "body_version": 1,
        **fields,
    }
    return pb.Envelope(body=body, **given)  # type: ignore[arg-type]


def decoded(*envelopes: pb.Envelope, **fields: object) -> Report:
    request = pb.ReportRequest(envelopes=envelopes, **fields)  # type: ignore[arg-type]
    # As it comes from the wire.
    parsed = pb.ReportRequest.FromString(request.SerializeToString())
    return decode_report(parsed, device_id=ONE, received_at=NOW)


def content(body: bytes | pb.Record, **fields: object) -> Content:
    data = body if isinstance(body, bytes) else body.SerializeToString()
    (record,) = decoded(envelope(data, **fields)).records
    return record.content


def test_a_report() -> None:
    """Who sent it and when it came are ours; the rest is the request's."""
    report = decoded(
        envelope(seq=7),
        agent_version="0.1.0",
        platform="linux",
        goodbye=pb.GOODBYE_ASLEEP,
        send_time=timestamp(NOW - timedelta(seconds=3)),
        report_interval=Duration(seconds=300),
        capabilities=["zstd"],
    )

    assert (report.device_id, report.received_at) == (ONE, NOW)
    assert NOW - timedelta(seconds=3) == report.sent_at
    assert (
        report.agent_version,
        report.platform,
        report.goodbye,
        report.report_interval_s,
        report.capabilities,
    ) == ("0.1.0", "linux", Goodbye.ASLEEP, 300.0, ("zstd",))
    (record,) = report.records
    assert (record.lane, record.epoch, record.seq) == (Lane.SAMPLES, b"e" * 16, 7)
    assert isinstance(record.content, Sample)


def test_how_an_agent_fares() -> None:
    status = pb.AgentStatus(
        sample_interval=Duration(seconds=60),
        uptime=Duration(seconds=86_400, nanos=500_000_000),
        waiting_records=30,
        spool_bytes=4096,
        cpu_time=Duration(seconds=12),
        rss_bytes=46_000_000,
    )

    assert decoded(agent_status=status).agent == AgentStatus(
        sample_interval_s=60.0,
        uptime_s=86_400.5,
        waiting_records=30,
        spool_bytes=4096,
        cpu_time_s=12.0,
        rss_bytes=46_000_000,
    )
    assert decoded(agent_status=pb.AgentStatus()).agent == AgentStatus()
    assert decoded().agent is None


_YEARS_10_S = 10 * 366 * 86_400


@pytest.mark.parametrize(
    ("said", "kept", "past"),
    [
        pytest.param(
            "sample_interval", Duration(seconds=86_400), Duration(seconds=86_401), id="interval"
        ),
        pytest.param(
            "sample_interval", Duration(seconds=1), Duration(nanos=999_000_000), id="short interval"
        ),
        pytest.param(
            "uptime", Duration(seconds=_YEARS_10_S), Duration(seconds=_YEARS_10_S + 1), id="uptime"
        ),
        pytest.param("uptime", Duration(), Duration(seconds=-1), id="uptime below nothing"),
        pytest.param("cpu_time", Duration(seconds=_YEARS_10_S), Duration(seconds=2**62), id="cpu"),
        pytest.param("waiting_records", MAX_WAITING, MAX_WAITING + 1, id="waiting"),
        pytest.param("spool_bytes", MAX_BYTES, MAX_BYTES + 1, id="spool"),
        pytest.param("rss_bytes", MAX_BYTES, 2**64 - 1, id="memory"),
    ],
)
def test_a_figure_of_an_agent_beyond_its_range_is_left_out(
    said: str, kept: object, past: object
) -> None:
    """The rest is taken: a figure that nobody can believe is one that was not said."""
    at, beyond = (
        decoded(agent_status=pb.AgentStatus(**{said: one}, **_OTHER[said != "rss_bytes"])).agent  # type: ignore[arg-type]
        for one in (kept, past)
    )
    assert at is not None
    assert beyond is not None
    names = [name for name in AgentStatus.__slots__ if name.startswith(said)]

    assert [getattr(at, name) for name in names] != [None]
    assert [getattr(beyond, name) for name in names] == [None]
    assert 7 in (beyond.rss_bytes, beyond.spool_bytes)


# A figure that stands beside the one that is tried.
_OTHER = {True: {"rss_bytes": 7}, False: {"spool_bytes": 7}}


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        pytest.param({"lane": 0}, "lane 0: this collector does not know it", id="no lane"),
        pytest.param({"lane": 99}, "lane 99: this collector does not know it", id="new lane"),
        pytest.param({"spool_epoch": b"e" * 15}, "spool_epoch: 16 bytes, not 15", id="short epoch"),
        pytest.param({"spool_epoch": b""}, "spool_epoch: 16 bytes, not 0", id="no epoch"),
        pytest.param({"seq": 0}, "seq: counted from 1", id="seq 0"),
        pytest.param({"seq": 2**63}, "seq: counted from 1", id="seq past the database's integers"),
    ],
)
def test_a_wrong_envelope_fails_alone(fields: dict[str, object], match: str) -> None:
    """It has no place in a lane, which its own answer says; its neighbour is taken."""
    report = decoded(envelope(_SAMPLE, **fields), envelope(_SAMPLE))

    assert match in report.unplaced[0]
    assert [record.seq for record in report.records] == [1]


@pytest.mark.parametrize(
    ("body", "fields", "reason"),
    [
        pytest.param(b"\xff\xff", {}, "body: not a Record message", id="garbage"),
        pytest.param(b"", {}, "observe_time is not between", id="empty"),
        pytest.param(_SAMPLE, {"body_version": 2}, "body version 2 is not known", id="new version"),
        pytest.param(
            bytes(MAX_BODY_BYTES + 1), {}, "body: at most 1048576 bytes, not 1048577", id="too long"
        ),
    ],
)
def test_a_wrong_body_is_refused_alone(body: bytes, fields: dict[str, object], reason: str) -> None:
    """Its neighbours are taken; the reason says what is wrong."""
    report = decoded(envelope(), envelope(body, seq=2, **fields), envelope(seq=3))
    before, poisoned, after = (record.content for record in report.records)

    assert isinstance(poisoned, Refused)
    assert poisoned.reason.startswith(reason)
    assert isinstance(before, Sample)
    assert isinstance(after, Sample)


def test_a_body_at_its_limit_is_read() -> None:
    """One byte less than too long: an unknown field fills it up."""
    filler = MAX_BODY_BYTES - len(_SAMPLE) - 5
    # Field 100, length delimited, with a length of three bytes.
    size = bytes([filler & 127 | 128, filler >> 7 & 127 | 128, filler >> 14])
    full = _SAMPLE + b"\xa2\x06" + size + bytes(filler)

    assert len(full) == MAX_BODY_BYTES
    assert isinstance(content(full), Sample)


@pytest.mark.parametrize(
    ("seconds", "is_refused"),
    [
        pytest.param(946_684_799, True, id="1999"),
        pytest.param(946_684_800, False, id="2000"),
        pytest.param(4_102_444_799, False, id="2099"),
        pytest.param(4_102_444_800, True, id="2100"),
        pytest.param(2**62, True, id="absurd"),
        pytest.param(-(2**62), True, id="absurd and negative"),
    ],
)
def test_times_are_limited(seconds: int, is_refused: bool) -> None:  # noqa: FBT001 - of the table
    """A device without a clock is told so."""
    record = pb.Record(observe_time=Timestamp(seconds=seconds, nanos=999), sample=office_sample())

    assert is_refused == isinstance(content(record), Refused)


def test_a_time_of_sending_that_is_absurd_counts_as_none() -> None:
    """It is a hint for the clock's offset, no more."""
    assert decoded(send_time=Timestamp(seconds=2**62)).sent_at is None
    assert decoded().sent_at is None


def test_the_number_of_envelopes_is_limited() -> None:
    """At the limit all are taken; one more and the request is refused."""
    many = [envelope(seq=seq) for seq in range(1, MAX_RECORDS + 2)]

    assert len(decoded(*many[:-1]).records) == MAX_RECORDS
    with pytest.raises(InvalidError, match="envelopes: at most 100, not 101"):
        decoded(*many)


def test_a_batch_in_falling_order_is_refused() -> None:
    """Taken as it is, the later one would be answered as a duplicate and be lost."""
    with pytest.raises(InvalidError, match="seq 1 behind 2 in lane samples: send each lane in ord"):
        decoded(envelope(seq=2), envelope(seq=1))


def test_lanes_and_epochs_have_an_order_each() -> None:
    """A repeated record, another lane and a new epoch are no disorder."""
    report = decoded(
        envelope(seq=2),
        envelope(seq=2),
        envelope(seq=1, lane=pb.LANE_EVENTS),
        envelope(seq=1, spool_epoch=b"f" * 16),
    )

    assert [record.seq for record in report.records] == [2, 2, 1, 1]


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        pytest.param(None, 60.0, id="not said"),
        pytest.param(Duration(seconds=1), 5.0, id="below"),
        pytest.param(Duration(seconds=-9), 5.0, id="negative"),
        pytest.param(Duration(seconds=7200), 3600.0, id="above"),
        pytest.param(Duration(seconds=2**62), 3600.0, id="absurd"),
    ],
)
def test_the_report_interval_is_clamped(interval: Duration | None, expected: float) -> None:
    """Presence follows from it, so it has bounds."""
    assert expected == decoded(report_interval=interval).report_interval_s


def test_unknown_words_of_a_request_do_no_harm() -> None:
    """An enum of tomorrow, a platform that we lack, texts that are too long."""
    report = decoded(
        goodbye=99, platform="plan9", agent_version="1\n" * 99, capabilities=["c" * 99] * 99
    )

    assert (report.goodbye, report.platform) == (Goodbye.NONE, "")
    assert len(report.agent_version) == 64
    assert "\n" not in report.agent_version
    assert report.capabilities == ("c" * 64,) * 32


def _record(**fields: object) -> pb.Record:
    return pb.Record(observe_time=timestamp(NOW), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(
            _record(gap=pb.Gap(lane=pb.LANE_SAMPLES, first_seq=1, last_seq=3, count=3, reason="f")),
            Gap(lane=Lane.SAMPLES, first_seq=1, last_seq=3, count=3, reason="f"),
            id="gap",
        ),
        pytest.param(
            _record(gap=pb.Gap(count=3)), Refused("gap: lane or count is wrong"), id="lane"
        ),
        pytest.param(
            _record(gap=pb.Gap(lane=pb.LANE_SAMPLES, count=2**48)),
            Refused("gap: lane or count is wrong"),
            id="absurd gap",
        ),
        pytest.param(
            _record(problem_report=pb.ProblemReport(text=" it\0is slow ", user_name="ada")),
            UserProblem(observed_at=NOW, text="it is slow", user_name="ada"),
            id="problem",
        ),
        pytest.param(
            _record(problem_report=pb.ProblemReport(text=" \n ")),
            Refused("problem report: the text is empty"),
            id="empty problem",
        ),
        pytest.param(
            _record(), Refused("content: this collector does not know its kind"), id="new kind"
        ),
        pytest.param(
            _record(
                inventory=inventory_pb2.InventoryState(
                    sections=[inventory_pb2.SectionHash(kind=_OS, hash=b"h" * 31)]
                )
            ),
            Refused("section hash: 32 bytes, not 31"),
            id="short hash",
        ),
        pytest.param(
            _record(
                inventory=inventory_pb2.InventoryState(
                    sections=[
                        inventory_pb2.SectionHash(kind=_OS, hash=b"h" * 32),
                        inventory_pb2.SectionHash(kind=_TOMORROW, hash=b"n" * 32),
                        inventory_pb2.SectionHash(
                            kind=inventory_pb2.SECTION_KIND_UNSPECIFIED, hash=b"n" * 32
                        ),
                    ],
                    absences=[common_pb2.Absence(topic="system", reason="no\0DMI")],
                )
            ),
            InventoryHashes(
                observed_at=NOW, hashes={"os": b"h" * 32}, absences={"system": "no DMI"}
            ),
            id="inventory of tomorrow",
        ),
    ],
)
def test_records_that_are_no_sample(record: pb.Record, expected: Content) -> None:
    """Each kind is read, or refused with its reason."""
    assert expected == content(record)


@FEW
@given(st.binary(max_size=300))
def test_any_bytes_are_a_body(body: bytes) -> None:
    """Garbage is refused, whatever it is; nothing is raised."""
    assert isinstance(content(body), (Refused, Sample, Gap, UserProblem, InventoryHashes))


@FEW
@given(st.lists(st.tuples(st.integers(0, len(_SAMPLE) - 1), st.integers(0, 255)), min_size=1))
def test_any_damage_of_a_body_is_contained(damage: list[tuple[int, int]]) -> None:
    """Flipped bytes of a real sample give a sample or a reason."""
    data = bytearray(_SAMPLE)
    for position, value in damage:
        data[position] = value

    assert isinstance(content(bytes(data)), (Sample, Refused, Gap, UserProblem, InventoryHashes))


def software(*packages: inventory_pb2.Software) -> inventory_pb2.Section:
    return hashed(inventory_pb2.Section(software=inventory_pb2.SoftwareSection(packages=packages)))


def hashed(section: inventory_pb2.Section) -> inventory_pb2.Section:
    section.hash = section_hash(section)
    return section


def package(name: str, version: str = "1", **fields: str) -> inventory_pb2.Software:
    return inventory_pb2.Software(name=name, version=version, source="dpkg", **fields)  # type: ignore[arg-type]


def test_a_section() -> None:
    """Facts by field, rows by their natural key, text cleaned."""
    section = hashed(
        inventory_pb2.Section(
            network=inventory_pb2.NetworkSection(
                interfaces=[
                    inventory_pb2.NetworkInterface(name="eth0", addresses=["10.0.0.2", "::2"])
                ],
                gateways=["10.0.0.1"],
                dns_search=["a\0b"],
            )
        )
    )

    content_hash, found = decode_section(section)

    assert section.hash == content_hash
    assert (
        SectionContent(
            kind="network",
            facts={"gateways": "10.0.0.1", "dns_search": "a b"},
            rows={"eth0": {"name": "eth0", "addresses": "10.0.0.2, ::2"}},
        )
        == found
    )


def test_enumerations_become_words() -> None:
    """A number that a newer agent sends stays."""
    known = inventory_pb2.Drive(drive_id="a", medium=common_pb2.DRIVE_MEDIUM_NVME)
    newer = inventory_pb2.Drive.FromString(
        inventory_pb2.Drive(drive_id="b").SerializeToString() + bytes([10 << 3, 77])
    )
    section = inventory_pb2.Section(drives=inventory_pb2.DrivesSection(drives=[known, newer]))

    _, found = decode_section(hashed(section))

    assert found.rows["a"] == {"drive_id": "a", "medium": "nvme"}
    assert found.rows["b"] == {"drive_id": "b", "medium": 77}


def test_rows_of_one_name_are_all_kept() -> None:
    """Two architectures, three kernels of one, and rows that are equal in all that names them."""
    _, found = decode_section(
        software(
            package("bash"),
            package("libc", architecture="amd64"),
            package("libc", architecture="i386"),
            package("kernel", "1", architecture="x86"),
            package("kernel", "2", architecture="x86"),
            package("kernel", "3", architecture="x86"),
            package("gpg-pubkey"),
            package("gpg-pubkey", publisher="a"),
            package("gpg-pubkey", publisher="b"),
            package("gpg-pubkey", publisher="c"),
            package("gpg-pubkey", publisher="d"),
        )
    )

    assert sorted(found.rows) == [
        "bash",
        "gpg-pubkey",
        "gpg-pubkey 1",
        "gpg-pubkey 1 dpkg",
        "gpg-pubkey 1 dpkg #2",
        "gpg-pubkey 1 dpkg #3",
        "kernel",
        "kernel:x86",
        "kernel:x86 3",
        "libc",
        "libc:i386",
    ]


def test_what_names_a_row_is_cleaned() -> None:
    """Also the part that tells two rows of one name apart."""
    _, found = decode_section(
        software(package("a\0"), package("a\0", architecture="x\x1b[2J" + "y" * 999))
    )

    assert all(key.isprintable() and len(key) < 400 for key in found.rows)


@pytest.mark.parametrize(
    ("section", "match"),
    [
        pytest.param(inventory_pb2.Section(hash=b"h" * 32), "section without content", id="empty"),
        pytest.param(
            inventory_pb2.Section(hash=b"h" * 32, os=inventory_pb2.OsSection(name="Debian")),
            "hash is not that of the content",
            id="another hash",
        ),
        pytest.param(
            inventory_pb2.Section(
                batteries=inventory_pb2.BatteriesSection(
                    batteries=[inventory_pb2.Battery(design_wh=float("nan"))]
                )
            ),
            "section batteries: a number is NaN or infinite",
            id="NaN",
        ),
    ],
)
def test_a_wrong_section(section: inventory_pb2.Section, match: str) -> None:
    """It is refused with the reason."""
    with pytest.raises(InvalidError, match=match):
        decode_section(section)


def test_rows_of_a_section_are_limited() -> None:
    """5,000 are taken, 5,001 refused, also where all have the same name."""
    _, found = decode_section(software(*(package(f"p{i}") for i in range(MAX_ROWS))))

    assert len(found.rows) == MAX_ROWS
    with pytest.raises(InvalidError, match="section software: at most 5000 rows, not 5001"):
        decode_section(software(*(package("same") for _ in range(MAX_ROWS + 1))))


def test_sections_that_a_device_announces_are_limited() -> None:
    """More than there are kinds is cut."""
    known = [inventory_pb2.SectionHash(kind=_TOMORROW, hash=b"h" * 32)] * MAX_SECTIONS
    late = inventory_pb2.SectionHash(kind=_OS, hash=b"h" * 32)
    record = _record(inventory=inventory_pb2.InventoryState(sections=[*known, late]))
    found = content(record)

    assert isinstance(found, InventoryHashes)
    assert found.hashes == {}


def test_evidence_is_cleaned_and_cut() -> None:
    """Serial numbers of firmware hold anything."""
    evidence = decode_evidence(
        common_pb2.HardwareEvidence(
            system_serial="To\0Be\nFilled" + "x" * 999, permanent_macs=["aa:bb"] * 99
        )
    )

    assert evidence.system_serial[:12] == "To Be Filled"
    assert (len(evidence.system_serial), len(evidence.permanent_macs)) == (128, 64)
