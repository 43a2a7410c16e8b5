"""What a large desk takes: lists, decisions, SLA sweeps, reports, metrics, coverage."""

from tests.bench import coverage, routing, sla, tickets, year


def measure() -> dict[str, float]:
    """Return the figures of all of them, on SQLite and, with a prefix, on PostgreSQL."""
    parts = (tickets, routing, sla, year, coverage)
    return {name: value for part in parts for name, value in part.measure().items()}
