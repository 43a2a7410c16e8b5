"""Alerts as the API shows them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Self

from pydantic import JsonValue

from sickbay_collector.services.alert_lookups import (
    AlertDetail,
    AlertRow,
    HappenedKind,
    Suppressor,
)
from sickbay_collector.web.api.base import Schema
from sickbay_collector.web.api.ticket_schema import AlertSchema


class ReadingSchema(Schema):
    """One number behind an alert."""

    metric: str
    label: str
    unit: str
    value: float
    threshold: str
    """In words with unit: "above 90 %"."""


class SuppressedBySchema(Schema):
    """What keeps an alert from opening a ticket."""

    kind: Suppressor
    number: int | None
    """Of the silence, window or ticket; null where there is none to look at."""


class AlertItem(AlertSchema):
    """An alert as a line of a list."""

    device_id: str
    hostname: str
    urgency: int
    """From 1 (highest) to 3; 0 for alerts from before it was kept."""
    measured_at: datetime | None
    """When the readings were taken, by the device's clock."""
    readings: tuple[ReadingSchema, ...]
    """What was measured last while its condition was true."""
    history: str
    closes_when: str
    ticket_number: int | None
    suppressed_by: SuppressedBySchema | None
    """Null for one that is not suppressed."""

    @classmethod
    def of(cls, row: AlertRow) -> Self:
        """Return a row as a line."""
        return cls.model_validate(_plain(row))


class AlertList(Schema):
    """A page of alerts, newest first."""

    items: tuple[AlertItem, ...]
    next_cursor: str | None
    """Null on the last page."""


class HappenedSchema(Schema):
    """One thing that happened to an alert."""

    at: datetime
    kind: HappenedKind
    text: str


class AlertEvidenceSchema(Schema):
    """A reading that the alert's ticket keeps."""

    at: datetime
    metric: str
    unit: str
    value: float
    threshold: str
    sentence: str


class AlertDetailSchema(AlertItem):
    """One alert with its rule, its evidence and what happened to it."""

    rule: Mapping[str, JsonValue]
    """The rule as it was when the alert opened; empty where it was not kept."""
    is_rule_current: bool
    """Whether the rule in force is still that one."""
    opens_when: str
    """When that rule opens an alert, in words; empty where it is not in force any more."""
    evidence: tuple[AlertEvidenceSchema, ...]
    """The newest 100."""
    timeline: tuple[HappenedSchema, ...]
    """In order of time."""

    @classmethod
    def of_detail(cls, detail: AlertDetail) -> Self:
        """Return an alert as it is shown whole."""
        return cls.model_validate(
            {
                **_plain(detail.row),
                "rule": json.loads(detail.rule_text) if detail.rule_text else {},
                "is_rule_current": detail.is_rule_current,
                "opens_when": detail.opens_when,
                "evidence": detail.evidence,
                "timeline": detail.timeline,
            }
        )


def _plain(row: AlertRow) -> dict[str, object]:
    own = ("hostname", "ticket_number", "suppressed_by")
    alert = {name: getattr(row.alert, name) for name in AlertItem.model_fields if name not in own}
    return {**alert, **{name: getattr(row, name) for name in own}}
