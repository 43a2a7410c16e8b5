"""Acknowledged reports beside a bare echo and bare upserts, on SQLite and on PostgreSQL.

All loads take turns, so that whatever else runs on the machine disturbs each of them alike; of
each the best round counts.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from tests.bench import upserts
from tests.bench.load import REPORT, Course, Figure, Target, enrolled, run, server
from tests.bench.scale import Scale
from tests.bench.servers import ECHO
from tests.kit.postgres import Cluster, programs

_BATCHES = (1, 5, 100)
_UPSERT_COMMITS = 40


def measure(scale: Scale) -> dict[str, float]:
    """Return calls and samples for each second of the server's CPU, and latencies."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sickbay-bench-")))
        sqlite, echo = stack.enter_context(_sqlite_and_echo(folder, scale))
        loads = {"echo": (echo, 1)} | {f"batch{size}": (sqlite, size) for size in _BATCHES}
        postgresql = stack.enter_context(_postgresql(scale))
        if postgresql is not None:
            loads |= {f"pg_batch{size}": (postgresql, size) for size in _BATCHES}
        best: dict[str, Figure] = {}
        rows: list[float] = []
        for _ in range(scale.rounds):
            for name, (target, size) in loads.items():
                best[name] = _better(best.get(name), _one(scale, target, size))
            size_bytes = upserts.row_bytes(folder / "collector.db")
            rows.append(
                upserts.rows_per_cpu_s(
                    folder,
                    size_bytes=size_bytes,
                    devices=scale.devices,
                    commits=_UPSERT_COMMITS,
                )
            )
    return _figures(best) | {"upserts_per_cpu_s": max(rows), "state_row_bytes": float(size_bytes)}


def _one(scale: Scale, target: Target, size: int) -> Figure:
    calls = {1: scale.unary_calls, 5: scale.five_calls, 100: scale.hundred_calls}[size]
    if target.method == ECHO:
        # CPU is told in hundredths of a second; an echo takes so little that it needs more calls.
        calls *= 4
    return run(target, [one.requests(calls=calls, batch=size) for one in target.devices])


def _better(before: Figure | None, after: Figure) -> Figure:
    return after if before is None or after.calls_per_cpu_s > before.calls_per_cpu_s else before


def _figures(best: dict[str, Figure]) -> dict[str, float]:
    figures = {"echo_per_cpu_s": best["echo"].calls_per_cpu_s}
    for name, figure in best.items():
        prefix, _, size = name.rpartition("batch")
        if not size.isdecimal():
            figures |= {f"{name}_p50_ms": figure.p50_ms, f"{name}_p99_ms": figure.p99_ms}
            continue
        named = f"{prefix}unary" if size == "1" else name
        per_s = figure.calls_per_cpu_s * int(size)
        figures |= {f"{named}_p50_ms": figure.p50_ms, f"{named}_p99_ms": figure.p99_ms}
        figures["unary_per_cpu_s" if named == "unary" else f"{named}_samples_per_s"] = per_s
        if prefix:
            samples = figure.calls * int(size)
            figures[f"{named}_database_us_per_sample"] = figure.beside_cpu_s / samples * 1e6
    figures["unary_ratio_to_echo"] = figures["unary_per_cpu_s"] / figures["echo_per_cpu_s"]
    return figures


@contextmanager
def _sqlite_and_echo(folder: Path, scale: Scale) -> Iterator[tuple[Target, Target]]:
    with server("collector", folder) as (process, said), server("echo", folder) as (other, told):
        courses = _courses(said, folder, scale)
        sqlite = _target(process, said, courses, REPORT, _nothing)
        # Others, because a sample that only the echo heard is one the collector misses.
        yield sqlite, _target(other, told, _courses(said, folder, scale), ECHO, _nothing)


@contextmanager
def _postgresql(scale: Scale) -> Iterator[Target | None]:
    """Run a collector on a cluster of its own; None where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        yield None
        return
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sickbay-bench-pg-")))
        cluster = Cluster(data, found, durable=True)
        cluster.start()
        stack.callback(cluster.stop)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sickbay-bench-")))
        settings = {"database_url": cluster.url()}
        process, said = stack.enter_context(server("collector", folder, settings))
        postmaster = int((data / "data" / "postmaster.pid").read_text().split()[0])
        courses = _courses(said, folder, scale)
        yield _target(process, said, courses, REPORT, _tree_cpu_s(psutil.Process(postmaster)))


def _courses(said: dict[str, object], folder: Path, scale: Scale) -> list[Course]:
    devices = enrolled(said, folder, scale.devices)
    return [Course(device, samples=scale.samples_per_device) for device in devices]


def _target(
    process: psutil.Process,
    said: dict[str, object],
    courses: list[Course],
    method: str,
    beside_cpu_s: Callable[[], float],
) -> Target:
    return Target(
        process=process,
        port=int(str(said["agent"])),
        method=method,
        devices=courses,
        beside_cpu_s=beside_cpu_s,
    )


def _nothing() -> float:
    return 0.0


def _tree_cpu_s(process: psutil.Process) -> Callable[[], float]:
    """Return what tells the CPU of a process and its children, those that ended included."""

    def seconds() -> float:
        own = process.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for child in process.children(recursive=True):
            times = child.cpu_times()
            total += times.user + times.system
        return total

    return seconds
