"""The fields of the forms of the kinds that people change every week."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.channel_spec import ChannelKind, MailTls
from sickbay_collector.core.desk.tier_spec import AssignMode
from sickbay_collector.services.book.channels import CHANNEL_KEYS, COMMON_KEYS
from sickbay_collector.web.console.settings_form import MOST_OPTIONS, FormField, Shape

_ZONE = FormField(key="zone", label="Time zone", help="An IANA name like Europe/Berlin.")
_NAME = FormField(key="name", label="Name")


def _sites(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.id, one.name) for one in book.sites.values()]


def _skills(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.id, one.name) for one in book.skills.values()]


def _tiers(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.id, f"{one.id}: {one.name}") for one in book.tiers.values()]


def _technicians(book: DeskBook) -> Sequence[tuple[str, str]]:
    return [(one.login, one.name) for one in book.technicians.values()]


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
    FormField(key="country", label="Country", help="A code of ISO 3166-1 like DE."),
    FormField(key="location", label="Where it is"),
)
_TECHNICIANS = (
    _NAME,
    FormField(key="email", label="E-mail"),
    FormField(key="phone", label="Telephone"),
    FormField(
        key="languages",
        label="Languages",
        shape=Shape.WORDS,
        help="Codes like en, de; the best one first.",
    ),
    FormField(key="tiers", label="Works on", shape=Shape.TICKS, options=_tiers),
    FormField(
        key="sites",
        label="Looks after",
        shape=Shape.TICKS,
        options=_sites,
        help="None ticked stands for all sites.",
    ),
    FormField(
        key="skills",
        label="Skills",
        shape=Shape.LEVELS,
        options=_skills,
        help="From 1, has seen it, to 5, teaches it.",
    ),
    _ZONE,
    FormField(
        key="capacity",
        label="Open tickets at once",
        shape=Shape.NUMBER,
        help="20 where it is left empty; 0 gets none by itself.",
    ),
    FormField(key="manager", label="Manager", shape=Shape.CHOICE, options=_technicians),
    FormField(
        key="hourly_cost",
        label="Cost of an hour",
        shape=Shape.NUMBER,
        help="Counts in what tickets cost.",
    ),
    FormField(
        key="absences",
        label="Absences",
        shape=Shape.ABSENCES,
        help="Days like 2026-12-24, the last one included, or times like 2026-12-24T13:00.",
    ),
)
_TIERS = (
    _NAME,
    FormField(key="queue", label="Queue"),
    FormField(
        key="time_limit",
        label="A ticket may stay for",
        help="Like 30m, 2h or 1d, then it goes to the next tier; none for no limit.",
    ),
    FormField(
        key="calendar",
        label="Counted in the hours of",
        shape=Shape.CHOICE,
        options=_calendars,
        help="Around the clock where none is chosen.",
    ),
    FormField(key="next", label="Next tier", shape=Shape.CHOICE, options=_tiers),
    FormField(
        key="assign",
        label="Who gets a ticket",
        shape=Shape.CHOICE,
        options=_words([one.value for one in AssignMode]),
    ),
    FormField(
        key="reassign_limit",
        label="Assigned anew at most",
        shape=Shape.NUMBER,
        help="How often; none for no limit.",
    ),
    FormField(
        key="responsibilities",
        label="Responsible for",
        shape=Shape.LINES,
        help="A sentence a line.",
    ),
    FormField(key="allowed_actions", label="May", shape=Shape.LINES, help="A sentence a line."),
    FormField(
        key="triggers",
        label="Gets a ticket when",
        shape=Shape.LINES,
        help="A sentence a line.",
    ),
)
_CALENDARS = (
    _ZONE,
    FormField(
        key="week",
        label="Hours",
        shape=Shape.WEEK,
        help="Like 08:00-12:00, 13:00-17:00; empty for a day off, 00:00-24:00 for all of it.",
    ),
    FormField(
        key="holidays",
        label="Public holidays",
        shape=Shape.HOLIDAYS,
        help="Codes of ISO 3166 like DE and BY; none where they are left empty.",
    ),
    FormField(
        key="closed",
        label="Other days off",
        shape=Shape.LINES,
        help="A day like 2026-12-24 a line.",
    ),
)
_CHANNEL_FIELDS: Mapping[str, FormField] = MappingProxyType(
    {
        one.key: one
        for one in (
            FormField(
                key="kind",
                label="Kind",
                shape=Shape.CHOICE,
                options=_words([one.value for one in ChannelKind]),
            ),
            FormField(
                key="rate_limit",
                label="Messages in a minute",
                shape=Shape.NUMBER,
                help="At most; any number where it is left empty.",
            ),
            FormField(key="host", label="Mail server"),
            FormField(key="port", label="Port", shape=Shape.NUMBER),
            FormField(
                key="tls",
                label="Encryption",
                shape=Shape.CHOICE,
                options=_words([one.value for one in MailTls]),
            ),
            FormField(key="username", label="Account"),
            FormField(key="from", label="Sender's address"),
            FormField(
                key="url",
                label="URL",
                shape=Shape.SECRET,
                help="It is a secret where it holds one: it is not shown again.",
            ),
            FormField(key="url_file", label="File that holds the URL"),
            FormField(key="url_env", label="Environment variable that holds the URL"),
            FormField(key="password_file", label="File that holds the password"),
            FormField(key="password_env", label="Environment variable that holds the password"),
            FormField(key="secret_file", label="File that holds the signing secret"),
            FormField(key="secret_env", label="Environment variable that holds the signing secret"),
            FormField(key="token_file", label="File that holds the token"),
            FormField(key="token_env", label="Environment variable that holds the token"),
            FormField(
                key="ca_file",
                label="File of certificates to trust",
                help="Those of the system where it is left empty.",
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
