"""A process that appends until it is killed, and says each seq once it is claimed to be safe."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from sickbay_agent.model.record import Lane
from sickbay_agent.spool.spool import Spool, SpoolLimits


def main() -> None:
    """Append to the spool in the folder named by the first argument."""
    spool = Spool(
        Path(sys.argv[1]),
        limits=SpoolLimits(segment_bytes=4096),
        encode_gap=lambda gap, _now: repr(gap).encode(),
        now=datetime.now(UTC),
    )
    while True:
        seq = spool.append(Lane.SAMPLES, b"x" * 300, datetime.now(UTC))
        sys.stdout.write(f"{seq}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
