import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay_agent.config import AgentConfig
from sickbay_agent.doctor import Verdict, check_sleep
from sickbay_agent.probes.contract import Roots
from sickbay_agent.sleep import SleepWatch
from tests.kit.logind import DAEMON, PATIENCE_S, StandIn, a_bus, a_short_folder, is_let

needs_bus = pytest.mark.skipif(DAEMON is None, reason="dbus-daemon is not installed: make debian")


class Watched:
    """A watch whose calls are counted."""

    def __init__(self, run: Path) -> None:
        self.calls = threading.Semaphore(0)
        self.watch = SleepWatch(run, self.calls.release)
        self.watch.start()

    def was_woken(self) -> bool:
        return self.calls.acquire(timeout=PATIENCE_S)


@pytest.fixture
def root() -> Iterator[Path]:
    """What a device has at /."""
    with a_short_folder() as folder:
        yield folder


@pytest.fixture
def bus(root: Path) -> Iterator[Path]:
    with a_bus(root / "run") as socket:
        yield socket


@pytest.fixture
def logind(bus: Path) -> Iterator[StandIn]:
    with StandIn(bus) as stand_in:
        yield stand_in


@pytest.fixture
def watched(root: Path, logind: StandIn) -> Iterator[Watched]:
    watched = Watched(root / "run")
    assert logind.wait_for_lock()
    yield watched
    watched.watch.close()


@needs_bus
def test_sleep_waits_until_all_is_said(watched: Watched, logind: StandIn) -> None:
    """The lock is given back when the loop lets the device sleep; after it there is a new one."""
    first = logind.locks[0]
    logind.prepare_for_sleep(going=True)
    assert watched.was_woken()
    is_coming = watched.watch.is_coming
    watched.watch.let()
    assert is_let(first)
    logind.prepare_for_sleep(going=False)
    second = logind.wait_for_lock()

    assert is_coming
    assert not watched.watch.is_coming
    assert first != second


@needs_bus
def test_nobody_but_logind_announces_sleep(watched: Watched, logind: StandIn, bus: Path) -> None:
    """Any user of the device may send a signal of that name; the second one is logind's."""
    with StandIn(bus, name=None) as liar:
        liar.prepare_for_sleep(going=True)
        liar.prepare_for_sleep(going=False)
        liar.settle()
    logind.prepare_for_sleep(going=True)
    assert watched.was_woken()
    watched.watch.let()
    assert is_let(logind.locks[0])

    assert not watched.calls.acquire(blocking=False)
    assert len(logind.locks) == 1


@needs_bus
def test_every_sleep_is_announced(watched: Watched, logind: StandIn) -> None:
    for number in range(3):
        logind.prepare_for_sleep(going=True)
        assert watched.was_woken()
        watched.watch.let()
        assert is_let(logind.locks[number])
        logind.prepare_for_sleep(going=False)
        assert logind.wait_for_lock()

    assert len(logind.locks) == 4


@needs_bus
def test_a_bus_without_logind_is_none(bus: Path, root: Path) -> None:
    """It is tried again later; closing does not wait for that."""
    assert bus.exists()
    watched = Watched(root / "run")
    watched.watch.close()

    assert not watched.watch.is_coming


def test_a_device_without_bus_hears_nothing(root: Path) -> None:
    watched = Watched(root / "run")
    watched.watch.close()

    assert not watched.watch.is_coming


def test_what_lies_where_the_bus_should_be_does_no_harm(root: Path) -> None:
    folder = root / "run" / "dbus"
    folder.mkdir(parents=True)
    (folder / "system_bus_socket").write_text("no socket")
    watched = Watched(root / "run")
    watched.watch.close()

    assert not watched.watch.is_coming


@needs_bus
def test_the_doctor_holds_sleep_up_for_an_instant(logind: StandIn, bus: Path, root: Path) -> None:
    config = AgentConfig(roots=Roots.under(root))
    heard = check_sleep(config)
    lock = logind.wait_for_lock()

    assert bus.exists()
    assert is_let(lock)
    assert (heard.verdict, heard.text) == (
        Verdict.OK,
        "logind announces it and waits for the goodbye",
    )


@needs_bus
def test_the_doctor_names_a_bus_without_logind(bus: Path, root: Path) -> None:
    assert bus.exists()
    found = check_sleep(AgentConfig(roots=Roots.under(root)))

    assert found.verdict is Verdict.WARNING
    assert "Inhibit: org.freedesktop.DBus.Error.ServiceUnknown" in found.text


def test_the_doctor_is_content_where_nothing_announces_sleep(root: Path) -> None:
    found = check_sleep(AgentConfig(roots=Roots.under(root)))

    assert (found.verdict, found.text[:18]) == (Verdict.OK, "not announced here")
