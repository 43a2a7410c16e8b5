import pytest

from sickbay_collector.core.desk.ticket import Priority, TicketSource, Tier, Visibility
from sickbay_collector.core.device import Criticality
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.record import UserProblem
from sickbay_collector.services.problem_report import open_problem_report
from tests.collector.desk_builders import NOW, a_device
from tests.collector.desk_fakes import FakeDesk


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def report(
    desk: FakeDesk,
    text: str,
    *,
    user_name: str = "anna",
    criticality: Criticality = Criticality.NORMAL,
) -> None:
    with desk.open() as uow:
        open_problem_report(
            uow,
            a_device(criticality=criticality),
            UserProblem(observed_at=NOW, text=text, user_name=user_name),
            now=NOW,
            new_id=desk.new_id,
        )
        uow.commit()


def test_problem_report_becomes_a_ticket_of_the_first_line(desk: FakeDesk) -> None:
    report(desk, "The screen flickers.\nSince Monday.")
    ticket = desk.ticket
    (entry,) = desk.entries

    assert (ticket.source, ticket.family, ticket.category) == (TicketSource.AGENT, None, "other")
    assert (ticket.tier, ticket.queue) == (Tier.L1, "service-desk")
    assert ticket.title == "ws-17: The screen flickers."
    assert ticket.description == (
        "The screen flickers.\nSince Monday.\n\nReported by anna on ws-17"
    )
    assert (entry.event, entry.actor, entry.visibility) == ("opened", "anna", Visibility.PUBLIC)
    assert len(desk.announcements) == 1


@pytest.mark.parametrize(
    ("criticality", "priority"),
    [
        (Criticality.HIGH, Priority.HIGH),
        (Criticality.NORMAL, Priority.MEDIUM),
        (Criticality.LOW, Priority.LOW),
    ],
)
def test_priority_follows_from_the_device(
    desk: FakeDesk, criticality: Criticality, priority: Priority
) -> None:
    report(desk, "slow", criticality=criticality)

    assert desk.ticket.priority is priority


def test_each_report_is_a_ticket_of_its_own(desk: FakeDesk) -> None:
    report(desk, "slow")
    report(desk, "slow")

    assert len(desk.tickets) == 2


def test_unknown_user(desk: FakeDesk) -> None:
    report(desk, "slow", user_name="")

    assert desk.entries[0].actor == "user"
    assert desk.ticket.description.endswith("Reported by an unknown user on ws-17")


def test_text_of_4000_characters_is_kept(desk: FakeDesk) -> None:
    report(desk, "x" * 4000)

    assert desk.ticket.description.startswith("x" * 4000)
    assert len(desk.ticket.title) == 200


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("x" * 4001, "problem report has 4001 characters", id="too-long"),
        pytest.param(" \n", "problem report is empty", id="empty"),
    ],
)
def test_wrong_text_is_refused(desk: FakeDesk, text: str, says: str) -> None:
    with pytest.raises(InvalidError, match=says):
        report(desk, text)

    assert desk.tickets == []
