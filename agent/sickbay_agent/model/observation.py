"""What a probe hands to the sampler."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sickbay_agent.model.common import Absence
from sickbay_agent.model.inventory import SectionContent
from sickbay_agent.model.sample import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one run of one probe found."""

    sample: Sample = field(default_factory=Sample)
    sections: tuple[SectionContent, ...] = ()
    section_absences: tuple[Absence, ...] = ()
    counters: Mapping[str, float] = field(default_factory=dict)
    """Running totals to hand to the same probe's next run, which turns them into rates."""
