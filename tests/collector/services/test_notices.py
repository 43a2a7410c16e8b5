from dataclasses import replace

import pytest

from sickbay_collector.core.desk.message import URGENT_RANK, USUAL_RANK
from sickbay_collector.core.desk.ticket import Priority
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


def told(*notices: Notice) -> FakeDesk:
    desk = FakeDesk()
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
