"""A collector that works, seen by the real Prometheus."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.kit.collector import RunningCollector
from tests.kit.device import sample_record
from tests.kit.prometheus import PROMETHEUS, PROMTOOL, running_prometheus, wait_for_value
from tests.kit.samples import office_sample

RECORDS = 3


@pytest.mark.skipif(PROMETHEUS is None or PROMTOOL is None, reason="prometheus is not installed")
def test_what_was_ingested_is_in_prometheus(tmp_path: Path) -> None:
    """The counter has the value of what devices sent; promtool finds nothing to say."""
    with RunningCollector(tmp_path / "state") as collector:
        device = collector.device()
        records = [sample_record(datetime.now(UTC), office_sample()) for _ in range(RECORDS)]
        device.report(*(device.envelope(record) for record in records))
        device.close()
        with running_prometheus(tmp_path, collector.metrics_url) as prometheus:
            ok = wait_for_value(prometheus, 'sickbay_ingest_records_total{status="ok"}')
            online = wait_for_value(prometheus, 'sickbay_devices{presence="online"}')
        with urlopen(collector.metrics_url, timeout=30) as answer:  # noqa: S310 - our own address
            metrics = answer.read()
    checked = subprocess.run(
        [str(PROMTOOL), "check", "metrics"], input=metrics, capture_output=True, check=False
    )

    assert (ok, online) == (str(RECORDS), "1")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
