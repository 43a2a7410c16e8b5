import json
import os
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sickbay_agent.errors import SpoolError
from sickbay_agent.model.record import Lane
from sickbay_agent.spool.frame import HEADER_BYTES, MAX_BODY_BYTES
from sickbay_agent.spool.segment import HEADER_BYTES as SEGMENT_HEADER_BYTES
from sickbay_agent.spool.spool import Spool
from tests.agent.spool.conftest import NOW, OpenSpool

ALL = 1 << 30


def seqs(spool: Spool, lane: Lane = Lane.SAMPLES) -> list[int]:
    return [stored.seq for stored in spool.peek(lane, ALL, ALL)]


def gaps(spool: Spool) -> list[str]:
    return [stored.body.decode() for stored in spool.peek(Lane.EVENTS, ALL, ALL)]


def fill(spool: Spool, count: int, *, body: bytes = b"body", at: datetime = NOW) -> None:
    for _ in range(count):
        spool.append(Lane.SAMPLES, body, at)


def segments(folder: Path, lane: Lane = Lane.SAMPLES) -> list[Path]:
    return sorted((folder / "spool" / lane).glob("*.segment"))


def test_records_come_back_in_order_and_go_with_the_acknowledgement(
    open_spool: OpenSpool,
) -> None:
    spool = open_spool()
    fill(spool, 5)
    first = spool.peek(Lane.SAMPLES, 2, ALL)
    spool.ack(Lane.SAMPLES, spool.epoch(Lane.SAMPLES), 3)

    assert [stored.seq for stored in first] == [1, 2]
    assert seqs(spool) == [4, 5]
    assert spool.depths[Lane.SAMPLES].records == 2


def test_a_batch_is_limited_in_bytes_but_never_empty(open_spool: OpenSpool) -> None:
    spool = open_spool()
    fill(spool, 3, body=b"x" * 100)

    assert [len(spool.peek(Lane.SAMPLES, 9, limit)) for limit in (1, 199, 200, 300)] == [1, 1, 2, 3]


def test_a_body_at_the_limit_is_stored_and_one_past_it_refused(open_spool: OpenSpool) -> None:
    spool = open_spool()
    spool.append(Lane.EVENTS, b"x" * MAX_BODY_BYTES, NOW)
    with pytest.raises(SpoolError, match="over the limit"):
        spool.append(Lane.EVENTS, b"x" * (MAX_BODY_BYTES + 1), NOW)

    assert seqs(spool, Lane.EVENTS) == [1]


def test_the_state_lane_keeps_the_newest_only(open_spool: OpenSpool) -> None:
    spool = open_spool()
    for body in (b"old", b"new"):
        spool.append(Lane.STATE, body, NOW)
    (newest,) = spool.peek(Lane.STATE, ALL, ALL)
    spool.ack(Lane.STATE, spool.epoch(Lane.STATE), 1)
    still = spool.peek(Lane.STATE, ALL, ALL)
    spool.ack(Lane.STATE, spool.epoch(Lane.STATE), 2)

    assert (newest.seq, newest.body) == (2, b"new")
    assert still == (newest,)
    assert spool.peek(Lane.STATE, ALL, ALL) == ()


@pytest.mark.parametrize("lane", list(Lane))
def test_a_restart_keeps_records_and_epoch_and_counts_on(open_spool: OpenSpool, lane: Lane) -> None:
    spool = open_spool()
    for _ in range(3):
        spool.append(lane, b"body", NOW)
    epoch, waiting = spool.epoch(lane), spool.peek(lane, ALL, ALL)
    spool.close()
    spool = open_spool()
    again = spool.peek(lane, ALL, ALL)

    assert (spool.epoch(lane), again) == (epoch, waiting)
    assert spool.append(lane, b"body", NOW) == 4


@pytest.mark.parametrize("lane", list(Lane))
def test_an_emptied_lane_does_not_count_from_one_again(open_spool: OpenSpool, lane: Lane) -> None:
    spool = open_spool()
    spool.append(lane, b"body", NOW)
    spool.ack(lane, spool.epoch(lane), 1)
    spool.close()

    assert open_spool().append(lane, b"body", NOW) == 2


def test_an_acknowledgement_of_another_epoch_is_ignored(open_spool: OpenSpool) -> None:
    spool = open_spool()
    fill(spool, 2)
    spool.ack(Lane.SAMPLES, bytes(16), 2)

    assert seqs(spool) == [1, 2]


@pytest.mark.parametrize("lane", list(Lane))
def test_a_spool_restored_from_an_old_copy_begins_a_new_epoch(
    open_spool: OpenSpool, lane: Lane
) -> None:
    """The collector knows seqs that this copy never gave out, and would take new ones for old."""
    spool = open_spool()
    spool.append(lane, b"body", NOW)
    epoch = spool.epoch(lane)
    spool.ack(lane, epoch, 500)

    assert spool.epoch(lane) != epoch
    assert seqs(spool, lane) == [1]


def test_a_second_process_is_refused(open_spool: OpenSpool) -> None:
    open_spool()
    with pytest.raises(SpoolError, match="in use by another agent"):
        open_spool()


def test_a_folder_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, open_spool: OpenSpool
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match=r"^spool .*file/spool cannot be used: Not a directory$"):
        open_spool(tmp_path / "file" / "spool")


def test_every_cut_of_a_segment_recovers_what_is_before_it(
    tmp_path: Path, open_spool: OpenSpool
) -> None:
    """However much of the last segment survives a crash, its whole records are all there."""
    spool = open_spool()
    fill(spool, 4)
    spool.close()
    (path,) = segments(tmp_path)
    data = path.read_bytes()
    frame = HEADER_BYTES + len(b"body")
    for cut in range(len(data) + 1):
        for old in segments(tmp_path):
            old.unlink()
        path.write_bytes(data[:cut])
        spool = open_spool()
        whole = max(0, cut - SEGMENT_HEADER_BYTES) // frame
        found = seqs(spool)
        spool.close()

        assert found == list(range(1, whole + 1))


def test_a_flipped_bit_costs_one_record_and_is_told(tmp_path: Path, open_spool: OpenSpool) -> None:
    """A flip anywhere in a segment leaves all other records, and the loss is a gap, told once."""
    rng = random.Random(1)  # noqa: S311 - not for secrets
    for number in range(300):
        folder = tmp_path / str(number)
        spool = open_spool(folder)
        fill(spool, 6)
        spool.close()
        position = _flip_a_bit(next((folder / "samples").glob("*.segment")), rng)
        open_spool(folder).close()
        spool = open_spool(folder)
        hit = (position - SEGMENT_HEADER_BYTES) // (HEADER_BYTES + len(b"body")) + 1
        lost = [hit] if position >= SEGMENT_HEADER_BYTES else []
        kept, told = seqs(spool), gaps(spool)
        spool.close()

        assert kept == [seq for seq in range(1, 7) if seq not in lost]
        assert told == [f"samples {seq}-{seq} 1 damaged" for seq in lost]


def _flip_a_bit(path: Path, rng: random.Random) -> int:
    """Flip one bit of a file and return the index of its byte."""
    data = bytearray(path.read_bytes())
    position = rng.randrange(len(data))
    data[position] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return position


def test_damage_while_running_is_mended_and_told(tmp_path: Path, open_spool: OpenSpool) -> None:
    spool = open_spool()
    fill(spool, 3)
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[SEGMENT_HEADER_BYTES + HEADER_BYTES] ^= 1
    path.write_bytes(data)
    found = seqs(spool)
    spool.append(Lane.SAMPLES, b"after", NOW)

    assert found == [2, 3]
    assert seqs(spool) == [2, 3, 4]
    assert gaps(spool) == ["samples 1-1 1 damaged"]


def test_a_segment_that_vanished_is_told(tmp_path: Path, open_spool: OpenSpool) -> None:
    spool = open_spool(segment_bytes=200)
    fill(spool, 20)
    spool.close()
    inside = segments(tmp_path)[1]
    inside.unlink()
    spool = open_spool(segment_bytes=200)
    found = seqs(spool)
    missing = sorted(set(range(1, 21)) - set(found))

    assert missing == list(range(missing[0], missing[-1] + 1))
    assert gaps(spool) == [f"samples {missing[0]}-{missing[-1]} {len(missing)} damaged"]
    assert f"{missing[0]:020}.segment" == inside.name


def test_a_zeroed_page_is_told(tmp_path: Path, open_spool: OpenSpool) -> None:
    spool = open_spool()
    fill(spool, 10, body=b"x" * 1000)
    spool.close()
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[4096:8192] = bytes(4096)
    path.write_bytes(data)
    spool = open_spool()

    assert seqs(spool) == [1, 2, 3, 9, 10]
    assert gaps(spool) == ["samples 4-8 5 damaged"]


def test_foreign_and_empty_files_are_survived(
    tmp_path: Path, open_spool: OpenSpool, caplog: pytest.LogCaptureFixture
) -> None:
    spool = open_spool()
    fill(spool, 2)
    spool.close()
    folder = tmp_path / "spool" / "samples"
    (folder / "notes.txt").write_text("mine")
    (folder / f"{5:020}.segment").touch()
    (folder / f"{9:020}.segment").mkdir()
    spool = open_spool()

    assert seqs(spool) == [1, 2]
    assert (folder / "notes.txt").read_text() == "mine"
    assert "notes.txt" in caplog.text


def test_a_lost_mark_begins_a_new_epoch_and_keeps_the_records(
    tmp_path: Path, open_spool: OpenSpool
) -> None:
    spool = open_spool()
    fill(spool, 3)
    epoch = spool.epoch(Lane.SAMPLES)
    spool.close()
    (tmp_path / "spool" / "samples" / "mark").unlink()
    spool = open_spool()

    assert spool.epoch(Lane.SAMPLES) != epoch
    assert seqs(spool) == [1, 2, 3]
    assert spool.append(Lane.SAMPLES, b"body", NOW) == 4


def test_a_damaged_state_is_dropped(tmp_path: Path, open_spool: OpenSpool) -> None:
    spool = open_spool()
    spool.append(Lane.STATE, b"state", NOW)
    spool.close()
    (tmp_path / "spool" / "state" / "newest").write_bytes(b"rubbish")
    spool = open_spool()

    assert spool.peek(Lane.STATE, ALL, ALL) == ()
    assert spool.append(Lane.STATE, b"state", NOW) == 2


def test_at_the_size_limit_all_stays_and_past_it_the_oldest_goes(open_spool: OpenSpool) -> None:
    """Two segments of two records fit exactly; one record more drops the older segment."""
    record = HEADER_BYTES + 100
    segment = SEGMENT_HEADER_BYTES + 2 * record
    spool = open_spool(max_bytes=2 * segment, segment_bytes=segment)
    fill(spool, 4, body=b"x" * 100)
    at_limit = seqs(spool)
    fill(spool, 1, body=b"x" * 100)

    assert at_limit == [1, 2, 3, 4]
    assert seqs(spool) == [3, 4, 5]
    assert gaps(spool) == ["samples 1-2 2 full"]


def test_samples_go_before_events(open_spool: OpenSpool) -> None:
    spool = open_spool(max_bytes=4000, segment_bytes=500)
    spool.append(Lane.EVENTS, b"crossing", NOW)
    fill(spool, 40, body=b"x" * 200)
    kept = gaps(spool)

    assert kept[0] == "crossing"
    assert len(kept) > 1
    assert seqs(spool)[-1] == 40


def test_at_the_age_limit_a_record_stays_and_past_it_goes(open_spool: OpenSpool) -> None:
    spool = open_spool(max_age=timedelta(days=7))
    for minute in range(3):
        spool.append(Lane.SAMPLES, b"body", NOW + timedelta(minutes=minute))
    spool.expire(NOW + timedelta(days=7))
    at_limit = seqs(spool)
    spool.expire(NOW + timedelta(days=7, minutes=1, seconds=1))

    assert at_limit == [1, 2, 3]
    assert seqs(spool) == [3]
    assert gaps(spool) == ["samples 1-2 2 too old"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a tmpfs needs root")
def test_a_full_disk_drops_the_oldest_and_goes_on(small_disk: Path, open_spool: OpenSpool) -> None:
    spool = open_spool(small_disk / "spool", segment_bytes=64 << 10)
    for _ in range(3000):
        spool.append(Lane.SAMPLES, b"x" * 1000, NOW)
    spool.append(Lane.STATE, b"y" * 10_000, NOW)
    kept = [stored.seq for stored in spool.peek(Lane.SAMPLES, ALL, ALL)]
    told = sum(int(gap.split()[2]) for gap in gaps(spool))

    assert kept == sorted(set(kept))
    assert len(kept) > 500
    assert len(kept) + told == 3000
    assert len(spool.peek(Lane.STATE, ALL, ALL)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a tmpfs needs root")
def test_a_disk_that_others_filled_refuses_clearly_and_recovers(
    small_disk: Path, open_spool: OpenSpool
) -> None:
    spool = open_spool(small_disk / "spool")
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(2 << 20))
    with pytest.raises(SpoolError, match="full and nothing is left to drop"):
        spool.append(Lane.SAMPLES, b"lost", NOW)
    ballast.unlink()
    spool.append(Lane.SAMPLES, b"kept", NOW)

    assert [stored.body for stored in spool.peek(Lane.SAMPLES, ALL, ALL)] == [b"kept"]
    assert len(gaps(spool)) == 1


def test_rejected_records_are_set_aside_below_the_cap(
    tmp_path: Path, open_spool: OpenSpool
) -> None:
    spool = open_spool()
    spool.append(Lane.SAMPLES, b"x" * 100_000, NOW)
    (stored,) = spool.peek(Lane.SAMPLES, 1, ALL)
    for count in range(20):
        spool.set_aside(Lane.SAMPLES, stored, reason=f"reason {count}", now=NOW)
    files = list((tmp_path / "spool").glob("quarantine*"))
    newest = json.loads((tmp_path / "spool" / "quarantine.jsonl").read_text().splitlines()[-1])

    assert sum(file.stat().st_size for file in files) <= 1 << 20
    assert (newest["seq"], newest["reason"]) == (1, "reason 19")


def test_a_rejected_record_too_large_for_the_quarantine_is_noted(
    tmp_path: Path, open_spool: OpenSpool
) -> None:
    spool = open_spool()
    spool.append(Lane.EVENTS, b"x" * MAX_BODY_BYTES, NOW)
    (stored,) = spool.peek(Lane.EVENTS, 1, ALL)
    spool.set_aside(Lane.EVENTS, stored, reason="too odd", now=NOW)
    entry = json.loads((tmp_path / "spool" / "quarantine.jsonl").read_text())

    assert (entry["lane"], entry["body"]) == ("events", None)
