"""What the desk takes with very many tickets: SLA sweeps, lists, decisions, reports, metrics."""

from tests.bench import routing, sla, tickets, year


def measure() -> dict[str, float]:
    """Return the figures of all of them, on SQLite and, with a prefix, on PostgreSQL."""
    return {**tickets.measure(), **routing.measure(), **sla.measure(), **year.measure()}
