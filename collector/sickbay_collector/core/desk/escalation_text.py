"""Steps as text, the copy of a policy that a run keeps."""

import json
from dataclasses import asdict

from sickbay_collector.core.desk.escalation import Audience, Step, StepKind


def steps_text(steps: tuple[Step, ...]) -> str:
    """Return the steps as JSON."""
    return json.dumps([asdict(step) for step in steps], separators=(",", ":"))


def steps_from(text: str) -> tuple[Step, ...]:
    """Return the steps that `steps_text` wrote."""
    return tuple(
        Step(
            kind=StepKind(said["kind"]),
            audience=None if said["audience"] is None else Audience(said["audience"]),
            name=said["name"],
            channel=said["channel"],
            wait_s=said["wait_s"],
            calendar=said["calendar"],
        )
        for said in json.loads(text)
    )
