"""How a device's agent fares, as a part of the device's page."""

from datetime import datetime

from sickbay_collector.cli.client import Record
from sickbay_collector.cli.device_parts import Part, named
from sickbay_collector.cli.words import NOTHING, ago, local, number_of, record_of, text_of
from sickbay_collector.core.words import percent, size, span


def part(device: Record, now: datetime) -> Part:
    """Return how a device's agent fares; what it does not say is left out."""
    agent = record_of(device, "agent")
    reports, samples = number_of(device, "report_interval_s"), number_of(agent, "sample_interval_s")
    waiting, spool = number_of(agent, "waiting_records"), number_of(agent, "spool_bytes")
    memory, share = number_of(agent, "rss_bytes"), number_of(agent, "cpu_share")
    spent = number_of(agent, "cpu_time_s")
    used = "" if spent is None else span(spent) if share is None else f"{percent(share)} of one"
    rows = (
        ("version", text_of(device, "agent_version") or NOTHING),
        ("started", ago(agent["started_at"], now=now) if agent.get("started_at") else ""),
        ("samples", f"every {span(samples)}" if samples else ""),
        ("reports", f"every {span(reports)}" if reports else NOTHING),
        ("waiting", "" if waiting is None else f"{waiting:,.0f} records"),
        ("spool", "" if spool is None else size(spool)),
        ("memory", "" if memory is None else size(memory)),
        ("processor", f"{used} since it started" if used else ""),
        ("certificate", _certificate(device)),
    )
    return Part("Agent", named(rows))


def _certificate(device: Record) -> str:
    until = device.get("certificate_expires_at")
    return f"{text_of(device, 'certificate')}, until {local(until)}" if until else NOTHING
