"""The probes. One file each; a probe takes part by its line in PROBES."""

from sickbay_agent.probes import (
    battery,
    cpu,
    cpu_load,
    drive_health,
    drive_load,
    drives,
    memory,
    memory_modules,
    system,
    thermal,
    volume_list,
    volumes,
)
from sickbay_agent.probes.contract import Probe

PROBES: tuple[Probe, ...] = (
    battery.PROBE,
    cpu.PROBE,
    cpu_load.PROBE,
    drive_health.PROBE,
    drive_load.PROBE,
    drives.PROBE,
    memory.PROBE,
    memory_modules.PROBE,
    system.PROBE,
    thermal.PROBE,
    volume_list.PROBE,
    volumes.PROBE,
)
