"""What pages take on a collector with 100,000 devices, server time only.

The fleet is written straight into the tables of both databases; 200 of it, and the sick device of
the tests' clinic, have 30 days of samples at 60 s. Each page is asked for as a browser would, by
somebody who is signed in, in a process that does nothing else.
"""

import gc
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine, insert
from starlette.testclient import TestClient

from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.ids import AlertId, DeviceId
from sickbay_collector.core.state import DeviceState
from sickbay_collector.db.alert_tables import alert
from sickbay_collector.db.device_tables import device, device_state
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.records import values
from sickbay_collector.db.tag_tables import device_tag
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.access import Role
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.device_rows import DeviceOrder
from sickbay_collector.services.kept_glances import Glances
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.services.state_codec import encode_state
from sickbay_collector.web.console.devices import TABS
from sickbay_collector.web.context import WebContext
from sickbay_collector.web.glancing import keep_glance
from tests.bench.looks import Took, p95
from tests.bench.many_tickets import a_ticket, databases, settle, ticket_id
from tests.collector.clinic import NOW, SICK, Clinic, a_device, add_fleet
from tests.collector.served import site_on
from tests.collector.web.console.conftest import PASSWORD, add_accounts
from tests.history.grown import device_ids, grow
from tests.history.office import Week

DEVICES = 100_000
LONG = 200
"""Devices with 30 days of history."""
_DAYS = 30
_ROWS_AT_ONCE = 5_000
# A state row is 5 to 10 KB.
_STATE_BYTES = 6_000
_SYSTEMS = ("Debian GNU/Linux 13", "Ubuntu 24.04", "Windows 11 Pro 24H2", "macOS 15.1")
_LISTS = (
    "",
    *(f"order={order}" for order in DeviceOrder),
    *(f"order={order}&descending=true" for order in ("seen", "alerts", "system", "owner")),
    "presence=lost",
    "presence=online&presence=late&order=system",
    "max_score=20",
    "text=pc-777",
    "system=ubuntu&model=tower&order=model",
    "tag=lab",
    "tag=lab&order=seen",
    "has_alerts=true&order=alerts&descending=true",
    "status=retired",
)
# First looks by who takes them: somebody who sees everything, a site of 250 devices, or a third.
_LOOKS = {
    "100k": (),
    "site": ("site-8",),
    "third": ("berlin", "oslo"),
}
_ALERTS = 2
"""Of each device, in the last 60 days."""
_RULES = tuple(sorted(load_rules([]).rules))
# The clinic has some.
_TICKETS_BEFORE = 100
_METRICS = "metric=cpu.busy_ratio&metric=memory.available_ratio&metric=health.score"


def measure() -> dict[str, float]:
    """Return the 95th percentiles of the slowest page and of the chart, ms, on both databases."""
    figures: dict[str, float] = {}
    with databases() as engines:
        for prefix, engine in engines.items():
            took, looks = _took(engine)
            for path, one in (took | looks).items():
                sys.stderr.write(
                    f"bench: {prefix}{one.wall_ms:6.1f} ms, {one.cpu_ms:.1f} of CPU, {path}\n"
                )
            charts = [one for path, one in took.items() if path.startswith("/api/")]
            pages = [one for path, one in took.items() if not path.startswith("/api/")]
            figures[f"{prefix}device_pages_100k_p95_ms"] = max(one.wall_ms for one in pages)
            figures[f"{prefix}device_pages_100k_cpu_ms"] = max(one.cpu_ms for one in pages)
            figures |= {f"{prefix}{name}_ms": one.wall_ms for name, one in looks.items()}
            figures[f"{prefix}chart_30d_three_p95_ms"] = max(one.wall_ms for one in charts)
            figures[f"{prefix}chart_30d_three_cpu_ms"] = max(one.cpu_ms for one in charts)
    return figures


def _took(engine: Engine) -> tuple[dict[str, Took], dict[str, Took]]:
    """Return what each path takes, and first looks at the home page, on an empty database."""
    clinic = Clinic(
        engine=engine, open_reads=open_read_only(engine), open_writes=open_unit_of_work(engine)
    )
    with clinic.open_writes(within_s=math.inf) as uow:
        add_fleet(uow)
        uow.commit()
    ids = [DeviceId(f"{one[:19]}9{one[20:]}") for one in device_ids(DEVICES)]
    _add_devices(engine, ids)
    _add_alerts(engine, ids)
    grow(engine, [SICK, *ids[:LONG]], [Week(seed) for seed in range(3)], days=_DAYS)
    settle(engine)
    add_accounts(clinic)
    clinic.shelf.start()
    # As in a collector, whose job looks at the fleet before somebody asks.
    context = replace(clinic.context(), glances=Glances(time.monotonic))
    keep_glance(context)
    context.glances.renew(NOW)
    with _signed_in(context) as client:
        paths = [*_paths(), *_further(client)]
        # As the collector does when it starts: what stays is not looked through for garbage.
        gc.collect()
        gc.freeze()
        took = {path: p95(client, path) for path in paths}
    looks: dict[str, Took] = {}
    for name, sites in _LOOKS.items():
        page, whole = _first_look(clinic, sites)
        looks |= {f"first_look_{name}_p95": page, f"first_whole_look_{name}_p95": whole}
    return took, looks


@contextmanager
def _signed_in(context: WebContext) -> Iterator[TestClient]:
    with TestClient(site_on(context), follow_redirects=False) as client:
        client.post("/sign-in", data={"login": Role.TECHNICIAN.value, "password": PASSWORD})
        yield client


def _first_look(clinic: Clinic, sites: tuple[str, ...]) -> tuple[Took, Took]:
    """Return what the home page, and the API, take where no look at the fleet is kept.

    The API waits for the whole look, the page only a moment.
    """
    with clinic.open_writes() as uow:
        account = uow.accounts.get(Role.TECHNICIAN.value)
        if account is None:
            raise RuntimeError("the technician is not there")
        uow.accounts.put(replace(account, sites=sites))
        uow.commit()
    with _signed_in(clinic.context()) as client:
        whole = p95(client, "/api/v1/home")
    clock_s = 0.0

    def forget() -> None:
        nonlocal clock_s
        client.get("/api/v1/home")  # whatever is under way ends
        clock_s += 1e6

    context = replace(clinic.context(), glances=Glances(lambda: clock_s))
    with _signed_in(context) as client:
        return p95(client, "/", before=forget), whole


def _paths() -> Iterator[str]:
    yield from ("/", "/?movers=week", "/rules?sort=alerts")
    yield from (f"/devices?{query}" for query in _LISTS)
    yield from (f"/devices/{SICK}?tab={tab}" for tab, _ in TABS)
    yield f"/devices/{SICK}?tab=history&hours=720"
    yield f"/devices/{SICK}?tab=history&hours=17544"
    since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (NOW - timedelta(days=_DAYS), NOW))
    yield f"/api/v1/devices/{SICK}/history?{_METRICS}&since={since}&until={until}&points=600"


def _further(client: TestClient) -> Iterator[str]:
    """Yield pages in the middle of the list, by a few orders."""
    for order in ("worst", "hostname", "system", "owner", "site"):
        answer = client.get(f"/api/v1/devices?order={order}&limit=500")
        cursor = answer.raise_for_status().json()["next_cursor"]
        yield f"/devices?order={order}&cursor={cursor}"


def _add_devices(engine: Engine, ids: Sequence[DeviceId]) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    state, padding = encode_state(DeviceState()), chance.randbytes(_STATE_BYTES)
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        some = range(start, min(start + _ROWS_AT_ONCE, len(ids)))
        lines = [_line(ids[place], place, chance) for place in some]
        states = [
            {
                "device_id": line["device_id"],
                "version": 1,
                "observed_at": line["received_at"],
                "clock_offset_s": 0.0,
                "hour": 0,
                "state": state,
                "frames": b"" if place < LONG else padding,
                **{name: line[name] for name in _OF_STATE},
            }
            for place, line in zip(some, lines, strict=True)
        ]
        with engine.begin() as connection:
            connection.execute(insert(device), [_device(ids[place], place) for place in some])
            connection.execute(insert(device_line), lines)
            connection.execute(insert(device_state), states)
            tags = [
                {"device_id": ids[place], "tag": "lab", "added_at": NOW, "added_by": "bench"}
                for place in some
                if place % 50 == 0
            ]
            connection.execute(insert(device_tag), tags)


_OF_STATE = (
    "received_at",
    "report_interval_s",
    "goodbye",
    "score",
    "score_low",
    "score_high",
    "confidence",
    "open_alerts",
)


def _add_alerts(engine: Engine, ids: Sequence[DeviceId]) -> None:
    """Write alerts of forty rules, each with a ticket where it was not kept quiet."""
    chance = random.Random(8)  # noqa: S311 - no secret
    count = len(ids) * _ALERTS
    for start in range(0, count, _ROWS_AT_ONCE):
        alerts = [
            _alert(ids[number // _ALERTS], number, chance)
            for number in range(start, min(start + _ROWS_AT_ONCE, count))
        ]
        tickets = [
            values(replace(a_ticket(number), device_id=one.device_id, status=TicketStatus.CLOSED))
            for number, one in enumerate(alerts, start + _TICKETS_BEFORE)
            if one.ticket_id is not None
        ]
        with engine.begin() as connection:
            connection.execute(insert(ticket), tickets)
            connection.execute(insert(alert), [values(one) for one in alerts])


def _alert(device_id: DeviceId, number: int, chance: random.Random) -> AlertRecord:
    is_quiet = chance.random() < 0.2
    at = NOW - timedelta(days=60 * chance.random())
    return AlertRecord(
        alert_id=AlertId(f"0195c000-0000-7000-8000-{number:012d}"),
        device_id=device_id,
        rule_id=chance.choice(_RULES),
        rule_version="",
        family="disk.space",
        instance="vol-root",
        instance_label="/",
        status="suppressed" if is_quiet else "closed",
        since=at,
        opened_at=at,
        closed_at=NOW,
        sentence="The volume / has 2 % free.",
        suppressed_reason="silence 1" if is_quiet else "",
        ticket_id=None if is_quiet else ticket_id(number + _TICKETS_BEFORE),
    )


def _device(device_id: DeviceId, place: int) -> dict[str, object]:
    plain = values(a_device(device_id, f"pc-{place:06d}"))
    return plain | {"hostname_key": f"pc-{place:06d}"}


def _line(device_id: DeviceId, place: int, chance: random.Random) -> dict[str, object]:
    plain = values(a_device(device_id, f"pc-{place:06d}"))
    same = ("status", "device_class", "criticality", "agent_version", "enrolled_at")
    silent_s = chance.choice((20, 40, 60, 200, 86_400))
    return {
        "device_id": device_id,
        "hostname_key": f"pc-{place:06d}",
        **{name: plain[name] for name in same},
        "os_name": chance.choice(_SYSTEMS),
        "model": f"Beldin Office {chance.choice(('Tower', 'Mini', 'Workstation'))} {place % 40}",
        "owner_key": f"{chance.randrange(40_000)} person" if place % 10 else "",
        "site": chance.choice(("", "berlin", "oslo")) if place % 2 else f"site-{place % 400}",
        "received_at": NOW - timedelta(seconds=silent_s + chance.random()),
        "report_interval_s": 60.0,
        "goodbye": "asleep" if place % 5 == 0 else "",
        "score": None if place % 30 == 0 else 100 * chance.random() ** 0.2,
        "score_day_ago": 100 * chance.random() ** 0.2,
        "score_week_ago": 100 * chance.random() ** 0.2,
        "score_low": 20.0,
        "score_high": 100.0,
        "confidence": chance.random(),
        "open_alerts": 1 if place % 40 == 0 else 0,
    }
