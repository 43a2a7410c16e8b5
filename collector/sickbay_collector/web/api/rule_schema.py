"""Alert rules as the API shows and takes them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, JsonValue, StringConstraints

from sickbay_collector.core.alerts.replay import Verdict
from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.apply import Applied
from sickbay_collector.services.book.kind import marked
from sickbay_collector.services.book.listing import Source
from sickbay_collector.services.book.plan import FieldChange
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.marked_yaml import MAX_FILE_BYTES
from sickbay_collector.services.rule_lookups import RuleHistory, RuleRow
from sickbay_collector.services.rule_ports import RuleVersion
from sickbay_collector.services.rule_text import read_rule, rule_yaml
from sickbay_collector.services.rule_trial import Trial
from sickbay_collector.services.rule_writes import NOTE_LIMIT
from sickbay_collector.web.api.alert_schema import ReadingSchema
from sickbay_collector.web.api.base import Body, Schema

Note = Annotated[str, StringConstraints(max_length=NOTE_LIMIT)]


class TallySchema(Schema):
    """What a rule did in the last 30 days."""

    alerts: int
    standing: int
    """Of these, those that are open or clearing."""
    quiet: int
    """Of these, those that opened no ticket."""
    tickets: int
    noise: int
    """Of these tickets, those over that nobody acknowledged, or that were no fault."""
    noise_ratio: float | None
    """Null where there was no ticket."""


class RuleSchema(Schema):
    """An alert rule."""

    id: str
    title: str
    enabled: bool
    source: Source
    """Where it was changed last."""
    version: str
    """SHA-256 of its content; an alert keeps the one that it opened under."""
    content: Mapping[str, JsonValue]
    """All its keys."""
    applied_at: datetime | None
    """Null where nobody applied it: it is as files and defaults say."""
    applied_by: str
    tally: TallySchema

    @classmethod
    def of(cls, row: RuleRow) -> Self:
        """Return a rule as it is shown."""
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields})


class RuleList(Schema):
    """All rules by their ids."""

    items: tuple[RuleSchema, ...]


class RuleChangeSchema(Schema):
    """A change of a rule that somebody applied."""

    version: str
    """Of its content then; empty where it was taken away."""
    enabled: bool
    revision: int
    action: str
    at: datetime
    by: str
    note: str


class RuleVersionSchema(Schema):
    """The content of a rule at some time; it never changes."""

    version: str
    recorded_at: datetime
    content: Mapping[str, JsonValue]

    @classmethod
    def of(cls, found: RuleVersion) -> Self:
        """Return a version as it is shown."""
        return cls(
            version=found.version,
            recorded_at=found.recorded_at,
            content=json.loads(found.text),
        )


class RuleHistorySchema(Schema):
    """What a rule was."""

    changes: tuple[RuleChangeSchema, ...]
    """The newest 100, newest first."""
    versions: tuple[RuleVersionSchema, ...]
    """The same."""

    @classmethod
    def of(cls, found: RuleHistory) -> Self:
        """Return a history as it is shown."""
        changes = tuple(RuleChangeSchema.model_validate(one) for one in found.changes)
        versions = tuple(RuleVersionSchema.of(one) for one in found.versions)
        return cls(changes=changes, versions=versions)


class FieldChangeSchema(Schema):
    """A key of a rule before and after."""

    key: str
    before: str | None
    """As JSON; null where the key was not there."""
    after: str | None


class RuleDiff(Schema):
    """How one version differs from another."""

    changes: tuple[FieldChangeSchema, ...]

    @classmethod
    def of(cls, changes: tuple[FieldChange, ...]) -> Self:
        """Return differences as they are shown."""
        return cls(changes=tuple(FieldChangeSchema.model_validate(one) for one in changes))


class RuleText(Body):
    """A rule: its keys as JSON, or as the YAML of a file."""

    rule: dict[str, JsonValue] | None = None
    text: Annotated[str, StringConstraints(max_length=MAX_FILE_BYTES)] | None = None

    def entry(self, name: str = "") -> Marked:
        """Return the rule.

        Args:
            name: The id that it must have, and has where it names none; "" for any.

        Raises:
            InvalidError: It is no rule, has another id, or both or none of the two is there.
        """
        if (self.rule is None) == (self.text is None):
            raise InvalidError("body: give the rule's keys as rule, or its YAML as text")
        found = read_rule(self.text) if self.text is not None else _from_json(self.rule or {})
        keys = dict(found.value) if isinstance(found.value, Mapping) else {}
        if name and keys.setdefault("id", Marked(value=name, where=found.where)).value != name:
            raise InvalidError(f"id: must be {name}; a rule cannot be called otherwise later")
        return Marked(value=keys, where=found.where)


class RuleBody(RuleText):
    """A rule to put in force."""

    note: Note = ""
    """Why; it stands in the rule's history."""
    dry_run: bool = False
    """Only say what would change."""


class RestoreBody(Body):
    """A version to put in force again."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    note: Note = ""


class SwitchBody(Body):
    """Why a rule is switched on or off."""

    note: Note = ""


class TrialBody(RuleText):
    """A rule to try."""

    device: Annotated[str, Field(max_length=NAME_LIMIT)] = ""
    """Only on this device, by id or host name; empty for the fleet."""


class RuleResult(Schema):
    """What became of a write."""

    revision: int
    """Of the configuration then."""
    dry_run: bool
    changes: tuple[FieldChangeSchema, ...]
    """Keys that changed, or would; empty where the rule says that already."""

    @classmethod
    def of(cls, done: Applied, *, dry_run: bool = False) -> Self:
        """Return what a write came to."""
        fields = [field for change in done.plan.changes for field in change.fields]
        return cls(
            revision=done.revision,
            dry_run=dry_run,
            changes=tuple(FieldChangeSchema.model_validate(one) for one in fields),
        )


class TrialHitSchema(Schema):
    """Where a rule's condition is true now, and what the rule would have come to."""

    device_id: str
    hostname: str
    instance: str
    instance_label: str
    sentence: str
    readings: tuple[ReadingSchema, ...]
    verdict: Verdict
    """With durations, days of use, grace and what mutes it, by the engine over the history."""
    since: datetime | None
    """When the alert would have opened; else since when the condition is true, if known."""
    why: str
    """What it waits for, what mutes it, or why nothing is known; empty for open."""


class TrialSchema(Schema):
    """What a rule would say: of the newest readings, and by the history of the first devices."""

    looked_at: int
    devices: int
    """Where its condition is true now."""
    looked_back: int
    """Of these, whose history was looked at."""
    back_s: float
    """How far."""
    open: int
    """Hits that would be open alerts now, as far as history was looked at."""
    untold: str
    """Why history cannot tell how long; empty where it can."""
    hits: tuple[TrialHitSchema, ...]
    """The first 50."""
    is_complete: bool
    """Whether all devices were looked at; false beyond 2,000."""

    @classmethod
    def of(cls, found: Trial) -> Self:
        """Return a trial as it is shown."""
        hits = [
            {
                "device_id": one.device_id,
                "hostname": one.hostname,
                "instance": one.change.instance,
                "instance_label": one.change.instance_label,
                "sentence": one.change.sentence,
                "readings": one.change.readings,
                "verdict": one.holding.verdict,
                "since": one.holding.since,
                "why": one.holding.why,
            }
            for one in found.hits
        ]
        return cls.model_validate(
            {
                "looked_at": found.looked_at,
                "devices": found.devices,
                "looked_back": found.looked_back,
                "back_s": found.back_s,
                "open": found.open,
                "untold": found.untold,
                "hits": hits,
                "is_complete": found.is_complete,
            }
        )


class RuleDetail(RuleSchema):
    """An alert rule with its text."""

    text: str
    """As a file has it."""

    @classmethod
    def of_detail(cls, row: RuleRow) -> Self:
        """Return a rule as it is shown alone."""
        plain: dict[str, object] = dict(RuleSchema.of(row))
        return cls.model_validate({**plain, "text": rule_yaml(row.content)})


def _from_json(rule: Mapping[str, JsonValue]) -> Marked:
    plain: dict[str, Plain] = json.loads(json.dumps(dict(rule)))
    found = marked(plain, "rule")
    keys = found.value if isinstance(found.value, Mapping) else {}
    return Marked(
        value={key: Marked(value=item.value, where=key) for key, item in keys.items()},
        where="rule",
    )
