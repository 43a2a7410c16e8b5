"""How the settings show each kind of the configuration: its name, what it is for, its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.web.console.texts import N_

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
        N_("Places and people"),
        (
            KindPage(
                kind="sites",
                title=N_("Sites"),
                about=N_("Places with a time zone, which devices and people belong to."),
                columns=("name", "zone", "country"),
            ),
            KindPage(
                kind="technicians",
                title=N_("Technicians"),
                about=N_("Who works on tickets: tiers, skills, sites, languages, absences."),
                columns=("name", "tiers", "sites", "skills", "languages"),
                empty=N_(
                    "Tickets wait unassigned until somebody is here. Add the first technician."
                ),
            ),
            KindPage(
                kind="skills",
                title=N_("Skills"),
                about=N_("What tickets ask for and technicians have, in levels from 1 to 5."),
                columns=("name",),
            ),
        ),
    ),
    (
        N_("The desk"),
        (
            KindPage(
                kind="tiers",
                title=N_("Tiers"),
                about=N_("Who does what, how long a ticket may stay, and where it goes next."),
                columns=("name", "queue", "time_limit", "next"),
            ),
            KindPage(
                kind="services",
                title=N_("Services"),
                about=N_("What people ask for, and where it goes."),
                columns=("name", "kind", "category", "tier"),
            ),
            KindPage(
                kind="categories",
                title=N_("Categories"),
                about=N_("What tickets are about: ten at most, five sub-categories each."),
                columns=("name", "subcategories"),
            ),
            KindPage(
                kind="routing",
                title=N_("Routing rules"),
                about=N_("Which tier gets a ticket; the first rule that fits decides."),
                columns=("name", "match", "tier", "skills"),
            ),
            KindPage(
                kind="macros",
                title=N_("Macros"),
                about=N_(
                    "What one press does to a ticket: a note, a category, who has it, its end."
                ),
                columns=("name", "category", "assign", "wait", "resolve"),
            ),
        ),
    ),
    (
        N_("Time and promises"),
        (
            KindPage(
                kind="calendars",
                title=N_("Calendars"),
                about=N_("Working hours with holidays, in which promises and limits count."),
                columns=("zone", "week", "holidays"),
            ),
            KindPage(
                kind="policies",
                title=N_("SLA policies"),
                about=N_("Within which time tickets are answered and resolved."),
                columns=("priority", "category", "response", "resolution"),
            ),
            KindPage(
                kind="escalations",
                title=N_("Escalation policies"),
                about=N_("Who is told, and when, while nobody takes a ticket."),
                columns=("priority", "update_every"),
            ),
            KindPage(
                kind="requirements",
                title=N_("Requirements"),
                about=N_("How many people of a tier must be there, where and when."),
                columns=("users", "tier", "minimum", "locations", "languages"),
                empty=N_(
                    "Nothing is required yet, so coverage shows no gaps. Add what must be there."
                ),
            ),
            KindPage(
                kind="shifts",
                title=N_("Shifts"),
                about=N_("Who works when."),
                columns=("name", "technicians", "week"),
                empty=N_("Nobody has a shift yet: everybody counts as working unless absent."),
            ),
            KindPage(
                kind="rotas",
                title=N_("Rotas"),
                about=N_("Who takes turns at being on call."),
                columns=("name", "tier"),
                empty=N_("Nobody is on call by turn yet. Add a rota for a tier."),
            ),
            KindPage(
                kind="overrides",
                title=N_("Stand-ins"),
                about=N_("Who is on call instead of whom; added on a rota's page."),
                columns=("rota", "login", "instead_of", "from", "until"),
                empty=N_("Nobody stands in. Add it on the page of a rota, under Coverage."),
            ),
        ),
    ),
    (
        N_("Messages"),
        (
            KindPage(
                kind="channels",
                title=N_("Channels"),
                about=N_("What carries messages: mail, chat, webhooks. Each can be tried."),
                columns=("kind", "host", "rate_limit"),
                empty=N_("Messages go to the collector's log only. Add a channel."),
            ),
            KindPage(
                kind="templates",
                title=N_("Texts"),
                about=N_("What people are sent, by event and language."),
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
