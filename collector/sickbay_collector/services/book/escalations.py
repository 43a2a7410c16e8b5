"""Reading escalation policies."""

from collections.abc import Mapping, Sequence

from sickbay_collector.core.alerts.fields import Fields, shown, wrong
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.escalation import (
    DEFAULT_UPDATE_S,
    MAX_STEPS,
    Audience,
    EscalationPolicy,
    Step,
    StepKind,
)
from sickbay_collector.core.desk.escalation_check import problems
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.services.book.kind import (
    ID,
    ID_MEANS,
    BookKind,
    Entries,
    Known,
    items,
)

MIN_WAIT_S = 1.0
MAX_WAIT_S = 7 * 86_400.0
MIN_UPDATE_S = 60.0
MAX_UPDATE_S = 7 * 86_400.0

_ASSIGN_TO = (Audience.ON_CALL, Audience.TECHNICIAN)
_KEYS: Mapping[StepKind, tuple[str, ...]] = {
    StepKind.NOTIFY: ("of", "channel"),
    StepKind.WAIT: ("calendar",),
    StepKind.ASSIGN: ("of",),
    StepKind.RAISE_TIER: (),
    StepKind.TELL_MANAGER: ("channel",),
}
"""What a step may say beside its own key."""


def _policy(fields: Fields, known: Known) -> EscalationPolicy:
    return EscalationPolicy(
        id=str(fields.take("id").value),
        priorities=frozenset(Priority(one) for one in _words(fields, "priority", list(Priority))),
        tiers=frozenset(known.some(fields, "tier", "tiers")),
        queues=frozenset(_queues(fields)),
        categories=frozenset(known.some(fields, "category", "categories")),
        steps=tuple(
            _step(item, fields.subject, number, known)
            for number, item in enumerate(items(fields, "steps", most=MAX_STEPS), start=1)
        ),
        repeat=fields.integer("repeat", 0, MAX_STEPS) if fields.has("repeat") else 0,
        update_every_s=fields.duration_s("update_every", MAX_UPDATE_S, low_s=MIN_UPDATE_S)
        if fields.has("update_every")
        else DEFAULT_UPDATE_S,
    )


def _words(fields: Fields, key: str, allowed: Sequence[str]) -> Sequence[str]:
    return fields.some_of(key, allowed) if fields.has(key) else ()


def _queues(fields: Fields) -> list[str]:
    return [
        Fields(Marked(value={"queue": item}, where=item.where), fields.subject, None).text(
            "queue", pattern=ID, means=ID_MEANS
        )
        for item in items(fields, "queue")
    ]


def _step(item: Marked, subject: str, number: int, known: Known) -> Step:
    subject = f"{subject}, step {number}"
    kind = _kind(item, subject)
    fields = Fields(item, subject, (kind.value, *_KEYS[kind]))
    channel = known.one(fields, "channel", "channels")
    if kind is StepKind.WAIT:
        wait_s = fields.duration_s("wait", MAX_WAIT_S, low_s=MIN_WAIT_S)
        calendar = (
            fields.text("calendar", pattern=ID, means=ID_MEANS) if fields.has("calendar") else ""
        )
        return Step(kind=kind, wait_s=wait_s, calendar=calendar)
    if kind in {StepKind.RAISE_TIER, StepKind.TELL_MANAGER}:
        if not fields.flag(kind.value):
            raise fields.error(kind.value, "must be true; leave the step out instead")
        return Step(kind=kind, channel=channel)
    allowed = list(Audience) if kind is StepKind.NOTIFY else _ASSIGN_TO
    audience = Audience(fields.one_of(kind.value, [one.value for one in allowed]))
    return Step(kind=kind, audience=audience, name=_of(fields, audience, known), channel=channel)


def _kind(item: Marked, subject: str) -> StepKind:
    said = list(Fields(item, subject, None).keys())
    kinds = [kind for kind in StepKind if kind.value in said]
    if len(kinds) != 1:
        raise wrong(
            item.where,
            subject,
            f"must have one of: {', '.join(StepKind)}; it has {', '.join(said) or 'none'}",
        )
    return kinds[0]


def _of(fields: Fields, audience: Audience, known: Known) -> str:
    """Return whom the audience is about, which must be there."""
    if audience is Audience.TECHNICIAN:
        return known.check(fields, "of", fields.take("of"), "technicians")
    if not fields.has("of"):
        return ""
    if audience is Audience.ASSIGNEE:
        raise fields.error("of", "a ticket has one assignee; leave it out")
    value = fields.take("of").value
    is_rota = audience is Audience.ON_CALL and known.entry("rotas", str(value))
    return known.check(fields, "of", fields.take("of"), "rotas" if is_rota else "tiers")


def _end_well(book: DeskBook, entries: Entries) -> None:
    """Refuse policies that loop, and waits in a calendar that is not there."""
    calendars = book.sla.calendars
    for name, policy in book.escalations.items():
        where, subject = entries[name].where, f"escalation {name}"
        for problem in problems(policy, tiers=len(book.tiers)):
            raise wrong(where, subject, problem)
        for step in policy.steps:
            # A book without SLA has no calendars to know.
            if step.calendar and calendars and step.calendar not in calendars:
                raise wrong(
                    where,
                    subject,
                    f"calendar: {shown(step.calendar)} is not there; there are:"
                    f" {', '.join(calendars)}",
                )


ESCALATIONS = BookKind(
    name="escalations",
    one="escalation",
    keys=("priority", "tier", "queue", "category", "steps", "repeat", "update_every"),
    parse=_policy,
    ordered=True,
    by_id=True,
    most=200,
    check=_end_well,
)
