"""Measures and prints a table; `build/bench.json` holds the figures under flat keys.

The baselines run in the same minute as what they are compared with, because machines are shared.
`--quick` measures less of everything; `--only core` a part, whose figures replace those before.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench import agent, connections, core, desk, ingest, pages, storage, wire
from tests.bench.scale import FULL, QUICK, Scale
from tests.bench.table import rows

OUTPUT = Path("build/bench.json")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measurements that are asked for and write the figures."""
    parts: dict[str, Callable[[Scale], dict[str, float]]] = {
        "core": lambda _: core.measure(),
        "desk": lambda _: desk.measure(),
        "pages": lambda _: pages.measure(),
        "ingest": ingest.measure,
        "connections": connections.measure,
        "storage": storage.measure,
        "wire": wire.measure,
        "agent": lambda _: agent.measure(),
    }
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="a few minutes in all")
    parser.add_argument("--only", choices=sorted(parts), help="one part, to work on it")
    options = parser.parse_args(arguments)
    scale = QUICK if options.quick else FULL
    figures: dict[str, float] = {}
    for name in [options.only] if options.only else parts:
        began = time.monotonic()
        figures |= parts[name](scale)
        sys.stderr.write(f"bench: {name} took {time.monotonic() - began:.0f} s\n")
    figures |= _derived(figures)
    OUTPUT.parent.mkdir(exist_ok=True)
    kept = json.loads(OUTPUT.read_text()) if options.only and OUTPUT.exists() else {}
    OUTPUT.write_text(json.dumps(kept | figures, indent=2, sort_keys=True) + "\n")
    sys.stdout.write("\n".join(rows(figures)) + "\n")
    _note(figures)


def _derived(figures: dict[str, float]) -> dict[str, float]:
    """Return figures that compare parts of one run."""
    if "echo_per_cpu_s" not in figures:
        return {}
    return {"echo_call_us": 1e6 / figures["echo_per_cpu_s"]}


def _note(figures: dict[str, float]) -> None:
    """Say what is not measured but worked out from it."""
    if "kib_per_connection" in figures:
        held = figures["held_connections"]
        mib = figures["kib_per_connection"] * 15_000 / 1024
        sys.stdout.write(
            f"extrapolated from {held:,.0f} held connections: 15,000 take {mib:,.0f} MiB\n"
            f"back to life of {held:,.0f}: the agents' waits divided by "
            f"{figures['back_to_life_compression']:g}, half of them back after "
            f"{figures['back_to_life_half_s']:.1f} s, "
            f"{figures['back_to_life_retries']:,.0f} retries\n"
        )


if __name__ == "__main__":
    main()
