"""Since when nobody has touched the device.

A graphical session's idleness is known to logind, which the desktop tells of it. In a terminal
the newest access time of its device is the last key press: the kernel keeps it in steps of 8 s.
Where neither tells anything the time is unknown, and every minute counts as used.

Source: sd_session_is_active(3) for the files; org.freedesktop.login1(5) for IdleSinceHint.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sickbay_agent.errors import AgentError, NotApplicable
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import Sample, SessionSample
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import children, parse_int, read_text
from sickbay_agent.probes.operating_system import parse_assignments

_GRAPHICAL = frozenset({"x11", "wayland", "mir"})
_USER_CLASSES = frozenset({"user", "user-early", "user-light"})
_LOGINCTL_TIMEOUT_S = 3.0


def read(context: Context) -> Observation:
    """Return the number of sessions and since when all of them have been idle."""
    folder = context.roots.run / "systemd/sessions"
    if not folder.is_dir():
        return _without_logind(context)
    sessions = {path.name: parse_assignments(read_text(path) or "") for path in _files(folder)}
    users = {name: session for name, session in sessions.items() if _is_user(session)}
    idle_s = min(_idle_times_s(context, users), default=None)
    if users:
        absences = _idle_absence(AbsenceKind.UNKNOWN, "no session tells when it was last used")
    else:
        absences = _idle_absence(AbsenceKind.NOT_APPLICABLE, "nobody is logged in")
    return Observation(
        sample=Sample(
            session=SessionSample(user_idle_s=idle_s, session_count=len(users)),
            absences=() if idle_s is not None else absences,
        )
    )


def parse_idle_since(properties: str, now: datetime) -> Iterator[float]:
    """Yield the idle time of each session that `loginctl show-session` lists; 0 when in use."""
    for block in properties.split("\n\n"):
        values = parse_assignments(block)
        since_us = parse_int(values.get("IdleSinceHint"))
        if values.get("IdleHint") == "no":
            yield 0.0
        elif values.get("IdleHint") == "yes" and since_us is not None:
            yield max(0.0, now.timestamp() - since_us / 1e6)


def _idle_times_s(context: Context, users: Mapping[str, Mapping[str, str]]) -> Iterator[float]:
    graphical = [name for name, session in users.items() if session.get("TYPE") in _GRAPHICAL]
    if graphical:
        command = ("loginctl", "show-session", "--property=IdleHint,IdleSinceHint", *graphical)
        with suppress(AgentError):  # without an answer the terminals alone tell
            yield from parse_idle_since(context.run(command, _LOGINCTL_TIMEOUT_S), context.now)
    lines = (session.get("TTY", "") for name, session in users.items() if name not in graphical)
    yield from _tty_idle_s((context.roots.dev / line for line in lines if line), context.now)


def _without_logind(context: Context) -> Observation:
    terminals = list(_terminals(context.roots))
    idle_s = min(_tty_idle_s(terminals, context.now), default=None)
    if idle_s is None:
        raise NotApplicable("there is neither logind nor a terminal, so nobody can be logged in")
    return Observation(sample=Sample(session=SessionSample(user_idle_s=idle_s)))


def _terminals(roots: Roots) -> Iterator[Path]:
    """Yield the terminals that somebody may sit at: pseudo terminals are there only while used."""
    yield from (path for path in children(roots.dev / "pts") if path.name.isdecimal())


def _tty_idle_s(paths: Iterable[Path], now: datetime) -> Iterator[float]:
    for path in paths:
        try:
            yield max(0.0, now.timestamp() - path.stat().st_atime)
        except OSError:
            continue


def _is_user(session: Mapping[str, str]) -> bool:
    return session.get("CLASS") in _USER_CLASSES and session.get("STATE") != "closing"


def _files(folder: Path) -> Iterator[Path]:
    """Yield the sessions' files; beside them are pipes named *.ref, which must not be opened."""
    yield from (path for path in children(folder) if path.is_file())


def _idle_absence(kind: AbsenceKind, reason: str) -> tuple[Absence, ...]:
    return (Absence(topic="session/user_idle_s", kind=kind, reason=reason),)


PROBE = Probe(name="session", cadence=Cadence.SAMPLE, read=read)
