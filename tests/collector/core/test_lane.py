"""Which records are new, which were seen, and which only a copy of the device can have sent."""

import pytest

from sickbay_collector.core.lane import (
    HASH_BYTES,
    REMEMBERED,
    LaneMark,
    Novelty,
    advance,
    novelty,
)

EPOCH = b"e" * 16
OTHER = b"f" * 16


def short(seq: int) -> bytes:
    """Return a content hash that differs for each seq."""
    return seq.to_bytes(HASH_BYTES, "big")


def marked(*seqs: int) -> LaneMark:
    """Return the mark after these records were accepted."""
    mark: LaneMark | None = None
    for seq in seqs:
        mark = advance(mark, epoch=EPOCH, seq=seq, content_hash=short(seq))
    assert mark is not None
    return mark


@pytest.mark.parametrize(
    ("mark", "epoch", "seq", "expected"),
    [
        pytest.param(None, EPOCH, 1, Novelty.NEW, id="the first record of a device"),
        pytest.param(marked(1, 2), EPOCH, 3, Novelty.NEW, id="the next"),
        pytest.param(marked(1, 2), EPOCH, 9, Novelty.NEW, id="behind dropped records"),
        pytest.param(marked(1, 2), OTHER, 1, Novelty.NEW, id="a wiped spool starts again"),
        pytest.param(marked(1, 2), EPOCH, 2, Novelty.DUPLICATE, id="the newest again"),
        pytest.param(marked(1, 2), EPOCH, 1, Novelty.DUPLICATE, id="an older one again"),
        pytest.param(marked(1, 2, 7), EPOCH, 1, Novelty.DUPLICATE, id="from before dropped ones"),
    ],
)
def test_novelty(mark: LaneMark | None, epoch: bytes, seq: int, expected: Novelty) -> None:
    """A record is new above the mark or in another epoch, and known at or below it."""
    assert expected == novelty(mark, epoch=epoch, seq=seq, content_hash=short(seq))


def test_another_content_under_a_known_seq_is_a_clone() -> None:
    """Only a copied state directory gives one seq to two contents."""
    actual = novelty(marked(1, 2, 3), epoch=EPOCH, seq=2, content_hash=short(99))

    assert actual == Novelty.CLONE_SUSPECTED


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        pytest.param(REMEMBERED - 1, Novelty.CLONE_SUSPECTED, id="the oldest hash that is kept"),
        pytest.param(REMEMBERED, Novelty.DUPLICATE, id="one older"),
    ],
)
def test_the_last_64_hashes_are_compared(back: int, expected: Novelty) -> None:
    """Beyond the hashes that are kept, a known seq is a duplicate whatever it holds."""
    mark = marked(*range(1, 101))

    assert len(mark.hashes) == REMEMBERED * HASH_BYTES
    assert expected == novelty(mark, epoch=EPOCH, seq=100 - back, content_hash=short(99_999))


def test_hashes_stay_contiguous_across_dropped_records() -> None:
    """After a jump the hashes begin anew: the last always belongs to the mark's seq."""
    assert short(7) == marked(1, 2, 7).hashes
