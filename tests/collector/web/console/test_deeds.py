import pytest

from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.web.console.deeds import did


@pytest.mark.parametrize("kind", TicketEventKind)
def test_every_event_of_a_ticket_reads_as_a_sentence_behind_a_name(kind: TicketEventKind) -> None:
    """A name of an event, such as "cost" or "sla breached", is never what people read."""
    assert len(did(kind).split()) > 1


def test_what_a_newer_collector_wrote_has_its_name() -> None:
    assert did("transmuted") == "transmuted"
