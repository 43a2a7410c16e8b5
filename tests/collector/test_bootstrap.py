"""Starting and stopping a whole collector: what fails, fails in one line and leaves nothing."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from sickbay_collector.bootstrap.collector import open_collector
from sickbay_collector.config import load_config
from sickbay_collector.core.errors import ConfigError, InvalidError, SickbayError, StoreError
from sickbay_collector.metrics import render
from sickbay_collector.services.config_ports import ConfigEntry
from tests.collector.clinic import NOW
from tests.kit.collector import RunningCollector
from tests.kit.ports import listen_on_own_port

_AWAY = "postgresql+psycopg://sickbay:CANARY@127.0.0.1:1/none"


@contextmanager
def taken() -> Iterator[int]:
    """Hold a port that listens."""
    with listen_on_own_port() as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("option", ["agent_port", "enroll_port", "http_port", "admin_port"])
def test_a_busy_port(option: str, tmp_path: Path) -> None:
    """The line names port and setting; what was started before it is stopped."""
    with taken() as port:
        running = RunningCollector(tmp_path, **{option: port})
        with pytest.raises(ConfigError, match=f"port {port} on 127.0.0.1 .*set {option}") as caught:
            running.__enter__()
        running.stop()

    assert "\n" not in str(caught.value)
    # All of it is free again: the next start works.
    with RunningCollector(tmp_path, **{option: port}) as again:
        assert port == getattr(again.addresses, option)


def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    """The line names it."""
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1 .*set agent_port"):
        RunningCollector(tmp_path, agent_address="192.0.2.1").__enter__()


def test_a_database_that_is_away(tmp_path: Path) -> None:
    """The line says where it was looked for, never the password."""
    pytest.importorskip("psycopg", reason="the driver for PostgreSQL is not installed")
    settings = {"state_dir": tmp_path, "database_url": _AWAY}

    with pytest.raises(StoreError, match=r"database postgresql.*127\.0\.0\.1:1") as caught:
        open_collector(load_config(None, {}, settings))
    assert "CANARY" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_agents_may_come_over_ipv6(tmp_path: Path) -> None:
    """An address of IPv6 needs no brackets in the settings."""
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback (::1)")
    with RunningCollector(tmp_path, agent_address="::1") as running:
        port = running.addresses.agent_port
        with socket.create_connection(("::1", port), timeout=5) as made:
            assert port == made.getpeername()[1]


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_rules_are_kept_when_new_ones_are_wrong(tmp_path: Path) -> None:
    """SIGHUP with a typing error in a file changes nothing; once it is right, it counts."""
    collector = open_collector(load_config(None, {}, {"state_dir": tmp_path}))
    before = collector.rules()
    folder = tmp_path / "rules.d"
    folder.mkdir()
    (folder / "own.yaml").write_text("- id: disk.full.crit\n  urgancy: 1\n")
    collector.reload()
    kept = collector.rules()
    (folder / "own.yaml").write_text("- id: disk.full.crit\n  enabled: false\n")
    collector.reload()
    collector.storage.engine.dispose()

    assert kept is before
    assert "disk.full.crit" in before.rules
    assert "disk.full.crit" not in collector.rules().rules


def test_a_start_with_wrong_rules_is_refused(tmp_path: Path) -> None:
    """Nobody finds out later that a rule was never in force."""
    folder = tmp_path / "rules.d"
    folder.mkdir()
    (folder / "own.yaml").write_text("- id: disk.full.crit\n  urgancy: 1\n")

    with pytest.raises(InvalidError, match=r"own.yaml:2: .*urgancy"):
        open_collector(load_config(None, {}, {"state_dir": tmp_path}))


def test_promises_are_kept_when_new_ones_are_wrong(tmp_path: Path) -> None:
    """SIGHUP with a wrong file leaves rules and promises; once it is right, it counts."""
    collector = open_collector(load_config(None, {}, {"state_dir": tmp_path}))
    before = collector.storage.book().sla
    folder = tmp_path / "sla.d"
    folder.mkdir()
    (folder / "own.yaml").write_text("policies:\n- id: high\n  enabeld: false\n")
    collector.reload()
    kept = collector.storage.book().sla
    (folder / "own.yaml").write_text("policies:\n- id: high\n  enabled: false\n")
    collector.reload()
    collector.storage.engine.dispose()

    assert kept is before
    assert before.policy("high") is not None
    assert collector.storage.book().sla.policy("high") is None


def test_a_start_with_wrong_promises_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sla.d"
    folder.mkdir()
    (folder / "own.yaml").write_text("policies:\n- id: high\n  enabeld: false\n")

    with pytest.raises(InvalidError, match=r"own.yaml:3: policy high: .*enabeld"):
        open_collector(load_config(None, {}, {"state_dir": tmp_path}))


def test_an_http_certificate_that_is_not_there(tmp_path: Path) -> None:
    """It is told as a wrong setting, not as a failure inside."""
    missing = str(tmp_path / "none.pem")

    with pytest.raises(SickbayError, match=r"none\.pem"):
        RunningCollector(tmp_path, http_certificate=missing, http_key=missing).__enter__()


def test_the_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    """The first drains; who cannot wait sends another: what was acknowledged is durable."""
    settings = tmp_path / "collector.toml"
    ports = "".join(f"{name}_port = 0\n" for name in ("agent", "enroll", "http", "admin"))
    settings.write_text(f'agent_address = "127.0.0.1"\ndrain_s = 60\n{ports}')
    sickbay = Path(sys.executable).with_name("sickbay")
    words = [
        "serve",
        "--config",
        str(settings),
        "--dir",
        str(tmp_path / "state"),
        "--log-level",
        "warning",
    ]
    with subprocess.Popen([sickbay, *words], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        listening = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _wait_until_unready(int(listening.split()[-1]))
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    assert listening.startswith("listening: agents ")
    assert process.returncode == -signal.SIGTERM


def _wait_until_unready(admin_port: int) -> None:
    """Return once a collector drains: it is asked, because it says so nowhere else."""
    while httpx2.get(f"http://127.0.0.1:{admin_port}/readyz", timeout=30).status_code == 200:
        pass


def test_a_running_collector_looks_for_what_others_apply(tmp_path: Path) -> None:
    """Its job, each second, puts in force what stands in the database; a metric says which."""
    collector = open_collector(load_config(None, {}, {"state_dir": tmp_path}))
    entry = ConfigEntry(
        kind="rules",
        id="disk.full.warn",
        position=0,
        text='{"enabled":false,"id":"disk.full.warn"}',
        revision=1,
        applied_at=NOW,
        applied_by="ann",
    )
    with collector.storage.open_uow() as uow:
        uow.config.put([entry])
        uow.config.advance(uow.config.begin() + 1)
        uow.commit()
    job = collector.clockwork.scheduler._jobs["follow_config"]
    before = "disk.full.warn" in collector.rules().rules
    job.run(NOW)
    text = render(collector.metrics, "")[0].decode()
    collector.storage.engine.dispose()

    assert (job.interval_s, before) == (1.0, True)
    assert "disk.full.warn" not in collector.rules().rules
    assert "sickbay_config_revision 1.0" in text
    assert "sickbay_config_newest_in_force 1.0" in text
