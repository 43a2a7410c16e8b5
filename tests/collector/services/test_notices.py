from dataclasses import replace
from datetime import time, timedelta

import pytest

from sickbay_collector.core.desk.ack_token import TOKEN_LIFE, read_token
from sickbay_collector.core.desk.book import EMPTY_BOOK, DeskBook
from sickbay_collector.core.desk.channel_spec import ChannelKind, ChannelSpec
from sickbay_collector.core.desk.message import URGENT_RANK, USUAL_RANK
from sickbay_collector.core.desk.notify_rules import Hours, NotifyRule, NotifyRules
from sickbay_collector.core.desk.technician import Absence, Technician
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.desk.tier_spec import TierSpec
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.notice_routes import TEAM_LIMIT, team_members
from sickbay_collector.services.notices import BODY_LIMIT, NAME_LIMIT, Notice, Recipient, notify
from tests.collector.desk_builders import NOW
from tests.collector.desk_fakes import FakeDesk
from tests.collector.roster_builders import ALWAYS, a_shift, hours

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


NEVER = hours((0, 1), days=[(NOW.weekday() + 2) % 7])
OFF_SHIFT = a_shift("none", NEVER, "bob")


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


def test_team_is_who_is_on_shift() -> None:
    """Whoever has no shifts counts as on shift, as for routing."""
    book = replace(BOOK, shifts={"day": a_shift("day", ALWAYS, "ann"), "none": OFF_SHIFT})

    assert team_members(book, "L1", NOW) == ("ann",)
    assert team_members(replace(book, shifts={"none": OFF_SHIFT}), "L1", NOW) == ("ann",)


def test_team_is_everybody_while_nobody_is_on_shift() -> None:
    closed = a_shift("closed", NEVER, "ann", "bob")

    assert team_members(replace(BOOK, shifts={"closed": closed}), "L1", NOW) == ("ann", "bob")


def test_of_a_large_team_those_who_work_nowhere_else_are_told() -> None:
    """Fifty are; who is in fewer tiers comes first, then by name."""
    many = {f"t{n:02}": a_technician(f"t{n:02}") for n in range(TEAM_LIMIT)}
    book = replace(BOOK, technicians=many)
    both = a_technician("a", tiers=("L1", "L2"))

    assert team_members(book, "L1", NOW) == tuple(many)
    assert team_members(replace(book, technicians={"a": both, **many}), "L1", NOW) == tuple(many)


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


URL = "https://desk.example.org"


def linked(notice: Notice, book: DeskBook = BOOK, url: str = URL) -> list[str]:
    """Return the texts of a notice at a desk that knows its address."""
    desk = FakeDesk()
    desk.database.book, desk.database.public_url = book, url
    with desk.open() as uow:
        notify(uow, notice)
        uow.commit()
    return [one.payload["body"] for one in desk.messages]


ASKS = replace(NOTICE, asks=True)


def test_a_technician_who_is_asked_gets_a_link_for_the_ticket() -> None:
    (body,) = linked(ASKS)
    text, link = body.split("\n\n", 1)
    token = read_token(link.rpartition("/")[2], bytes(range(32)))

    assert text == "It is late."
    assert link.startswith("Take care of it (for 24 hours, without signing in):\n" + URL + "/ack/")
    assert (token.ticket_id, token.login) == ("t", "ann")
    assert token.expires_at == NOW + timedelta(seconds=60) + TOKEN_LIFE


def test_a_link_is_good_for_a_day_from_when_its_message_goes_out() -> None:
    """Quiet hours do not use it up; the words are of the technician's language."""
    quiet = Hours(begin=time(8, 0), end=time(18, 0))
    ann = replace(
        BOOK.technicians["ann"], languages=("de-AT",), notify=NotifyRules(quiet=quiet, bundle_s=0)
    )
    (body,) = linked(ASKS, replace(BOOK, technicians={"ann": ann}))
    token = read_token(body.rpartition("/")[2], bytes(range(32)))

    assert "Ticket übernehmen" in body
    assert token.expires_at == NOW.replace(hour=18, minute=0) + TOKEN_LIFE


def test_each_of_a_team_gets_a_link_of_their_own() -> None:
    logins = {
        read_token(one.rpartition("/")[2], bytes(range(32))).login
        for one in linked(replace(ASKS, to=Recipient.team("L1")))
    }

    assert logins == {"ann", "bob"}


def test_the_longest_text_leaves_room_for_the_link() -> None:
    (body,) = linked(replace(ASKS, body="x" * (BODY_LIMIT + 1), html="<p>x</p>"))

    assert URL in body


@pytest.mark.parametrize(
    ("notice", "url"),
    [
        pytest.param(ASKS, "", id="the desk does not know its address"),
        pytest.param(NOTICE, URL, id="nobody is asked"),
        pytest.param(replace(ASKS, ticket_id=None), URL, id="no ticket"),
        pytest.param(replace(ASKS, to=Recipient.person("p")), URL, id="a requester"),
        pytest.param(replace(ASKS, to=Recipient.url("https://x.org/")), URL, id="a program"),
        pytest.param(replace(ASKS, to=Recipient.team("none")), URL, id="a channel of a team"),
        pytest.param(replace(ASKS, to=Recipient.technician("eve")), URL, id="no technician"),
        pytest.param(replace(ASKS, channel="log"), URL, id="into the log"),
        pytest.param(replace(ASKS, channel="line"), URL, id="into the log by another name"),
    ],
)
def test_others_get_no_link(notice: Notice, url: str) -> None:
    logging = {**BOOK.channels, "line": ChannelSpec(id="line", kind=ChannelKind.LOG)}

    assert all("/ack/" not in body for body in linked(notice, replace(BOOK, channels=logging), url))
