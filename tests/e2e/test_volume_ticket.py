"""A volume fills up: one ticket, which resolves by itself and is opened again when it comes back.

Agent and collector are processes on this machine; the volume is a tmpfs that is really filled.
It is mounted in their own mount namespace: it ends with them, and no other test sees it.
"""

import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import START_S, QuickStart, StartQuickly, until

SIZE_BYTES = 64 << 20
FILLED_BYTES = 60 << 20
# The least that the agent and the collector allow.
INTERVAL_S = 5
# A sample and its report come in the device's own phase; the rest is for a busy machine.
SLACK_S = 90
# Nothing else on the machine that runs the test has so little space left.
RULES = """
- id: disk.full.warn
  raise:
    all:
      - {{metric: volume.used_ratio, above: 90%}}
      - {{metric: volume.free_bytes, below: 50MB}}
  clear:
    any:
      - {{metric: volume.used_ratio, below: 85%}}
      - {{gone: true}}
  for: {hold}
  clear_for: {hold}
  minutes: observed
  grace: 0s
  scope: {{volume: any}}
- {{id: disk.full.crit, enabled: false}}
"""
Ticket = Mapping[str, Any]


# What a killed test left behind, and others that run now, are full volumes too.
UNSHARED = ["unshare", "--mount", "sh", "-c"]
IN_NAMESPACE = """
for other in $(findmnt --noheadings --list --types tmpfs --output TARGET | grep pytest-of-); do
    umount --lazy "$other"
done
mkdir "$1" && mount -t tmpfs -o "size=$2" tmpfs "$1" && touch "$1/filling" || exit 1
head -c "$3" /dev/zero > "$1/filling"
shift 3
exec "$@"
"""


@pytest.fixture(autouse=True)
def _own_mounts() -> None:
    tried = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")


@pytest.mark.parametrize(
    ("hold", "hold_s"),
    [
        pytest.param("5s", 5, id="5 seconds"),
        pytest.param("2m", 120, id="2 minutes", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_a_full_volume_is_one_ticket_that_follows_it(
    tmp_path: Path, quick_start: StartQuickly, hold: str, hold_s: int
) -> None:
    """Filled: one ticket with evidence. Freed: resolved. Filled again: the same one, reopened."""
    folder = tmp_path / "state"
    (folder / "rules.d").mkdir(parents=True)
    (folder / "rules.d" / "volume.yaml").write_text(RULES.format(hold=hold))
    volume = tmp_path / "volume"
    mounted = [*UNSHARED, IN_NAMESPACE, "sh", str(volume), str(SIZE_BYTES), str(FILLED_BYTES)]
    running = quick_start(
        folder, mounted, sample_interval_s=INTERVAL_S, report_interval_s=INTERVAL_S
    )
    filling = Path(f"/proc/{running.process.pid}/root{volume}/filling")
    within_s = hold_s + SLACK_S

    until(lambda: _tickets(running) != [], within_s=within_s, what="a ticket opens")
    opened = _ticket(running)
    _check_opened(opened, running, str(volume), hold_s)

    filling.unlink()
    until(lambda: _status(running) == "resolved", within_s=within_s, what="it is resolved")
    resolved = _ticket(running)

    assert resolved["resolution"] == "automatic"
    assert [alert["status"] for alert in resolved["alerts"]] == ["closed"]
    assert running.cli("ticket", "ls") == []

    filling.write_bytes(bytes(FILLED_BYTES))
    until(lambda: _status(running) == "reopened", within_s=within_s, what="it is reopened")
    reopened = _ticket(running)

    assert reopened["ticket_id"] == opened["ticket_id"]
    assert reopened["reopen_count"] == 1
    assert {entry["event"] for entry in reopened["worklog"]} >= {"opened", "resolved", "reopened"}
    assert running.stop() == 0


def _check_opened(ticket: Ticket, running: QuickStart, mount_point: str, hold_s: int) -> None:
    """The ticket says what was measured, what was allowed, since when, and who is to act."""
    evidence = {item["metric"]: item for item in ticket["evidence"]}
    used = evidence["volume.used_ratio"]

    # The quick start's only technician has room for it.
    assert (ticket["status"], ticket["family"]) == ("assigned", "disk.space")
    assert ticket["device_id"] == running.device_id
    assert (ticket["tier"], ticket["queue"]) == ("L1", "service-desk")
    assert ticket["runbook"] == "DISK-1"
    assert used["value"] == pytest.approx(FILLED_BYTES / SIZE_BYTES, abs=0.01)
    assert used["threshold"] == "above 90 %"
    assert used["instance_label"] == mount_point
    assert mount_point in used["sentence"]
    held_s = (_moment(ticket["opened_at"]) - _moment(used["since"])).total_seconds()
    assert hold_s <= held_s <= hold_s + SLACK_S


def _tickets(running: QuickStart) -> list[Ticket]:
    """Return what the API says; a command for each look would keep the machine busy."""
    headers = {"Authorization": f"Bearer {running.said['api_token']}"}
    url = f"{running.said['api_url']}/tickets"
    answer = httpx2.get(url, headers=headers, timeout=START_S)
    items = answer.raise_for_status().json()["items"]
    assert isinstance(items, list)
    return items


def _status(running: QuickStart) -> str:
    (ticket,) = _tickets(running)
    return str(ticket["status"])


def _ticket(running: QuickStart) -> Ticket:
    """Return the one ticket there is, in full, as `sickbay ticket` shows it."""
    (ticket,) = running.cli("ticket", "ls", "--all")
    shown = running.cli("ticket", "show", str(ticket["number"]))
    assert isinstance(shown, dict)
    return shown


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
