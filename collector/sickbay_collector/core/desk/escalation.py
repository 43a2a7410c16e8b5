"""What happens to a ticket that nobody acknowledges: policies of steps, and which one fits.

A policy is data. When a run of it starts its steps are copied onto the ticket, so that later
changes of the policy change nothing that is under way (`escalation_run`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sickbay_collector.core.desk.ticket import Priority, Ticket

MAX_STEPS = 50
"""Of a policy with all its repetitions. One that needs more is a loop, not a plan."""
DEFAULT_UPDATE_S = 1800.0
"""How often a major incident needs an update unless its policy says otherwise."""


class StepKind(StrEnum):
    """What a step does."""

    NOTIFY = "notify"
    WAIT = "wait"
    ASSIGN = "assign"
    RAISE_TIER = "raise_tier"
    TELL_MANAGER = "tell_manager"


TELLS = frozenset({StepKind.NOTIFY, StepKind.TELL_MANAGER})
"""The steps that page somebody."""


class Audience(StrEnum):
    """Who a step is for."""

    ON_CALL = "on_call"
    """Who is on call: by a rota, by a tier, or by the tier that the ticket has then."""
    ASSIGNEE = "assignee"
    """Who has the ticket; while nobody has it, who is on call."""
    TECHNICIAN = "technician"
    TEAM = "team"
    """All of a tier at once, or a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a policy."""

    kind: StepKind
    audience: Audience | None = None
    """Whom to notify or assign to; None for the other kinds."""
    name: str = ""
    """Login, rota or tier that the audience is about; "" for the ticket's own tier."""
    channel: str = ""
    """Id of the channel to notify on; "" leaves it to the recipient's rules."""
    wait_s: float = 0.0
    """How long to wait; 0 for the other kinds."""
    calendar: str = ""
    """The calendar whose working time a wait counts; "" for elapsed time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """One policy. A set that is empty fits everything."""

    id: str
    priorities: frozenset[Priority] = frozenset()
    tiers: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    steps: tuple[Step, ...] = ()
    """() for a policy that lets its tickets rest."""
    repeat: int = 0
    """How often all steps come again after the first time."""
    update_every_s: float = DEFAULT_UPDATE_S
    """How often a major incident that it fits needs an update."""

    def fits(self, ticket: Ticket) -> bool:
        """Return whether the policy is one for this ticket."""
        return (
            (not self.priorities or ticket.priority in self.priorities)
            and (not self.tiers or ticket.tier in self.tiers)
            and (not self.queues or ticket.queue in self.queues)
            and (not self.categories or ticket.category in self.categories)
        )

    @property
    def plan(self) -> tuple[Step, ...]:
        """All steps in the order in which they come, repetitions written out."""
        return self.steps * (1 + self.repeat)


def pick(policies: Iterable[EscalationPolicy], ticket: Ticket) -> EscalationPolicy | None:
    """Return the first policy that fits the ticket; None where none does."""
    return next((one for one in policies if one.fits(ticket)), None)
