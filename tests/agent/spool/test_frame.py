import random
from datetime import UTC, datetime

import pytest

from sickbay_agent.spool.frame import MARK, Damage, Stored, encode_frame, scan

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def stored(seq: int, body: bytes = b"body") -> Stored:
    return Stored(seq=seq, observed_at=AT, body=body)


RECORDS = [stored(1), stored(2, b""), stored(3, MARK + b"inside"), stored(4, b"x" * 300)]
DATA = b"".join(map(encode_frame, RECORDS))


def test_frames_read_back_as_written() -> None:
    assert list(scan(DATA)) == RECORDS


def test_every_cut_gives_the_whole_frames_before_it() -> None:
    """A file cut anywhere yields each complete record and at most one damage."""
    ends = [len(b"".join(map(encode_frame, RECORDS[:count]))) for count in range(5)]
    for cut in range(len(DATA) + 1):
        whole = sum(end <= cut for end in ends) - 1
        expected: list[Stored | Damage] = [*RECORDS[:whole]]
        if cut not in ends:
            expected.append(Damage(frames=1))

        found = list(scan(DATA[:cut]))
        # A cut behind the mark inside the third body may look like two frames begun.
        assert found[:whole] == expected[:whole]
        assert len(found) == len(expected)


def test_every_flipped_bit_is_noticed() -> None:
    """One flipped bit loses exactly the record it hit; the others are found again."""
    for position in range(len(DATA) * 8):
        data = bytearray(DATA)
        data[position // 8] ^= 1 << position % 8

        found = list(scan(bytes(data)))
        good = [item for item in found if isinstance(item, Stored)]
        assert len(good) == len(RECORDS) - 1
        assert all(item in RECORDS for item in good)
        assert any(isinstance(item, Damage) for item in found)


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes_are_read_without_error(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    noise = b"".join(rng.choice([MARK, rng.randbytes(7), DATA[:50]]) for _ in range(40))

    assert all(isinstance(item, Damage) or item in RECORDS for item in scan(noise))


def test_damage_counts_the_frames_that_were_there() -> None:
    data = bytearray(DATA)
    first, second = (len(encode_frame(record)) for record in RECORDS[:2])
    data[20] ^= 1
    data[first + 20] ^= 1

    assert list(scan(bytes(data))) == [Damage(frames=2), *RECORDS[2:]]
    assert second > 20
