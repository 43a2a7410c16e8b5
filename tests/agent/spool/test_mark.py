from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sickbay_agent.spool.mark import EPOCH_BYTES, Mark, MarkFile


@contextmanager
def opened(path: Path) -> Iterator[MarkFile]:
    mark = MarkFile(path)
    try:
        yield mark
    finally:
        mark.close()


def test_a_new_mark_has_a_random_epoch_and_counts_from_zero(tmp_path: Path) -> None:
    with opened(tmp_path / "a") as first, opened(tmp_path / "b") as second:
        assert first.is_new
        assert first.value == Mark(epoch=first.value.epoch, done=0, reserved=0)
        assert len(first.value.epoch) == EPOCH_BYTES
        assert first.value.epoch != second.value.epoch


def test_a_mark_is_read_back(tmp_path: Path) -> None:
    with opened(tmp_path / "mark") as mark:
        mark.set_reserved(1024)
        mark.set_done(7)
        written = mark.value
    with opened(tmp_path / "mark") as mark:
        assert not mark.is_new
        assert mark.value == written == Mark(epoch=written.epoch, done=7, reserved=1024)


def test_a_torn_write_leaves_the_mark_before(tmp_path: Path) -> None:
    """Each byte of the newest slot may be wrong; the older slot then counts."""
    path = tmp_path / "mark"
    with opened(path) as mark:
        mark.set_done(1)
        before = mark.value
        older = path.read_bytes()
        mark.set_done(2)
    newer = path.read_bytes()
    changed = [index for index in range(len(newer)) if newer[index] != older[index]]
    for index in changed:
        data = bytearray(newer)
        data[index] ^= 0xFF
        path.write_bytes(data)
        with opened(path) as mark:
            assert mark.value == before


def test_a_mark_that_cannot_be_read_begins_a_new_epoch(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    with opened(path) as mark:
        epoch = mark.value.epoch
    path.write_bytes(b"\0" * 3000)
    with opened(path) as mark:
        assert mark.is_new
        assert mark.value.epoch != epoch
