"""Which targets a ticket has: the first policy that fits and names the target decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.desk.calendar import Calendar
from sickbay_collector.core.desk.sla import SlaTarget
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus

PENDING = MappingProxyType(
    {
        "user": TicketStatus.PENDING_USER,
        "vendor": TicketStatus.PENDING_VENDOR,
        "change": TicketStatus.PENDING_CHANGE,
    }
)
"""What a clock can pause for, as a policy spells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaTerm:
    """What a policy promises for one target."""

    within_s: float
    calendar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicy:
    """One policy. A set that is empty fits everything."""

    policy_id: str
    priorities: frozenset[Priority] = frozenset()
    categories: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    terms: Mapping[SlaTarget, SlaTerm]
    """A target that is not there is left to the policies that follow."""
    pauses: frozenset[TicketStatus]
    """Statuses in which the clocks stand still."""

    def fits(self, ticket: Ticket) -> bool:
        """Return whether the policy is one for this ticket."""
        return (
            (not self.priorities or ticket.priority in self.priorities)
            and (not self.categories or ticket.category in self.categories)
            and (not self.services or ticket.service in self.services)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaBook:
    """The policies and calendars in force."""

    policies: tuple[SlaPolicy, ...]
    """In order: the first that fits and has the target decides."""
    calendars: Mapping[str, Calendar]
    version: str
    """Hash of the calendars, by which clocks are reckoned anew when they change; "" for none."""

    def select(self, ticket: Ticket, target: SlaTarget) -> tuple[SlaPolicy, SlaTerm] | None:
        """Return what is promised for a ticket; None where nothing is."""
        for policy in self.policies:
            term = policy.terms.get(target)
            if term is not None and policy.fits(ticket):
                return policy, term
        return None

    def policy(self, policy_id: str) -> SlaPolicy | None:
        """Return the policy with this id; None where it is not in force any more."""
        return next((one for one in self.policies if one.policy_id == policy_id), None)


NO_PROMISES = SlaBook(policies=(), calendars=MappingProxyType({}), version="")
"""A desk that promises nothing."""
