"""Turns what an agent says of itself into a value; a figure beyond its range is left out."""

from google.protobuf.duration_pb2 import Duration

from sickbay.v1 import telemetry_pb2
from sickbay_collector.core.agent_status import AgentStatus

_SAMPLE_INTERVAL_S = (1.0, 86_400.0)
# Ten years: no process runs longer, nor takes more of a processor than all of them a day each.
_LONGEST_S = 10 * 366 * 86_400.0
MAX_WAITING = 1 << 32
MAX_BYTES = 1 << 50
"""More than any disk or memory that an agent runs on."""


def decode_agent_status(message: telemetry_pb2.AgentStatus) -> AgentStatus:
    """Return how an agent fares."""
    has = message.HasField
    interval, uptime, cpu_time = message.sample_interval, message.uptime, message.cpu_time
    return AgentStatus(
        sample_interval_s=_span(interval, *_SAMPLE_INTERVAL_S) if has("sample_interval") else None,
        uptime_s=_span(uptime, 0.0, _LONGEST_S) if has("uptime") else None,
        waiting_records=(
            _count(message.waiting_records, MAX_WAITING) if has("waiting_records") else None
        ),
        spool_bytes=_count(message.spool_bytes, MAX_BYTES) if has("spool_bytes") else None,
        cpu_time_s=_span(cpu_time, 0.0, _LONGEST_S) if has("cpu_time") else None,
        rss_bytes=_count(message.rss_bytes, MAX_BYTES) if has("rss_bytes") else None,
    )


def _span(duration: Duration, low: float, high: float) -> float | None:
    seconds = round(duration.seconds + duration.nanos / 1e9, 3)
    return seconds if low <= seconds <= high else None


def _count(value: int, most: int) -> int | None:
    return value if value <= most else None
