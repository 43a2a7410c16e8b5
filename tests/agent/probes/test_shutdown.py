import struct
from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.sample import BootSample
from sickbay_agent.probes.shutdown import PROBE, parse
from tests.agent.fakes import laptop_context

BOOT = struct.pack("=h2xi32s4s32s308x", 2, 0, b"~", b"~~", b"reboot")
SHUTDOWN = struct.pack("=h2xi32s4s32s308x", 1, 0, b"~", b"~~", b"shutdown")
RUN_LEVEL = struct.pack("=h2xi32s4s32s308x", 1, 53, b"~", b"~~", b"runlevel")
LOGIN = struct.pack("=h2xi32s4s32s308x", 7, 900, b"tty2", b"", b"shutdown")


def test_laptop() -> None:
    """It lost power before the last boot."""
    assert PROBE.read(laptop_context()).sample.boot == BootSample(unclean_shutdown=True)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param(b"", None, id="empty"),
        pytest.param(BOOT + RUN_LEVEL, None, id="first boot on record"),
        pytest.param(BOOT + SHUTDOWN + BOOT, False, id="clean"),
        pytest.param(BOOT + LOGIN + BOOT, True, id="crash"),
        pytest.param(BOOT + BOOT + SHUTDOWN + BOOT, False, id="only the last boot counts"),
        pytest.param(SHUTDOWN + BOOT, False, id="log was rotated"),
        pytest.param(BOOT + BOOT + SHUTDOWN, True, id="shutting down now"),
        pytest.param(BOOT + LOGIN + BOOT + b"\2\0\0", True, id="half a record"),
    ],
)
def test_parse(records: bytes, expected: bool | None) -> None:  # noqa: FBT001
    """Two boots with no shutdown between them are a crash, whoever is called shutdown."""
    assert expected == parse(records)


def test_without_login_records(tmp_path: Path) -> None:
    """Newer distributions no longer write wtmp."""
    with pytest.raises(NotApplicable, match="wtmp"):
        PROBE.read(laptop_context(folder=tmp_path))


def test_unreadable_login_records(tmp_path: Path) -> None:
    """The reason is the system's own."""
    (tmp_path / "var/log/wtmp").mkdir(parents=True)

    with pytest.raises(Unknown, match="Is a directory"):
        PROBE.read(laptop_context(folder=tmp_path))
