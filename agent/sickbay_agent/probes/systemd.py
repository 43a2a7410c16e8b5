"""Whether systemd runs here, for probes that ask it."""

from sickbay_agent.probes.contract import Roots


def is_running(roots: Roots) -> bool:
    """Return whether systemd is the running init system. Source: sd_booted(3)."""
    return (roots.run / "systemd/system").is_dir()
