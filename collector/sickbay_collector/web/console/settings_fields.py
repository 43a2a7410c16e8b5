"""The fields of the forms of the kinds that people change every week."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.channel_spec import ChannelKind, MailTls
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.desk.tier_spec import AssignMode
from sickbay_collector.services.book.channels import CHANNEL_KEYS, COMMON_KEYS
from sickbay_collector.web.console.settings_form import MOST_OPTIONS, FormField, Shape
from sickbay_collector.web.console.texts import N_

_ZONE = FormField(key="zone", label=N_("Time zone"), help=N_("An IANA name like Europe/Berlin."))
_NAME = FormField(key="name", label=N_("Name"))


def _sites(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.id, one.name) for one in book.sites.values()]


def _skills(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.id, one.name) for one in book.skills.values()]


def _tiers(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.id, f"{one.id}: {one.name}") for one in book.tiers.values()]


def _technicians(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.login, one.name) for one in book.technicians.values()]


def _categories(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.id, one.name) for one in book.categories.values()]


def _calendars(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(name, name) for name in book.sla.calendars]


def _words(words: Sequence[str]) -> Callable[[DeskBook], Sequence[tuple[str, str]]]:
    found = [(word, word) for word in words]

    def options(_book: DeskBook) -> Sequence[tuple[str, str]]:
        return found

    return options


_SITES = (
    _NAME,
    _ZONE,
    FormField(key="country", label=N_("Country"), help=N_("A code of ISO 3166-1 like DE.")),
    FormField(key="location", label=N_("Where it is")),
)
_TECHNICIANS = (
    _NAME,
    FormField(key="email", label="E-mail"),
    FormField(key="phone", label=N_("Telephone")),
    FormField(
        key="languages",
        label=N_("Languages"),
        shape=Shape.WORDS,
        help=N_("Codes like en, de; the best one first."),
    ),
    FormField(key="tiers", label=N_("Works on"), shape=Shape.TICKS, options=_tiers),
    FormField(
        key="sites",
        label=N_("Looks after"),
        shape=Shape.TICKS,
        options=_sites,
        help=N_("None ticked stands for all sites."),
    ),
    FormField(
        key="skills",
        label=N_("Skills"),
        shape=Shape.LEVELS,
        options=_skills,
        help=N_("From 1, has seen it, to 5, teaches it."),
    ),
    _ZONE,
    FormField(
        key="capacity",
        label=N_("Open tickets at once"),
        shape=Shape.NUMBER,
        help=N_("20 where it is left empty; 0 gets none by itself."),
    ),
    FormField(key="manager", label=N_("Manager"), shape=Shape.CHOICE, options=_technicians),
    FormField(
        key="hourly_cost",
        label=N_("Cost of an hour"),
        shape=Shape.NUMBER,
        help=N_("Counts in what tickets cost."),
    ),
    FormField(
        key="absences",
        label=N_("Absences"),
        shape=Shape.ABSENCES,
        help=N_("Days like 2026-12-24, the last one included, or times like 2026-12-24T13:00."),
    ),
)
_TIERS = (
    _NAME,
    FormField(key="queue", label=N_("Queue")),
    FormField(
        key="time_limit",
        label=N_("A ticket may stay for"),
        help=N_("Like 30m, 2h or 1d, then it goes to the next tier; none for no limit."),
    ),
    FormField(
        key="calendar",
        label=N_("Counted in the hours of"),
        shape=Shape.CHOICE,
        options=_calendars,
        help=N_("Around the clock where none is chosen."),
    ),
    FormField(key="next", label=N_("Next tier"), shape=Shape.CHOICE, options=_tiers),
    FormField(
        key="assign",
        label=N_("Who gets a ticket"),
        shape=Shape.CHOICE,
        options=_words([one.value for one in AssignMode]),
    ),
    FormField(
        key="reassign_limit",
        label=N_("Assigned anew at most"),
        shape=Shape.NUMBER,
        help=N_("How often; none for no limit."),
    ),
    FormField(
        key="responsibilities",
        label=N_("Responsible for"),
        shape=Shape.LINES,
        help=N_("A sentence a line."),
    ),
    FormField(
        key="allowed_actions", label=N_("May"), shape=Shape.LINES, help=N_("A sentence a line.")
    ),
    FormField(
        key="triggers",
        label=N_("Gets a ticket when"),
        shape=Shape.LINES,
        help=N_("A sentence a line."),
    ),
)
_CALENDARS = (
    _ZONE,
    FormField(
        key="week",
        label=N_("Hours"),
        shape=Shape.WEEK,
        help=N_("Like 08:00-12:00, 13:00-17:00; empty for a day off, 00:00-24:00 for all of it."),
    ),
    FormField(
        key="holidays",
        label=N_("Public holidays"),
        shape=Shape.HOLIDAYS,
        help=N_("Codes of ISO 3166 like DE and BY; none where they are left empty."),
    ),
    FormField(
        key="closed",
        label=N_("Other days off"),
        shape=Shape.LINES,
        help=N_("A day like 2026-12-24 a line."),
    ),
)
_POLICIES = (
    FormField(
        key="priority",
        label=N_("For tickets of priority"),
        shape=Shape.TICKS,
        options=_words([one.value for one in Priority]),
        help=N_("None ticked stands for all of them."),
    ),
    FormField(
        key="category",
        label=N_("About"),
        shape=Shape.TICKS,
        options=_categories,
        help=N_("None ticked stands for all categories."),
    ),
    FormField(
        key="service",
        label=N_("Of the services"),
        shape=Shape.WORDS,
        help=N_("Ids with commas; left empty it is for all, and for tickets without one."),
    ),
    FormField(
        key="response",
        label=N_("Somebody responds"),
        shape=Shape.TARGET,
        options=_calendars,
        help=N_("Like 15m, 4h or 2d; both empty where nothing is promised."),
    ),
    FormField(
        key="resolution",
        label=N_("It is resolved"),
        shape=Shape.TARGET,
        options=_calendars,
        help=N_("Like 15m, 4h or 2d; both empty where nothing is promised."),
    ),
)
_CHANNEL_FIELDS: Mapping[str, FormField] = MappingProxyType(
    {
        one.key: one
        for one in (
            FormField(
                key="kind",
                label=N_("Kind"),
                shape=Shape.CHOICE,
                options=_words([one.value for one in ChannelKind]),
            ),
            FormField(
                key="rate_limit",
                label=N_("Messages in a minute"),
                shape=Shape.NUMBER,
                help=N_("At most; any number where it is left empty."),
            ),
            FormField(key="host", label=N_("Mail server")),
            FormField(key="port", label=N_("Port"), shape=Shape.NUMBER),
            FormField(
                key="tls",
                label=N_("Encryption"),
                shape=Shape.CHOICE,
                options=_words([one.value for one in MailTls]),
            ),
            FormField(key="username", label=N_("Account")),
            FormField(key="from", label=N_("Sender's address")),
            FormField(
                key="url",
                label="URL",
                shape=Shape.SECRET,
                help=N_("It is a secret where it holds one: it is not shown again."),
            ),
            FormField(key="url_file", label=N_("File that holds the URL")),
            FormField(key="url_env", label=N_("Environment variable that holds the URL")),
            FormField(key="password_file", label=N_("File that holds the password")),
            FormField(key="password_env", label=N_("Environment variable that holds the password")),
            FormField(key="secret_file", label=N_("File that holds the signing secret")),
            FormField(
                key="secret_env", label=N_("Environment variable that holds the signing secret")
            ),
            FormField(key="token_file", label=N_("File that holds the token")),
            FormField(key="token_env", label=N_("Environment variable that holds the token")),
            FormField(
                key="ca_file",
                label=N_("File of certificates to trust"),
                help=N_("Those of the system where it is left empty."),
            ),
        )
    }
)
_FORMS: Mapping[str, tuple[FormField, ...]] = MappingProxyType(
    {
        "sites": _SITES,
        "skills": (_NAME,),
        "technicians": _TECHNICIANS,
        "tiers": _TIERS,
        "calendars": _CALENDARS,
        "policies": _POLICIES,
    }
)
CHANNELS = "channels"


def has_form(kind: str) -> bool:
    """Return whether a kind has labelled fields; text is possible for every kind."""
    return kind in _FORMS or kind == CHANNELS


def fields_of(kind: str, content: Mapping[str, Plain], book: DeskBook) -> tuple[FormField, ...]:
    """Return the fields of an entry's form.

    Args:
        kind: Of the entry.
        content: Its keys; a channel's kind says which fields it has.
        book: What there is to choose from; a field with too much of it is left out.
    """
    found = _channel_fields(str(content.get("kind", ""))) if kind == CHANNELS else _FORMS[kind]
    return tuple(
        one for one in found if one.options is None or len(one.options(book)) <= MOST_OPTIONS
    )


def _channel_fields(kind: str) -> tuple[FormField, ...]:
    known = [one.value for one in ChannelKind]
    keys = CHANNEL_KEYS[ChannelKind(kind)] if kind in known else ()
    return tuple(_CHANNEL_FIELDS[key] for key in (*COMMON_KEYS, *keys))
