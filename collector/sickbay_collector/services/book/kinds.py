"""The kinds of configuration that the desk book has.

To add one, here "rotas":
1. `core/desk/rota.py`: a frozen dataclass `Rota` with its id; the pure functions on it.
2. `services/book/rotas.py`: `parse(fields, known) -> Rota`. `fields` has the keys of an entry and
   refuses unknown ones; `known.one/some/check` take an id of another kind and refuse unknown ones;
   `kind.items/lines/line` read lists and text. It ends in `ROTAS = BookKind(name="rotas", ...)`;
   `ordered=True` makes a tuple (routing), `check=` sees the whole book (loops, overlaps).
3. `core/desk/book.DeskBook`: a field `rotas: Mapping[str, Rota] = field(default_factory=dict)`.
4. Its line in `KINDS` here, and defaults in `collector/sickbay_collector/desk/<kind>.yaml`.
Files, merging, `enabled: false`, limits, apply, export, diff, audit and reload then follow.
"""

from sickbay_collector.services.book.categories import CATEGORIES
from sickbay_collector.services.book.channels import CHANNELS
from sickbay_collector.services.book.escalations import ESCALATIONS
from sickbay_collector.services.book.kind import BookKind
from sickbay_collector.services.book.macros import MACROS
from sickbay_collector.services.book.rotas import OVERRIDES, ROTAS
from sickbay_collector.services.book.routing import ROUTING
from sickbay_collector.services.book.shifts import REQUIREMENTS, SHIFTS
from sickbay_collector.services.book.sites import SITES, SKILLS
from sickbay_collector.services.book.technicians import TECHNICIANS
from sickbay_collector.services.book.templates import TEMPLATES
from sickbay_collector.services.book.tiers import SERVICES, TIERS

KINDS: tuple[BookKind[object], ...] = (
    CATEGORIES,
    SITES,
    SKILLS,
    CHANNELS,
    TEMPLATES,
    TECHNICIANS,
    TIERS,
    SERVICES,
    ROUTING,
    SHIFTS,
    ROTAS,
    OVERRIDES,
    REQUIREMENTS,
    ESCALATIONS,
    MACROS,
)
