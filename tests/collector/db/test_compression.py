"""Rows of history stay readable for years: the dictionary never changes."""

import zlib

import pytest

from sickbay_collector.db.compression import compress, decompress

ROW = b"cpu.busy_ratio volume.free_bytes " * 3


def test_what_was_compressed_comes_back() -> None:
    assert decompress(compress(ROW)) == ROW
    assert decompress(compress(b"")) == b""


def test_rows_without_the_dictionary_can_be_read() -> None:
    assert decompress(zlib.compress(ROW)) == ROW


def test_the_dictionary_is_the_one_that_rows_were_written_with() -> None:
    """A stream names its dictionary by checksum. Source: RFC 1950, DICTID."""
    assert compress(ROW)[2:6].hex() == "0eef6099"


@pytest.mark.parametrize("cut", [0, 1, 8, 20])
def test_cut_rows_are_damaged(cut: int) -> None:
    with pytest.raises(zlib.error):
        decompress(compress(ROW)[:cut])
