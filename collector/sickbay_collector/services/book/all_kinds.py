"""Everything that a document may hold: the kinds of the desk book, promises and alert rules."""

from types import MappingProxyType

from sickbay_collector.core.alerts.parse import ID as RULE_ID
from sickbay_collector.core.alerts.parse import ID_MEANS as RULE_ID_MEANS
from sickbay_collector.services.book.kind import EntryKind
from sickbay_collector.services.book.kinds import KINDS
from sickbay_collector.services.rulebook import MAX_RULES
from sickbay_collector.services.sla_files import MAX_CALENDARS, MAX_POLICIES

CALENDARS = EntryKind(name="calendars", one="calendar", most=MAX_CALENDARS)
POLICIES = EntryKind(name="policies", one="policy", ordered=True, most=MAX_POLICIES)
RULES = EntryKind(
    name="rules", one="rule", id_pattern=RULE_ID, id_means=RULE_ID_MEANS, most=MAX_RULES
)

ALL_KINDS = MappingProxyType({kind.name: kind for kind in (*KINDS, CALENDARS, POLICIES, RULES)})
"""By name."""
