"""A job closes the hour of a device whose collector still has it in memory."""

from datetime import datetime, timedelta

from sickbay_collector.services.history_upkeep import close_left_open
from tests.collector.core.judging import NOW, a_record, a_sample
from tests.collector.services.test_ingest import Ward, a_report

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def _on(seconds: float) -> bool:
    del seconds
    return False


def test_a_device_in_memory_goes_on_after_its_hour_was_closed() -> None:
    """Its collector finds the row changed, reads it anew, and loses and doubles nothing."""
    ward = Ward()

    def take(seq: int, at: datetime) -> None:
        ward.take(a_report(a_record(a_sample(at), seq=seq), received_at=at))

    take(1, NOW - 3 * HOUR)
    closed = close_left_open(ward.database.open, NOW, _on)
    take(2, NOW - 3 * HOUR + MINUTE)
    take(3, NOW)
    again = close_left_open(ward.database.open, NOW + 4 * HOUR, _on)

    assert (closed, again) == (1, 1)
    assert ward.points() == [NOW - 3 * HOUR, NOW - 3 * HOUR + MINUTE, NOW]
