"""Silences and maintenance windows as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from sickbay_collector.core.alerts.matcher import (
    PATTERN_LIMIT,
    PATTERNS_LIMIT,
    Matcher,
)
from sickbay_collector.core.alerts.muted import MutedAlert
from sickbay_collector.core.alerts.silence import REASON_LIMIT, Silence
from sickbay_collector.core.alerts.window import (
    GRACE_S,
    LONGEST_S,
    SHORTEST_S,
    TITLE_LIMIT,
    OccurrenceState,
    Window,
)
from sickbay_collector.core.device import DeviceClass, Presence
from sickbay_collector.core.recurrence_grammar import RULE_LIMIT
from sickbay_collector.services.quiet_lookups import Preview
from sickbay_collector.services.windows import OccurrenceDetail
from sickbay_collector.web.api.alert_schema import AlertItem
from sickbay_collector.web.api.base import Body, Moment, Schema

Patterns = Annotated[
    tuple[Annotated[str, StringConstraints(max_length=PATTERN_LIMIT)], ...],
    Field(max_length=PATTERNS_LIMIT),
]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=REASON_LIMIT)]
_ZONE_LIMIT = 64


class MatcherBody(Body):
    """Which alerts: all fields that are named must match, each by one of its patterns.

    Patterns are text with `*`, `?` and `[...]`. `device` `*` alone is everything.
    """

    device: Patterns = ()
    """Host names, in any case, or ids."""
    device_class: Patterns = ()
    site: Patterns = ()
    """Ids of sites, as the asset records of devices say."""
    rule: Patterns = ()
    family: Patterns = ()
    category: Patterns = ()
    priority: Patterns = ()
    instance: Patterns = ()
    """Instances or their labels: a mount point, a drive."""

    def matcher(self) -> Matcher:
        """Return the matcher.

        Raises:
            InvalidError: It names nothing, or something that is not allowed.
        """
        return Matcher.of(self.model_dump())


class MatcherSchema(Schema):
    """Which alerts; empty fields match everything."""

    device: tuple[str, ...]
    device_class: tuple[str, ...]
    site: tuple[str, ...]
    rule: tuple[str, ...]
    family: tuple[str, ...]
    category: tuple[str, ...]
    priority: tuple[str, ...]
    instance: tuple[str, ...]


class PreviewBody(Body):
    """What to look for."""

    matcher: MatcherBody


class PreviewSchema(Schema):
    """What a matcher would hide."""

    devices: int
    """Devices that it covers, whatever their alerts."""
    open_count: int
    open: tuple[AlertItem, ...]
    """Alerts that are open now, the newest 100; those that have tickets keep them."""
    recent_count: int
    recent: tuple[AlertItem, ...]
    """Alerts of the last seven days that would have opened no ticket, the newest 100."""
    is_complete: bool
    """Whether all alerts were looked at; false where there are more than 20,000."""

    @classmethod
    def of(cls, found: Preview) -> Self:
        """Return a preview as it is shown."""
        return cls(
            devices=found.devices,
            open_count=found.open_count,
            open=tuple(AlertItem.of(row) for row in found.open),
            recent_count=found.recent_count,
            recent=tuple(AlertItem.of(row) for row in found.recent),
            is_complete=found.is_complete,
        )


class SilenceBody(Body):
    """A silence to add."""

    matcher: MatcherBody
    reason: Reason
    ends_at: Moment
    """At most 30 days ahead."""


class ExtendBody(Body):
    """Another end of a silence."""

    ends_at: Moment
    """At most 30 days ahead."""


class SilenceSchema(Schema):
    """A silence."""

    number: int
    matcher: MatcherSchema
    reason: str
    author: str
    created_at: datetime
    ends_at: datetime
    ended_by: str
    """Who ended it early; empty where nobody did."""
    active: bool

    @classmethod
    def of(cls, silence: Silence, now: datetime) -> Self:
        """Return a silence as it is shown."""
        names = [name for name in cls.model_fields if name != "active"]
        plain = {name: getattr(silence, name) for name in names}
        return cls.model_validate({**plain, "active": silence.is_active(now)})


class SilenceList(Schema):
    """A page of silences, newest first."""

    items: tuple[SilenceSchema, ...]
    next_cursor: str | None
    """Null on the last page."""


class WindowBody(Body):
    """A maintenance window to add."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=TITLE_LIMIT)]
    matcher: MatcherBody
    start: Annotated[str, StringConstraints(max_length=32)]
    """Date and local time of the first begin, without a zone: 2026-11-29T02:00."""
    zone: Annotated[str, StringConstraints(min_length=1, max_length=_ZONE_LIMIT)]
    """As Europe/Berlin or UTC."""
    duration_s: Annotated[float, Field(ge=SHORTEST_S, le=LONGEST_S)]
    rrule: Annotated[str, StringConstraints(max_length=RULE_LIMIT)] = ""
    """How it recurs, as FREQ=WEEKLY;BYDAY=SU; empty for once."""
    until: Moment | None = None
    """No occurrence begins from here on, at most 366 days ahead. Needed where it recurs."""
    grace_s: Annotated[float, Field(ge=GRACE_S[0], le=GRACE_S[1])] = 1800.0
    """From the end to the check that every device came back."""
    reason: Reason


class WindowSchema(Schema):
    """A maintenance window."""

    number: int
    title: str
    matcher: MatcherSchema
    start: datetime
    """Local time of the zone."""
    zone: str
    duration_s: float
    rrule: str
    until: datetime
    grace_s: float
    reason: str
    author: str
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str
    state: OccurrenceState | None
    """Of the newest occurrence; null before one was planned."""
    starts_at: datetime | None
    """When that begins; null before one was planned."""

    @classmethod
    def of_window(
        cls, window: Window, state: OccurrenceState | None, starts_at: datetime | None
    ) -> Self:
        """Return a window as it is shown."""
        names = [name for name in cls.model_fields if name not in {"state", "starts_at"}]
        plain = {name: getattr(window, name) for name in names}
        return cls.model_validate({**plain, "state": state, "starts_at": starts_at})


class WindowList(Schema):
    """A page of windows, newest first."""

    items: tuple[WindowSchema, ...]
    next_cursor: str | None
    """Null on the last page."""


class MutedSchema(Schema):
    """An alert that was kept from opening a ticket."""

    alert_id: str
    device_id: str
    rule_id: str
    instance_label: str
    sentence: str
    muted_at: datetime
    until: datetime
    ended_at: datetime | None
    """Null while it is muted."""
    outcome: str
    """Empty while it is muted, then ticket, closed, muted again or dropped."""


class WindowDeviceSchema(Schema):
    """A device that was up when a window began."""

    device_id: str
    hostname: str
    device_class: DeviceClass
    presence: Presence
    """At the start."""
    outcome: str
    """Empty before the check, then back, asleep or missing."""
    lost: tuple[str, ...]
    """What is wrong at the check and was not at the start."""


class OccurrenceSchema(Schema):
    """One time of a window, what it muted and what became of its devices."""

    occurrence: int
    state: OccurrenceState
    starts_at: datetime
    ends_at: datetime
    checks_at: datetime
    devices_up: int
    devices_back: int
    ticket_id: str | None
    muted: tuple[MutedSchema, ...]
    """The first 500."""
    devices: tuple[WindowDeviceSchema, ...]
    """All that were up at the start; after the check those that are not well."""

    @classmethod
    def of(cls, detail: OccurrenceDetail) -> Self:
        """Return an occurrence as it is shown."""
        names = [name for name in cls.model_fields if name not in {"muted", "devices"}]
        plain = {name: getattr(detail.occurrence, name) for name in names}
        return cls.model_validate(
            {**plain, "muted": muted_items(detail.muted), "devices": detail.devices}
        )


class OccurrenceList(Schema):
    """The newest occurrences of a window."""

    items: tuple[OccurrenceSchema, ...]


class SilenceDetail(SilenceSchema):
    """A silence and what it muted."""

    muted: tuple[MutedSchema, ...]
    """The first 500."""


def muted_items(muted: tuple[MutedAlert, ...]) -> tuple[MutedSchema, ...]:
    """Return muted alerts as they are shown."""
    return tuple(MutedSchema.model_validate(one) for one in muted)
