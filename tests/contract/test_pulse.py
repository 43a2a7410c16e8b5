"""Whether the database answers is known before anybody has to wait for it."""

import logging

import pytest

from sickbay_collector.core.errors import StoreError
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.pulse import Pulse
from tests.kit.postgres import Cluster


def test_one_miss_is_not_the_end_and_one_answer_is_enough(
    durable_cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """A burst of work may cost an answer; two mean that the database is gone."""
    engine = open_engine(durable_cluster.url())
    ticks = iter((10.0, 17.5))
    pulse = Pulse(engine, lambda: next(ticks))
    beats = [pulse.beats]
    with caplog.at_level(logging.WARNING):
        durable_cluster.stop()
        for _ in range(3):
            pulse.feel()
            beats.append(pulse.beats)
        with pytest.raises(StoreError, match="does not answer"):
            pulse.require()
        durable_cluster.start()
        pulse.feel()
        beats.append(pulse.beats)
        pulse.require()
    engine.dispose()

    assert beats == [True, True, False, False, True]
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "database.gone",
        "database.back",
    ]
    assert caplog.records[1].getMessage() == "database.back after_s=7.5"
