"""Draws `deploy/images/device.svg`, the README's picture: the fixture laptop with a full disk.

`make picture` runs the real collector, delivers real reports and draws what the CLI prints.
"""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.kit.collector import RunningCollector
from tests.kit.laptop import deliver, laptop_sampler

TARGET = Path("deploy/images/device.svg")
COLUMNS = 120
# Minutes of samples that fill the volume, more than the rule's 15.
_MINUTES = 40
_GIB = 1 << 30


def main() -> None:
    """Draw the picture."""
    with tempfile.TemporaryDirectory() as name, RunningCollector(Path(name) / "state") as collector:
        device = collector.device()
        sampler = laptop_sampler(Path(name))
        now = datetime.now(UTC)
        for minute in range(_MINUTES, -1, -1):
            taken = sampler.take(now - timedelta(minutes=minute), slow=minute in {_MINUTES, 0})
            volumes = tuple(
                replace(volume, free_bytes=int(4.4 * _GIB) - (_MINUTES - minute) * 20_000_000)
                if volume.is_system
                else volume
                for volume in taken.sample.volumes
            )
            session = taken.sample.session and replace(taken.sample.session, user_idle_s=12.0)
            sample = replace(taken.sample, volumes=volumes, session=session)
            deliver(device, replace(taken, sample=sample))
        page = _page(collector, device.device_id)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(_svg(page))
    sys.stdout.write(f"{TARGET} drawn\n")


def _page(collector: RunningCollector, device_id: str) -> str:
    environment = {
        **os.environ,
        "SICKBAY_URL": collector.api_url,
        "SICKBAY_TOKEN": collector.api_token(),
        "COLUMNS": str(COLUMNS),
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
    }
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "sickbay_collector.cli", "device", "show", device_id]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def _svg(page: str) -> str:
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(page))
    drawn = console.export_svg(title="sickbay device show", theme=MONOKAI)
    # Without the fonts that it would fetch from elsewhere.
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)


if __name__ == "__main__":
    main()
