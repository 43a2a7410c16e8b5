"""Whether a firewall is on, as its own settings and run-time files say.

The rules that the kernel holds can be read by root only, and a rule alone does not tell whether
it protects; so this asks the three managers that distributions ship.
"""

from sickbay_agent.probes.contract import Roots
from sickbay_agent.probes.files import read_text
from sickbay_agent.probes.operating_system import parse_assignments


def read_firewall(roots: Roots) -> bool | None:
    """Return whether a firewall is on; None where none of the known managers is installed."""
    states = [_ufw(roots), _firewalld(roots), _nftables(roots)]
    known = [state for state in states if state is not None]
    return any(known) if known else None


def _ufw(roots: Roots) -> bool | None:
    """Return whether ufw is enabled. Source: ufw's conf/ufw.conf."""
    text = read_text(roots.etc / "ufw/ufw.conf")
    return None if text is None else parse_assignments(text).get("ENABLED", "").lower() == "yes"


def _firewalld(roots: Roots) -> bool | None:
    """Return whether firewalld runs; it keeps a folder or a process id in <run> while it does."""
    if not (roots.etc / "firewalld").is_dir():
        return None
    return (roots.run / "firewalld").exists() or (roots.run / "firewalld.pid").exists()


def _nftables(roots: Roots) -> bool | None:
    """Return True where nftables' rules are loaded at boot, else None.

    Debian installs the service switched off beside other managers, so off tells nothing.
    """
    wants = ("sysinit.target.wants", "multi-user.target.wants")
    units = (roots.etc / "systemd/system" / folder / "nftables.service" for folder in wants)
    return True if any(unit.is_symlink() for unit in units) else None
