"""The probes. One file each; a probe takes part by its line in PROBES."""

from sickbay_agent.probes.contract import Probe

PROBES: tuple[Probe, ...] = ()
