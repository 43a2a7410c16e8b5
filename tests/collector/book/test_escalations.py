"""Escalation policies as they are written down, and what is refused with its place."""

import re
from pathlib import Path

import pytest

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.escalation import Audience, Step, StepKind
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.load import load_book
from tests.collector.clinic import NOW


def load(folder: Path, text: str) -> DeskBook:
    (folder / "site.yaml").write_text(text)
    return load_book([folder], today=NOW.date())


def test_the_default_set(tmp_path: Path) -> None:
    """Urgent tickets page at once and reach the manager and the next tier; low ones rest."""
    policies = load(tmp_path, "").escalations

    assert list(policies) == ["urgent", "high", "medium", "low"]
    steps = policies["urgent"].steps
    assert steps[0] == Step(kind=StepKind.NOTIFY, audience=Audience.ON_CALL)
    assert [step.wait_s for step in steps if step.wait_s] == [300, 600, 900]
    assert [step.kind for step in steps[4:]] == [
        StepKind.TELL_MANAGER,
        StepKind.WAIT,
        StepKind.RAISE_TIER,
        StepKind.NOTIFY,
    ]
    assert policies["low"].steps == ()
    assert [one.update_every_s for one in policies.values()] == [1800, 3600, 14400, 86400]


def test_a_policy_with_everything(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        """
technicians: [{login: ann}]
escalations:
- id: storage
  priority: [urgent, high]
  tier: [L1, L2]
  queue: [service-desk]
  category: [storage]
  repeat: 2
  update_every: 15m
  steps:
  - {notify: technician, of: ann}
  - {notify: on_call, of: L2}
  - {notify: team, of: L3}
  - {wait: 90s, calendar: business}
  - {assign: on_call}
  - {wait: 1m}
""",
    )
    policy = book.escalations["storage"]

    assert next(iter(book.escalations)) == "storage"
    assert policy.priorities == {Priority.URGENT, Priority.HIGH}
    assert policy.tiers == {"L1", "L2"}
    assert policy.queues == {"service-desk"}
    assert policy.categories == {"storage"}
    assert (policy.repeat, policy.update_every_s) == (2, 900.0)
    assert policy.steps[:4] == (
        Step(kind=StepKind.NOTIFY, audience=Audience.TECHNICIAN, name="ann"),
        Step(kind=StepKind.NOTIFY, audience=Audience.ON_CALL, name="L2"),
        Step(kind=StepKind.NOTIFY, audience=Audience.TEAM, name="L3"),
        Step(kind=StepKind.WAIT, wait_s=90, calendar="business"),
    )
    assert len(policy.plan) == 18


def steps(*lines: str) -> str:
    return "escalations:\n- id: p\n  steps:\n" + "".join(f"  - {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            steps("{notify: on_call, wait: 5m}"),
            ":4: escalation p, step 1: must have one of: notify, wait, assign, raise_tier,"
            " tell_manager; it has notify, wait",
            id="two things at once",
        ),
        pytest.param(
            steps("{wait: 5m}", "{page: ann}"),
            ":5: escalation p, step 2: must have one of: notify, wait, assign, raise_tier,"
            " tell_manager; it has page",
            id="unknown step",
        ),
        pytest.param(
            steps("{notify: boss}"), "step 1: notify: 'boss' is not allowed", id="audience"
        ),
        pytest.param(
            steps("{assign: team}"), "step 1: assign: 'team' is not allowed", id="assign to a team"
        ),
        pytest.param(
            steps("{notify: technician}"), "step 1: key 'of' is missing", id="which technician"
        ),
        pytest.param(
            steps("{notify: technician, of: eve}"),
            "step 1: of: technicians has no 'eve'",
            id="unknown technician",
        ),
        pytest.param(
            steps("{notify: on_call, of: L9}"), "step 1: of: tiers has no 'L9'", id="unknown tier"
        ),
        pytest.param(
            steps("{notify: assignee, of: L1}"),
            "step 1: of: a ticket has one assignee; leave it out",
            id="of whom",
        ),
        pytest.param(
            steps("{wait: 0s}", "{raise_tier: true}"),
            "step 1: wait: must be from 1s to 7d, not '0s'",
            id="no wait",
        ),
        pytest.param(
            steps("{wait: 8d}", "{raise_tier: true}"),
            "step 1: wait: must be from 1s to 7d, not '8d'",
            id="wait over a week",
        ),
        pytest.param(
            steps("{wait: 5m, calendar: moon}", "{raise_tier: true}"),
            ":2: escalation p: calendar: 'moon' is not there; there are: always, business",
            id="unknown calendar",
        ),
        pytest.param(
            steps("{raise_tier: false}"),
            "step 1: raise_tier: must be true; leave the step out instead",
            id="no step",
        ),
        pytest.param(
            steps("{notify: on_call}") + "  repeat: 3\n",
            ":2: escalation p: repeats without waiting",
            id="pages without end",
        ),
        pytest.param(
            steps(*["{wait: 1m}", "{raise_tier: true}"] * 4),
            ":2: escalation p: raises the tier 4 times; there are 4 tiers",
            id="raises in a loop",
        ),
        pytest.param(
            steps(*["{notify: on_call}", "{wait: 1m}"] * 25, "{notify: on_call}"),
            "escalation p: steps: must be a list of at most 50 items, not 51",
            id="51 steps",
        ),
        pytest.param(
            "escalations:\n- {id: p, update_every: 30s}\n",
            "update_every: must be from 1m to 7d, not '30s'",
            id="updates too often",
        ),
        pytest.param(
            "escalations:\n- {id: p, tier: [L7]}\n", "tier: tiers has no 'L7'", id="match tier"
        ),
    ],
)
def test_what_is_written_wrong_is_refused_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InvalidError, match=re.escape(message)):
        load(tmp_path, text)
