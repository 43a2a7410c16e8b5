"""Takes a maintenance window from step to step: start, end, check, and the next occurrence.

Each step is done by the window's timer, in the transaction that takes the timer: exactly once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.alerts.window import (
    Baseline,
    Occurrence,
    OccurrenceState,
    Seen,
    Window,
    baseline_of,
    checked_back,
)
from sickbay_collector.core.desk.events import ENGINE
from sickbay_collector.core.desk.window_ticket import window_ticket
from sickbay_collector.core.device import Device, Goodbye
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.services.alert_ports import STANDING
from sickbay_collector.services.counts import GONE, presence_of
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.device_sites import sites_of
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.routing import open_ticket
from sickbay_collector.services.state_codec import decode_state
from sickbay_collector.services.windows import WINDOW_TIMER, open_occurrence, plan_next

SETTLES = timedelta(minutes=5)
"""How long a collector that just started waits for devices before it says who is missing."""
_AT_ONCE = 500
_MOST_ALERTS = 100_000
# No collector is that old: at a window's start, who is silent counts as silent.
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What the steps of windows need beside the transaction."""

    started_at: datetime
    """Since when this collector can hear devices."""
    new_id: Callable[[], str]


def advance_window(uow: UnitOfWork, number: int, steps: Steps, *, now: datetime) -> None:
    """Do what is due of a window, and set its timer for what comes next."""
    window = uow.quiet.window(number, hold=True)
    occurrence = open_occurrence(uow, number)
    if window is None or occurrence is None:
        return
    run = _Run(uow=uow, window=window, steps=steps, now=now)
    while occurrence.next_at <= now:
        after = run.step(occurrence)
        if after is None:
            return
        occurrence = after
    uow.timers.set(WINDOW_TIMER, str(number), occurrence.next_at)


@dataclass(slots=True, kw_only=True)
class _Run:
    """The steps of one window that are due."""

    uow: UnitOfWork
    window: Window
    steps: Steps
    now: datetime

    def step(self, one: Occurrence) -> Occurrence | None:
        """Do the step that is due; None where the timer is set and nothing else is to do."""
        match one.state:
            case OccurrenceState.PLANNED if self.now >= one.checks_at:
                self._end(replace(one, state=OccurrenceState.MISSED))
            case OccurrenceState.PLANNED:
                return self._start(one)
            case OccurrenceState.ACTIVE:
                return self._save(replace(one, state=OccurrenceState.VERIFYING))
            case _:
                self._check(one)
        return None

    def _start(self, one: Occurrence) -> Occurrence:
        """Remember who is up, as it was at the time of the start."""
        found = [
            baseline
            for device, state, seen in self._seen(self._devices())
            if state is not None and seen is not None
            if (
                baseline := baseline_of(
                    one,
                    device,
                    seen,
                    presence_of(state, now=one.starts_at, started_at=_ALWAYS),
                )
            )
        ]
        self.uow.quiet.save_baselines(found)
        return self._save(replace(one, state=OccurrenceState.ACTIVE, devices_up=len(found)))

    def _check(self, one: Occurrence) -> None:
        """Look who is back; one ticket for those who are not."""
        if self.now < self.steps.started_at + SETTLES:
            later = self.steps.started_at + SETTLES
            self.uow.timers.set(WINDOW_TIMER, str(self.window.number), later)
            return
        before = {
            base.device_id: base for base in self.uow.quiet.baselines(one.window, one.occurrence)
        }
        devices = [self.uow.devices.get(device_id) for device_id in before]
        still = [one for one in devices if one is not None and one.status not in GONE]
        found = [
            checked_back(before[device.device_id], seen, one)
            for device, _, seen in self._seen(still)
        ]
        self.uow.quiet.save_baselines(found)
        self.uow.quiet.drop_well(one.window, one.occurrence)
        back = sum(base.outcome != "missing" for base in found)
        closed = replace(
            one,
            state=OccurrenceState.CLOSED,
            devices_back=back + len(before) - len(still),
            ticket_id=self._ticket(one, found),
        )
        self._end(closed)

    def _ticket(self, one: Occurrence, found: Sequence[Baseline]) -> TicketId | None:
        unwell = [base for base in found if _needs_work(base)]
        if not unwell:
            return None
        draft = window_ticket(
            self.window, one, unwell, ticket_id=TicketId(self.steps.new_id()), now=self.now
        )
        open_ticket(self.uow, draft, actor=ENGINE, text=draft.title)
        return draft.ticket_id

    def _end(self, one: Occurrence) -> None:
        self.uow.quiet.touch()
        self._save(one)
        plan_next(self.uow, self.window, after=one.occurrence, now=self.now)

    def _save(self, one: Occurrence) -> Occurrence:
        self.uow.quiet.save_occurrence(one)
        return one

    def _devices(self) -> list[Device]:
        matcher = self.window.matcher
        sites = sites_of(self.uow, None, now=self.now) if matcher.site else {}
        return [
            one
            for one in self.uow.devices.all()
            if one.status not in GONE and matcher.covers(one, sites.get(one.device_id, ""))
        ]

    def _seen(
        self, devices: Sequence[Device]
    ) -> Iterator[tuple[Device, StoredState | None, Seen | None]]:
        alerts = self._open_alerts()
        for first in range(0, len(devices), _AT_ONCE):
            some = devices[first : first + _AT_ONCE]
            states = self.uow.states.load([one.device_id for one in some])
            for device in some:
                state = states.get(device.device_id)
                keys = tuple(alerts.get(device.device_id, ()))
                yield device, state, None if state is None else _seen(state, keys)

    def _open_alerts(self) -> dict[DeviceId, list[str]]:
        found: dict[DeviceId, list[str]] = {}
        for alert in self.uow.alerts.list(STANDING, limit=_MOST_ALERTS):
            key = f"{alert.rule_id}|{alert.instance}"
            found.setdefault(alert.device_id, []).append(key)
        return found


def _needs_work(base: Baseline) -> bool:
    """Return whether a device is missing or lost a service; lost alerts have their own tickets."""
    return base.outcome == "missing" or any(one.startswith("service ") for one in base.lost)


def _seen(state: StoredState, alerts: tuple[str, ...]) -> Seen:
    return Seen(
        received_at=state.received_at,
        report_interval_s=state.report_interval_s,
        goodbye=Goodbye(state.goodbye),
        alerts=alerts,
        services=_failing(state),
    )


def _failing(state: StoredState) -> tuple[str, ...]:
    try:
        return tuple(decode_state(state.state).failed_units)
    except (SickbayError, ValueError):  # damaged: its next report says so; it is still a device
        return ()
