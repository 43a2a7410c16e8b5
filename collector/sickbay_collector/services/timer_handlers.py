"""Who handles which kind of timer: one line a kind."""

from collections.abc import Mapping
from types import MappingProxyType

from sickbay_collector.services.escalation_steps import run_steps
from sickbay_collector.services.escalations import ESCALATION, SNOOZE
from sickbay_collector.services.hand_over import on_tier_limit, on_too_many_reassignments
from sickbay_collector.services.major_acts import declare_urgent, miss_update
from sickbay_collector.services.major_incidents import MAJOR_DECLARE, MAJOR_UPDATE
from sickbay_collector.services.problem_raising import PROBLEM_TIMER
from sickbay_collector.services.problems import raise_problems
from sickbay_collector.services.ticket_attention import end_snooze
from sickbay_collector.services.tier_limits import TIER_LIMIT, TIER_REASSIGNED
from sickbay_collector.services.timers import TimerHandler

HANDLERS: Mapping[str, TimerHandler] = MappingProxyType(
    {
        ESCALATION: run_steps,
        MAJOR_DECLARE: declare_urgent,
        MAJOR_UPDATE: miss_update,
        SNOOZE: end_snooze,
        PROBLEM_TIMER: raise_problems,
        TIER_LIMIT: on_tier_limit,
        TIER_REASSIGNED: on_too_many_reassignments,
    }
)
