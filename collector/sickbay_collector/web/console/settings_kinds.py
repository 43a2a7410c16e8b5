"""How the settings show each kind of the configuration: its name, what it is for, its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.alerts.source import Plain

_NONE = "\N{EN DASH}"
_CELL = 120
"""Characters of a value in a list; the entry's page has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPage:
    """A kind as people read it."""

    kind: str
    title: str
    about: str
    columns: tuple[str, ...]
    """Keys that its list shows."""
    empty: str = ""
    """What to do where there is none yet."""


GROUPS: tuple[tuple[str, tuple[KindPage, ...]], ...] = (
    (
        "Places and people",
        (
            KindPage(
                kind="sites",
                title="Sites",
                about="Places with a time zone, which devices and people belong to.",
                columns=("name", "zone", "country"),
            ),
            KindPage(
                kind="technicians",
                title="Technicians",
                about="Who works on tickets: tiers, skills, sites, languages, absences.",
                columns=("name", "tiers", "sites", "skills", "languages"),
                empty="Tickets wait unassigned until somebody is here. Add the first technician.",
            ),
            KindPage(
                kind="skills",
                title="Skills",
                about="What tickets ask for and technicians have, in levels from 1 to 5.",
                columns=("name",),
            ),
        ),
    ),
    (
        "The desk",
        (
            KindPage(
                kind="tiers",
                title="Tiers",
                about="Who does what, how long a ticket may stay, and where it goes next.",
                columns=("name", "queue", "time_limit", "next"),
            ),
            KindPage(
                kind="services",
                title="Services",
                about="What people ask for, and where it goes.",
                columns=("name", "kind", "category", "tier"),
            ),
            KindPage(
                kind="categories",
                title="Categories",
                about="What tickets are about: ten at most, five sub-categories each.",
                columns=("name", "subcategories"),
            ),
            KindPage(
                kind="routing",
                title="Routing rules",
                about="Which tier gets a ticket; the first rule that fits decides.",
                columns=("name", "match", "tier", "skills"),
            ),
            KindPage(
                kind="macros",
                title="Macros",
                about="What one press does to a ticket: a note, a category, who has it, its end.",
                columns=("name", "category", "assign", "wait", "resolve"),
            ),
        ),
    ),
    (
        "Time and promises",
        (
            KindPage(
                kind="calendars",
                title="Calendars",
                about="Working hours with holidays, in which promises and limits count.",
                columns=("zone", "week", "holidays"),
            ),
            KindPage(
                kind="policies",
                title="SLA policies",
                about="Within which time tickets are answered and resolved.",
                columns=("priority", "category", "response", "resolution"),
            ),
            KindPage(
                kind="escalations",
                title="Escalation policies",
                about="Who is told, and when, while nobody takes a ticket.",
                columns=("priority", "update_every"),
            ),
            KindPage(
                kind="requirements",
                title="Requirements",
                about="How many people of a tier must be there, where and when.",
                columns=("users", "tier", "minimum", "locations", "languages"),
                empty="Nothing is required yet, so coverage shows no gaps. Add what must be there.",
            ),
            KindPage(
                kind="shifts",
                title="Shifts",
                about="Who works when.",
                columns=("name", "technicians", "week"),
                empty="Nobody has a shift yet: everybody counts as working unless absent.",
            ),
            KindPage(
                kind="rotas",
                title="Rotas",
                about="Who takes turns at being on call.",
                columns=("name", "tier"),
                empty="Nobody is on call by turn yet. Add a rota for a tier.",
            ),
            KindPage(
                kind="overrides",
                title="Stand-ins",
                about="Who is on call instead of whom; added on a rota's page.",
                columns=("rota", "login", "instead_of", "from", "until"),
                empty="Nobody stands in. Add it on the page of a rota, under Coverage.",
            ),
        ),
    ),
    (
        "Messages",
        (
            KindPage(
                kind="channels",
                title="Channels",
                about="What carries messages: mail, chat, webhooks. Each can be tried.",
                columns=("kind", "host", "rate_limit"),
                empty="Messages go to the collector's log only. Add a channel.",
            ),
            KindPage(
                kind="templates",
                title="Texts",
                about="What people are sent, by event and language.",
                columns=("event", "language", "subject"),
            ),
        ),
    ),
)

PAGES: Mapping[str, KindPage] = MappingProxyType(
    {page.kind: page for _, pages in GROUPS for page in pages}
)
"""By the kind's name. Alert rules have pages of their own."""


def cell(value: Plain) -> str:
    """Return a value of an entry in a line."""
    text = _words(value)
    return text if len(text) <= _CELL else f"{text[:_CELL]}…"


def _words(value: Plain) -> str:
    if value is None or value == "":
        return _NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _joined([_words(one) for one in value])
    if isinstance(value, dict):
        return _joined([f"{key} {_words(one)}" for key, one in value.items()])
    return str(value)


def _joined(parts: Sequence[str]) -> str:
    return ", ".join(parts) or _NONE
