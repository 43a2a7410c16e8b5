"""The desk book: everything of the desk that is configuration, as it is in force.

Made by `services.book.load` from the shipped defaults, the files of the site and what was applied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sickbay_collector.core.desk.category import DEFAULT_CATEGORIES, Category
from sickbay_collector.core.desk.channel_spec import ChannelSpec
from sickbay_collector.core.desk.escalation import EscalationPolicy
from sickbay_collector.core.desk.macro import Macro
from sickbay_collector.core.desk.notice_template import NoticeTemplate
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.desk.rota_plan import Override, Rota
from sickbay_collector.core.desk.routing import RoutingRule
from sickbay_collector.core.desk.service import Service
from sickbay_collector.core.desk.shift import Shift
from sickbay_collector.core.desk.site import Site
from sickbay_collector.core.desk.skill import Skill
from sickbay_collector.core.desk.sla_policy import NO_PROMISES, SlaBook
from sickbay_collector.core.desk.technician import Technician
from sickbay_collector.core.desk.tier_spec import TierSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskBook:
    """What is in force. Each field but the first and the last is a kind, by the ids of its entries.

    Ids that entries name are there: who reads the book need not ask again.
    """

    version: str = ""
    """Hash of all entries; "" for an empty book."""
    categories: Mapping[str, Category] = field(default_factory=lambda: DEFAULT_CATEGORIES)
    sites: Mapping[str, Site] = field(default_factory=dict)
    skills: Mapping[str, Skill] = field(default_factory=dict)
    technicians: Mapping[str, Technician] = field(default_factory=dict)
    tiers: Mapping[str, TierSpec] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    overrides: Mapping[str, Override] = field(default_factory=dict)
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    channels: Mapping[str, ChannelSpec] = field(default_factory=dict)
    templates: Mapping[str, NoticeTemplate] = field(default_factory=dict)
    routing: tuple[RoutingRule, ...] = ()
    """In order: the first that fits decides, and one fits everything."""
    escalations: Mapping[str, EscalationPolicy] = field(default_factory=dict)
    """In order: the first that fits a ticket is its own."""
    macros: Mapping[str, Macro] = field(default_factory=dict)
    sla: SlaBook = NO_PROMISES


EMPTY_BOOK = DeskBook()
"""A desk without configuration, except that it has the default categories."""
