from pathlib import Path

import pytest

from sickbay_agent.probes.files import (
    SIZE_LIMIT_BYTES,
    children,
    read_bytes,
    read_int,
    read_text,
    read_value,
)
from tests.agent.fakes import write_tree


def test_missing_is_none(tmp_path: Path) -> None:
    """A file that is not there is no error: kernels and machines differ."""
    missing = tmp_path / "missing"

    assert (
        read_text(missing),
        read_value(missing),
        read_int(missing),
        list(children(missing)),
    ) == (None, None, None, [])


@pytest.mark.parametrize(
    ("content", "number"),
    [
        pytest.param("42\n", 42, id="plain"),
        pytest.param("-7000", -7000, id="negative"),
        pytest.param("", None, id="empty"),
        pytest.param("max", None, id="word"),
        pytest.param("1.5", None, id="fraction"),
        pytest.param("18446744073709551615", 2**64 - 1, id="64 bits"),
        pytest.param("18446744073709551616", None, id="one more"),
        pytest.param("9" * 5000, None, id="more digits than int takes"),
    ],
)
def test_numbers(tmp_path: Path, content: str, number: int | None) -> None:
    write_tree(tmp_path, {"file": content})

    assert number == read_int(tmp_path / "file")


def test_a_path_with_a_nul_is_missing(tmp_path: Path) -> None:
    """Paths are made of what other files say."""
    assert read_bytes(tmp_path / "8:0\0") is None


def test_odd_bytes_are_replaced(tmp_path: Path) -> None:
    """Firmware writes bytes that are no UTF-8."""
    write_tree(tmp_path, {"file": b"\xffACME \0\n"})

    assert read_text(tmp_path / "file") == "\ufffdACME"


@pytest.mark.parametrize("over", [0, 1])
def test_reading_stops_at_the_limit(tmp_path: Path, over: int) -> None:
    """A file without an end must not fill the memory."""
    write_tree(tmp_path, {"file": b"x" * (SIZE_LIMIT_BYTES + over)})

    assert len(read_bytes(tmp_path / "file") or b"") == SIZE_LIMIT_BYTES
