"""Looking at alerts: lists, and one alert with its evidence, its rule and what happened to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.alerts.muted import MutedAlert
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.alerts.silence import MuteSource
from sickbay_collector.core.alerts.state import AlertState, Phase
from sickbay_collector.core.alerts.words import opens_when
from sickbay_collector.core.desk.ticket import EvidenceItem, Ticket
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.ids import AlertId
from sickbay_collector.services.alert_ports import AlertFilter, AlertRecord
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.state_codec import decode_state

AlertPosition = tuple[datetime, AlertId]
"""Where in the list, newest first, an alert stands; a page begins behind one."""

EVIDENCE_SHOWN = 100
"""Readings of one alert that are listed, the newest."""


class Suppressor(StrEnum):
    """What keeps an alert from opening a ticket."""

    SILENCE = "silence"
    WINDOW = "window"
    ALERT = "alert"
    """Another alert of the device, which stands for it."""
    GRACE = "grace"
    """The device was enrolled, started or resumed just before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedBy:
    """What keeps an alert from opening a ticket, and where to look at it."""

    kind: Suppressor
    number: int | None
    """Of the silence, window or ticket; None where there is none to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert as a line of a list."""

    alert: AlertRecord
    hostname: str
    """"" where the device is gone."""
    ticket_number: int | None = None
    suppressed_by: SuppressedBy | None = None
    """None for one that is not suppressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPage:
    """A part of the list."""

    rows: tuple[AlertRow, ...]
    next: AlertPosition | None
    """Where the next page begins; None at the end."""


class HappenedKind(StrEnum):
    """What happened to an alert."""

    TRUE = "true"
    """Its condition was true for the first time."""
    OPENED = "opened"
    SUPPRESSED = "suppressed"
    MUTED = "muted"
    LET_GO = "let go"
    EVIDENCE = "measured again"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing that happened to an alert."""

    at: datetime
    kind: HappenedKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDetail:
    """One alert with all that is known of it."""

    row: AlertRow
    ticket: Ticket | None
    rule_text: str
    """The rule as it was when the alert opened, as JSON; "" where it was not kept."""
    is_rule_current: bool
    """Whether the rule in force is still that one."""
    opens_when: str
    """When that rule opens an alert, in words; "" where it is not in force any more."""
    state: AlertState | None
    """What the engine remembers of it; None where it is over."""
    evidence: tuple[EvidenceItem, ...]
    """What was measured, newest first, as its ticket keeps it."""
    mutes: tuple[MutedAlert, ...]
    """The stretches in which it was muted, in order."""
    timeline: tuple[Happened, ...]
    """What happened, in order of time."""


def list_alerts(
    uow: UnitOfWork, wanted: AlertFilter, *, limit: int, after: AlertPosition | None
) -> AlertPage:
    """Return a page of the alerts that pass the filter, newest first."""
    found = uow.alerts.list(wanted, limit=limit + 1, after=after)
    page = found[:limit]
    more = len(found) > limit
    return AlertPage(
        rows=_rows(uow, page),
        next=(page[-1].opened_at, page[-1].alert_id) if more else None,
    )


def alert_detail(uow: UnitOfWork, alert_id: AlertId, rules: RuleSet) -> AlertDetail:
    """Return an alert with all that is known of it.

    Raises:
        NotFoundError: There is no such alert.
    """
    alert = uow.alerts.get(alert_id) if alert_id.isprintable() else None
    if alert is None:
        raise NotFoundError("no alert has the id %(alert_id)s", alert_id=alert_id)
    row = _rows(uow, [alert])[0]
    ticket = uow.tickets.get(alert.ticket_id) if alert.ticket_id else None
    items = uow.tickets.evidence(alert.ticket_id) if alert.ticket_id else ()
    evidence = [one for one in items if (one.rule_id, one.instance) == _key(alert)]
    evidence = [one for one in evidence if _is_within(one.at, alert)]
    mutes = tuple(uow.quiet.mutes_of([alert_id]))
    rule = rules.rules.get(alert.rule_id)
    is_rule_current = rule is not None and rule.version == alert.rule_version
    return AlertDetail(
        row=row,
        ticket=ticket,
        rule_text=uow.alerts.rule_text(alert.rule_version) or _known_text(rules, alert),
        is_rule_current=is_rule_current,
        opens_when=opens_when(rule) if rule is not None and is_rule_current else "",
        state=_state(uow, alert),
        evidence=tuple(evidence[::-1][:EVIDENCE_SHOWN]),
        mutes=mutes,
        timeline=tuple(sorted(_timeline(alert, evidence, mutes), key=lambda one: one.at)),
    )


def _rows(uow: UnitOfWork, alerts: Sequence[AlertRecord]) -> tuple[AlertRow, ...]:
    devices = {one.device_id: one for one in uow.devices.load({one.device_id for one in alerts})}
    tickets = uow.tickets.many({one.ticket_id for one in alerts if one.ticket_id is not None})
    quiet = [one.alert_id for one in alerts if one.suppressed_reason]
    mutes = {one.alert_id: one for one in uow.quiet.mutes_of(quiet)} if quiet else {}
    rows = []
    for alert in alerts:
        device = devices.get(alert.device_id)
        ticket = tickets.get(alert.ticket_id) if alert.ticket_id else None
        rows.append(
            AlertRow(
                alert=alert,
                hostname=device.hostname if device else "",
                ticket_number=ticket.number if ticket else None,
                suppressed_by=_suppressor(alert, mutes.get(alert.alert_id), ticket),
            )
        )
    return tuple(rows)


def _suppressor(
    alert: AlertRecord, mute: MutedAlert | None, ticket: Ticket | None
) -> SuppressedBy | None:
    if not alert.suppressed_reason:
        return None
    if mute is not None:
        is_silence = mute.source is MuteSource.SILENCE
        kind = Suppressor.SILENCE if is_silence else Suppressor.WINDOW
        return SuppressedBy(kind=kind, number=mute.number)
    if ticket is not None:
        return SuppressedBy(kind=Suppressor.ALERT, number=ticket.number)
    is_grace = alert.suppressed_reason.startswith("grace:")
    return SuppressedBy(kind=Suppressor.GRACE if is_grace else Suppressor.ALERT, number=None)


def _key(alert: AlertRecord) -> tuple[str, str]:
    return alert.rule_id, alert.instance


def _is_within(at: datetime, alert: AlertRecord) -> bool:
    """Return whether evidence is of this alert, and not of an earlier or later one."""
    return alert.since <= at and (alert.closed_at is None or at <= alert.closed_at)


def _known_text(rules: RuleSet, alert: AlertRecord) -> str:
    rule = rules.rules.get(alert.rule_id)
    return rule.content if rule is not None and rule.version == alert.rule_version else ""


def _state(uow: UnitOfWork, alert: AlertRecord) -> AlertState | None:
    if alert.status not in {Phase.OPEN, Phase.CLEARING}:
        return None
    stored = uow.states.load([alert.device_id]).get(alert.device_id)
    if stored is None:
        return None
    return decode_state(stored.state).alerts.get(f"{alert.rule_id}|{alert.instance}")


def _timeline(
    alert: AlertRecord, evidence: Sequence[EvidenceItem], mutes: Sequence[MutedAlert]
) -> Iterator[Happened]:
    yield Happened(at=alert.since, kind=HappenedKind.TRUE, text="The condition was true")
    is_over = alert.status == "suppressed"
    kind = HappenedKind.SUPPRESSED if is_over else HappenedKind.OPENED
    text = alert.suppressed_reason if is_over else ""
    yield Happened(at=alert.opened_at, kind=kind, text=text)
    for mute in mutes:
        text = f"{mute.source} {mute.number}"
        yield Happened(at=mute.muted_at, kind=HappenedKind.MUTED, text=text)
        if mute.ended_at is not None:
            yield Happened(at=mute.ended_at, kind=HappenedKind.LET_GO, text=mute.outcome)
    said = {one.at: one.sentence for one in evidence if one.at > alert.opened_at}
    for at, sentence in said.items():
        yield Happened(at=at, kind=HappenedKind.EVIDENCE, text=sentence)
    if alert.closed_at is not None and not is_over:
        yield Happened(at=alert.closed_at, kind=HappenedKind.CLOSED, text="")
