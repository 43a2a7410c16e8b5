from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.book import EMPTY_BOOK, DeskBook
from sickbay_collector.core.desk.channel_spec import ChannelKind, ChannelSpec
from sickbay_collector.core.desk.message import URGENT_RANK, USUAL_RANK
from sickbay_collector.core.desk.notify_rules import NotifyRule, NotifyRules
from sickbay_collector.core.desk.technician import Absence, Technician
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.desk.tier_spec import TierSpec
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.notices import NAME_LIMIT, Notice, Recipient, notify
from tests.collector.desk_builders import NOW
from tests.collector.desk_fakes import FakeDesk

NOTICE = Notice(
    key="t:escalated-1",
    to=Recipient.technician("ann"),
    event="escalated",
    priority=Priority.HIGH,
    ticket_id=TicketId("t"),
    subject="Ticket 7:\nlate",
    body="It is late.",
    at=NOW,
)


HOUR = timedelta(hours=1)


def a_tier(name: str, **fields: object) -> TierSpec:
    tier = TierSpec(
        id=name,
        name=name,
        responsibilities=(),
        allowed_actions=(),
        time_limit_s=None,
        next="",
        queue="q",
        triggers=(),
    )
    return replace(tier, **fields)  # type: ignore[arg-type]


def a_technician(login: str, **fields: object) -> Technician:
    technician = Technician(
        login=login,
        name=login,
        email="",
        phone="",
        languages=("en",),
        skills={},
        tiers=("L1",),
        sites=(),
        zone="UTC",
        capacity=5,
        manager="",
        hourly_cost=0,
        absences=(),
    )
    return replace(technician, **fields)  # type: ignore[arg-type]


BOOK = DeskBook(
    channels={
        "chat": ChannelSpec(id="chat", kind=ChannelKind.SLACK),
        "mail": ChannelSpec(id="mail", kind=ChannelKind.EMAIL),
    },
    tiers={"L1": a_tier("L1", queue="service-desk")},
    technicians={
        "ann": a_technician("ann", email="ann@example.org"),
        "bob": a_technician(
            "bob",
            email="",
            notify=NotifyRules(rules=(NotifyRule(channels=("mail", "chat")),), bundle_s=0),
        ),
        "away": a_technician("away", absences=(Absence(since=NOW, until=NOW + HOUR, reason=""),)),
    },
)


def told(*notices: Notice, book: DeskBook = EMPTY_BOOK) -> FakeDesk:
    desk = FakeDesk()
    desk.database.book = book
    with desk.open() as uow:
        for notice in notices:
            notify(uow, notice)
        uow.commit()
    return desk


def test_notice_waits_in_the_outbox_with_its_ticket() -> None:
    (message,) = told(NOTICE).messages

    assert message.key == "t:escalated-1:technician:ann"
    assert (message.recipient, message.channel) == ("technician:ann", "log")
    assert (message.ticket_id, message.rank) == ("t", USUAL_RANK)
    assert message.payload == {
        "event": "escalated",
        "priority": "high",
        "ticket_id": "t",
        "subject": "Ticket 7: late",
        "body": "It is late.",
    }


def test_same_key_is_told_once_to_each() -> None:
    bob = replace(NOTICE, to=Recipient.technician("bob"))

    assert len(told(NOTICE, NOTICE, bob).messages) == 2


def test_urgent_goes_first() -> None:
    (message,) = told(replace(NOTICE, priority=Priority.URGENT)).messages

    assert message.rank == URGENT_RANK


def test_technician_without_rules_gets_mail_bundled() -> None:
    (message,) = told(NOTICE, book=BOOK).messages

    assert (message.channel, message.fallbacks) == ("mail", ())
    assert message.address == "ann@example.org"
    assert message.bundle == "technician:ann"
    assert message.not_before == NOW + timedelta(seconds=60)


def test_rules_choose_the_channels_and_mail_needs_an_address() -> None:
    (message,) = told(replace(NOTICE, to=Recipient.technician("bob")), book=BOOK).messages

    assert (message.channel, message.fallbacks) == ("chat", ())
    assert (message.not_before, message.bundle) == (NOW, "")


def test_channel_that_is_named_goes_first() -> None:
    (message,) = told(replace(NOTICE, channel="chat"), book=BOOK).messages

    assert (message.channel, message.fallbacks) == ("chat", ("mail",))


@pytest.mark.parametrize("team", ["L1", "service-desk"])
def test_team_is_each_who_works_there_now(team: str) -> None:
    """Not who is away."""
    found = told(replace(NOTICE, to=Recipient.team(team)), book=BOOK).messages

    assert {message.recipient for message in found} == {"technician:ann", "technician:bob"}


def test_team_with_a_channel_is_told_once() -> None:
    notice = replace(NOTICE, to=Recipient.team("L1"), channel="chat")
    (message,) = told(notice, book=BOOK).messages

    assert (message.recipient, message.channel) == ("team:L1", "chat")


@pytest.mark.parametrize(
    "to", [Recipient.team("nobody"), Recipient.technician("gone"), Recipient.person("gone")]
)
def test_who_cannot_be_reached_stands_in_the_log(to: Recipient) -> None:
    (message,) = told(replace(NOTICE, to=to)).messages

    assert message.channel == "log"


def test_url_gets_the_webhook() -> None:
    (message,) = told(replace(NOTICE, to=Recipient.url("https://a.example/x")), book=BOOK).messages

    assert (message.channel, message.address) == ("webhook", "https://a.example/x")


@pytest.mark.parametrize(
    "notice",
    [
        pytest.param(replace(NOTICE, key=""), id="no key"),
        pytest.param(replace(NOTICE, to=Recipient.person("")), id="nobody"),
        pytest.param(replace(NOTICE, to=Recipient.url("x" * (NAME_LIMIT + 1))), id="too long"),
    ],
)
def test_notice_without_key_or_recipient_is_refused(notice: Notice) -> None:
    with pytest.raises(InvalidError, match="it needs a key and who is told"):
        told(notice)
