"""The probes. One file each; a probe takes part by its line in PROBES."""

from sickbay_agent.probes import (
    boot,
    boot_duration,
    crashes,
    network,
    network_load,
    operating_system,
    pressure,
    protection,
    reboot,
    session,
    shutdown,
    software,
    updates,
)
from sickbay_agent.probes.contract import Probe

PROBES: tuple[Probe, ...] = (
    # Vitals, with each sample.
    boot.PROBE,
    crashes.PROBE,
    network_load.PROBE,
    pressure.PROBE,
    protection.PROBE,
    reboot.PROBE,
    session.PROBE,
    # Slow ones, at start and every hour.
    boot_duration.PROBE,
    network.PROBE,
    operating_system.PROBE,
    shutdown.PROBE,
    software.PROBE,
    updates.PROBE,
)
