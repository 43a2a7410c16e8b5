"""What a step will do, in words."""

from sickbay_collector.core.alerts.fields import short_duration
from sickbay_collector.core.desk.escalation import Audience, Step, StepKind


def step_words(step: Step) -> str:
    """Return a step as people say it: "notify who is on call for L2"."""
    on_channel = f" on {step.channel}" if step.channel else ""
    match step.kind:
        case StepKind.WAIT:
            inside = f" of {step.calendar} time" if step.calendar else ""
            return f"wait {short_duration(step.wait_s)}{inside}"
        case StepKind.RAISE_TIER:
            return "raise to the next tier"
        case StepKind.TELL_MANAGER:
            return f"tell the manager{on_channel}"
        case StepKind.ASSIGN:
            return f"assign to {_whom(step)}"
        case StepKind.NOTIFY:
            return f"notify {_whom(step)}{on_channel}"


def _whom(step: Step) -> str:
    match step.audience:
        case Audience.TECHNICIAN:
            return step.name
        case Audience.TEAM:
            return f"all of {step.name or 'its tier'}"
        case Audience.ASSIGNEE:
            return "its assignee"
        case _:
            return f"who is on call for {step.name or 'its tier'}"
