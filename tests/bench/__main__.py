"""Measures and prints a table; `build/bench.json` holds the figures under flat keys.

The baselines run in the same minute as what they are compared with, because machines are shared.
"""

import json
import sys
import tempfile
from pathlib import Path

from tests.bench import core
from tests.bench.load import ECHO, REPORT, Figure, enrolled, requests, run, server

DEVICES = 32
UNARY_CALLS = 60
BATCH_CALLS = 6
BATCH = 100
ROUNDS = 3
OUTPUT = Path("build/bench.json")


def main() -> None:
    """Run every measurement and write the figures."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _say("ingest: echo beside acknowledged reports")
        figures |= _ingest(folder)
    _say("core: validate, rules, score")
    figures |= core.measure()
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    for key, value in figures.items():
        sys.stdout.write(f"{key:36} {value:12.3f}\n")


def _ingest(folder: Path) -> dict[str, float]:
    """Measure echo and collector turn by turn, and keep each one's best round."""
    echoes: list[Figure] = []
    unary: list[Figure] = []
    batches: list[Figure] = []
    with server("collector", folder) as (collector, said), server("echo", folder) as (echo, told):
        devices = enrolled(said, folder, DEVICES)
        for _ in range(ROUNDS):
            bodies = [requests(device, calls=UNARY_CALLS, batch=1) for device in devices]
            echoes.append(run(echo, ECHO, int(str(told["agent"])), devices, bodies))
            unary.append(run(collector, REPORT, int(str(said["agent"])), devices, bodies))
            bodies = [requests(device, calls=BATCH_CALLS, batch=BATCH) for device in devices]
            batches.append(run(collector, REPORT, int(str(said["agent"])), devices, bodies))
    bare, single, batch = (max(one, key=_rate) for one in (echoes, unary, batches))
    return {
        "echo_per_cpu_s": bare.calls_per_cpu_s,
        "unary_per_cpu_s": single.calls_per_cpu_s,
        "unary_ratio_to_echo": single.calls_per_cpu_s / bare.calls_per_cpu_s,
        "unary_p50_ms": single.p50_ms,
        "unary_p99_ms": single.p99_ms,
        "batch100_samples_per_s": batch.calls_per_cpu_s * BATCH,
        "batch100_p99_ms": batch.p99_ms,
    }


def _rate(figure: Figure) -> float:
    return figure.calls_per_cpu_s


def _say(line: str) -> None:
    sys.stderr.write(f"bench: {line}\n")


if __name__ == "__main__":
    main()
