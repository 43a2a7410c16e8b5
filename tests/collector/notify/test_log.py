import logging

import pytest

from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.notify.channel import Delivery, Message
from sickbay_collector.notify.log import LogChannel
from tests.collector.desk_builders import NOW


def test_log_channel_writes_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """A line break or quote in a ticket's text cannot begin a line or a value of its own."""
    caplog.set_level(logging.INFO)
    message = Message(
        key="t:1-opened:log",
        payload={"number": "7", "title": 'ws-17: "C:"\nfull'},
        recipient="technician:ann",
        created_at=NOW,
    )
    delivery = LogChannel().send(message)

    assert delivery == Delivery(outcome=Outcome.OK)
    assert [record.getMessage() for record in caplog.records] == [
        'notify key=t:1-opened:log number="7" title="ws-17: \\"C:\\"\\nfull" to="technician:ann"'
    ]
