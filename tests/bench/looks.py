"""How long somebody waits for a page or an answer, and the CPU that it takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles

from starlette.testclient import TestClient

READS = 20


@dataclass(frozen=True, slots=True)
class Took:
    """95th percentiles of one path, milliseconds."""

    wall_ms: float
    cpu_ms: float
    """Of this process: of SQLite all, of PostgreSQL without its own."""


def p95(client: TestClient, path: str, *, before: Callable[[], object] | None = None) -> Took:
    """Return what a path takes; what is done before each read does not count."""
    walls, cpus = [], []
    for _ in range(READS):
        if before is not None:
            before()
        wall, cpu = time.perf_counter(), time.process_time()
        answer = client.get(path)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    return Took(quantiles(walls, n=20)[-1], quantiles(cpus, n=20)[-1])
