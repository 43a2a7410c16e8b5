"""The table: each figure beside the baseline of its own run, and the ratio it should reach.

A goal is what the project promised of the figure itself, or, where it promised a ratio, of the
ratio. Machines differ and are shared, so the baseline stands beside it. Nothing here fails a build.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_MISSING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure, what it is compared with, and what the comparison should give."""

    key: str
    says: str
    baseline: str = ""
    """Key of the figure that it is divided by; empty for the figure itself."""
    at_least: float | None = None
    at_most: float | None = None
    is_ratio: bool = False
    """Whether the goal is one of the ratio, not of the figure."""


LINES = (
    Line(key="echo_per_cpu_s", says="bare echo, calls per CPU second"),
    Line(key="upserts_per_cpu_s", says="bare upserts, rows per CPU second"),
    Line(
        key="unary_per_cpu_s",
        says="one sample a report, SQLite",
        baseline="echo_per_cpu_s",
        at_least=0.7,
        is_ratio=True,
    ),
    Line(
        key="batch5_samples_per_s",
        says="five a report, SQLite",
        baseline="echo_per_cpu_s",
        at_least=3000,
    ),
    Line(
        key="batch100_samples_per_s",
        says="a hundred a report, SQLite",
        baseline="echo_per_cpu_s",
        at_least=5000,
    ),
    Line(key="pg_unary_samples_per_s", says="one, PostgreSQL", baseline="echo_per_cpu_s"),
    Line(
        key="pg_batch5_samples_per_s",
        says="five, PostgreSQL",
        baseline="echo_per_cpu_s",
        at_least=3000,
    ),
    Line(key="pg_batch100_samples_per_s", says="a hundred, PostgreSQL", baseline="echo_per_cpu_s"),
    Line(
        key="pg_batch5_database_us_per_sample",
        says="PostgreSQL's own CPU a sample, us",
        baseline="core_us_per_sample",
    ),
    Line(key="unary_p50_ms", says="until acknowledged, p50 ms", baseline="echo_p50_ms"),
    Line(key="unary_p99_ms", says="until acknowledged, p99 ms", baseline="echo_p99_ms"),
    Line(key="batch5_p50_ms", says="five a report, p50 ms", baseline="echo_p50_ms"),
    Line(key="batch5_p99_ms", says="five a report, p99 ms", baseline="echo_p99_ms"),
    Line(key="pg_batch5_p99_ms", says="five, PostgreSQL, p99 ms", baseline="echo_p99_ms"),
    Line(key="decode_and_validate_us", says="decode with checks, us", baseline="echo_call_us"),
    Line(key="validate_us", says="core: validate, us", baseline="echo_call_us"),
    Line(key="score_us", says="core: score, us", baseline="echo_call_us"),
    Line(key="rules_us", says="core: rules, us", baseline="echo_call_us"),
    Line(
        key="core_us_per_sample",
        says="core: all of it, us",
        baseline="echo_call_us",
        at_most=100,
    ),
    Line(
        key="kib_per_connection",
        says="held connection, KiB",
        baseline="echo_kib_per_connection",
        at_most=1.2,
        is_ratio=True,
    ),
    Line(key="back_to_life_s", says="fleet back after a restart, s", baseline="splay_s"),
    Line(key="db_bytes_per_sample", says="database grows by, bytes a sample", at_most=30),
    Line(
        key="db_hours_bytes_per_sample",
        says="of it packed hours",
        baseline="sent_bytes_per_sample",
    ),
    Line(key="db_kib_per_device_day", says="database, KiB a device and 24 h"),
    Line(
        key="wire_kib_per_device_day",
        says="wire, KiB a working day, closing",
        baseline="wire_kib_per_device_day_kept",
    ),
    Line(
        key="chart_30d_ms",
        says="chart of 30 days by hour, ms",
        baseline="chart_30d_samples_ms",
        at_most=30,
    ),
    Line(key="agent_rss_mib", says="agent after its first report, MiB", at_most=45),
    *(
        Line(
            key=f"{prefix}{key}",
            says=f"{says}{suffix}",
            baseline=base and prefix + base,
            at_most=most,
        )
        for prefix, suffix in (("", ", SQLite"), ("pg_", ", PG"))
        for key, says, base, most in (
            ("ticket_list_p95_ms", "slowest list p95, ms", "", 50),
            ("ticket_pages_p95_ms", "slowest page of them, ms", "", 100),
            ("sla_sweep_100k_none_s", "sweep, none due, s", "", 5),
            ("sla_sweep_100k_one_percent_s", "sweep, 1 % due, s", "", 5),
            ("sla_sweep_100k_all_s", "sweep, all due, s", "sla_sweep_100k_rows_s", 5),
            ("kpi_year_100k_s", "KPI of a year, s", "", None),
            ("metrics_100k_first_s", "first scrape, s", "", None),
            ("metrics_100k_s", "next scrape, s", "", None),
        )
    ),
    Line(key="routing_decision_ms", says="routing, 200 technicians, ms", at_most=5),
    Line(key="coverage_page_p95_ms", says="coverage, 200 technicians, p95, ms", at_most=100),
    Line(key="coverage_page_first_ms", says="of it weeks that nobody looked at, ms"),
    Line(key="coverage_api_p95_ms", says="the same, API", at_most=100),
    Line(key="coverage_api_first_ms", says="of it weeks that nobody looked at, ms"),
    Line(
        key="device_pages_100k_p95_ms",
        says="slowest page of 100,000 devices, p95, ms",
        at_most=100,
    ),
    Line(key="pg_device_pages_100k_p95_ms", says="the same, PostgreSQL", at_most=100),
    *(
        Line(key=f"{prefix}first_{kind}_{key}_p95_ms", says=f"{what}, {says}{suffix}", at_most=most)
        for prefix, suffix in (("", ", SQLite"), ("pg_", ", PG"))
        for key, says in (("100k", "all devices"), ("third", "a third"), ("site", "a site"))
        for kind, what, most in (("look", "first look", 100), ("whole_look", "whole", None))
    ),
    Line(key="chart_30d_three_p95_ms", says="30 days of three metrics, p95, ms", at_most=150),
    Line(key="pg_chart_30d_three_p95_ms", says="the same, PostgreSQL", at_most=150),
)


def rows(figures: Mapping[str, float]) -> Iterator[str]:
    """Return the table line by line. What was not measured shows as such."""
    yield f"{'figure':36}{'value':>12}{'baseline':>12}{'ratio':>9}  goal"
    for line in LINES:
        value = figures.get(line.key)
        base = figures.get(line.baseline) if line.baseline else None
        ratio = value / base if value is not None and base else None
        yield (
            f"{line.says:36}{_number(value):>12}{_number(base):>12}{_number(ratio):>9}  "
            f"{_goal(line, ratio if line.is_ratio else value)}"
        ).rstrip()
    probes = sorted(key for key in figures if key.startswith("probe_"))
    for key in probes:
        yield f"{key.removesuffix('_ms').replace('_', ' ', 1) + ', ms':36}{figures[key]:>12,.2f}"


def _number(value: float | None) -> str:
    if value is None:
        return _MISSING
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"


def _goal(line: Line, reached: float | None) -> str:
    if line.at_least is not None:
        return f"{_of(line)}>= {line.at_least:,g}{_word(reached and reached >= line.at_least)}"
    if line.at_most is not None:
        return f"{_of(line)}<= {line.at_most:,g}{_word(reached and reached <= line.at_most)}"
    return ""


def _of(line: Line) -> str:
    return "ratio " if line.is_ratio else ""


def _word(verdict: float | None) -> str:
    if verdict is None:
        return ""
    return " reached" if verdict else " not reached"
