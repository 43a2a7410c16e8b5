"""From whom a notice is for to who gets it, on which channels, where and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.channel_spec import LOG_CHANNEL, WEBHOOK_CHANNEL, ChannelKind
from sickbay_collector.core.desk.notify_rules import (
    USUAL,
    NotifyPlan,
    NotifyRules,
    end_of_quiet,
    plan,
)
from sickbay_collector.core.desk.shifts_now import shifts_now
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.recipients import Recipient, RecipientKind

TEAM_LIMIT = 50
"""Who of a team is told at most: more would only wonder who takes care of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How one recipient gets a notice."""

    recipient: Recipient
    channels: tuple[str, ...]
    """At least one, the best first."""
    address: str
    """"" where the channel has one."""
    not_before: datetime
    bundled: bool


def routes(
    book: DeskBook,
    people: Mapping[PersonId, Person],
    to: Recipient,
    *,
    channel: str,
    priority: Priority,
    at: datetime,
) -> tuple[Route, ...]:
    """Return who gets a notice and how; at least one, if only by the log.

    Args:
        book: The desk's.
        people: The person whom it is for, where it is for one.
        to: Whom it is for. A team is who works there now, unless a channel is named.
        channel: Id of the channel that goes before all others; "" for the recipient's own rules.
        priority: Of what they are told.
        at: When it happened.
    """
    match to.kind:
        case RecipientKind.TECHNICIAN:
            return (_to_technician(book, to, channel, priority, at),)
        case RecipientKind.PERSON:
            return (_to_person(book, people, to, channel=channel, priority=priority, at=at),)
        case RecipientKind.URL:
            return (_at_once(to, channel or WEBHOOK_CHANNEL.id, at, address=to.name),)
        case RecipientKind.TEAM:
            return _to_team(book, to, channel, priority, at)


def rules_for(book: DeskBook, recipient: str) -> NotifyRules:
    """Return how the recipient of a message wants to be told."""
    kind, _, name = recipient.partition(":")
    technician = book.technicians.get(name) if kind == RecipientKind.TECHNICIAN else None
    return USUAL if technician is None else technician.notify


def quiet_until(book: DeskBook, recipient: str, now: datetime) -> datetime | None:
    """Return when the quiet hours end in which a message's recipient is; None for in none."""
    kind, _, name = recipient.partition(":")
    technician = book.technicians.get(name) if kind == RecipientKind.TECHNICIAN else None
    if technician is None:
        return None
    ends = end_of_quiet(technician.notify.quiet, now.astimezone(ZoneInfo(technician.zone)))
    return None if ends is None else ends.astimezone(now.tzinfo)


def _to_technician(
    book: DeskBook, to: Recipient, channel: str, priority: Priority, at: datetime
) -> Route:
    technician = book.technicians.get(to.name)
    if technician is None:
        return _at_once(to, channel or LOG_CHANNEL.id, at)
    found = plan(technician.notify, priority, at, technician.zone)
    return _planned(book, to, found, channel=channel, email=technician.email)


def _to_person(
    book: DeskBook,
    people: Mapping[PersonId, Person],
    to: Recipient,
    *,
    channel: str,
    priority: Priority,
    at: datetime,
) -> Route:
    person = people.get(PersonId(to.name))
    email = "" if person is None or person.deactivated_at is not None else person.email
    return _planned(book, to, plan(USUAL, priority, at, "UTC"), channel=channel, email=email)


def _to_team(
    book: DeskBook, to: Recipient, channel: str, priority: Priority, at: datetime
) -> tuple[Route, ...]:
    """Return a route for each who is told there, or one to the channel that is named."""
    members = () if channel else team_members(book, to.name, at)
    if not members:
        return (_at_once(to, channel or LOG_CHANNEL.id, at),)
    return tuple(
        _to_technician(book, Recipient.technician(login), "", priority, at) for login in members
    )


def team_members(book: DeskBook, name: str, at: datetime) -> tuple[str, ...]:
    """Return the login names of those who are told what a tier or queue should know, in order.

    Those who are on shift; where nobody is, all who are not absent. At most `TEAM_LIMIT`: who works
    in fewer tiers goes first, because the ticket is more theirs.
    """
    tiers = {tier.id for tier in book.tiers.values() if name in {tier.id, tier.queue}}
    present = [
        one
        for one in book.technicians.values()
        if tiers.intersection(one.tiers) and not one.is_away(at)
    ]
    shifts = shifts_now(book, at)
    working = [one for one in present if shifts.get(one.login, True)] or present
    nearest = sorted(working, key=lambda one: (len(one.tiers), one.login))[:TEAM_LIMIT]
    return tuple(sorted(one.login for one in nearest))


def _planned(
    book: DeskBook, to: Recipient, found: NotifyPlan, *, channel: str, email: str
) -> Route:
    wanted = (channel, *(found.channels or _usual(book)))
    channels = tuple(dict.fromkeys(one for one in wanted if _reaches(book, one, email)))
    return Route(
        recipient=to,
        channels=channels or (LOG_CHANNEL.id,),
        address=email,
        not_before=found.not_before,
        bundled=found.bundled,
    )


def _usual(book: DeskBook) -> tuple[str, ...]:
    return tuple(one.id for one in book.channels.values() if one.kind is ChannelKind.EMAIL)


def _reaches(book: DeskBook, channel: str, email: str) -> bool:
    """Return whether a channel can be tried for somebody; mail needs an address."""
    spec = book.channels.get(channel)
    return bool(channel) and (spec is None or spec.kind is not ChannelKind.EMAIL or bool(email))


def _at_once(to: Recipient, channel: str, at: datetime, *, address: str = "") -> Route:
    return Route(recipient=to, channels=(channel,), address=address, not_before=at, bundled=False)
