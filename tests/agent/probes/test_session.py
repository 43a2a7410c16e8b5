import os
from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.sample import SessionSample
from sickbay_agent.probes.session import PROBE, parse_idle_since
from tests.agent.fakes import NOW, laptop_context

TERMINAL = "CLASS=user\nSTATE=active\nTYPE=tty\nTTY=pts/0\n"


def tree(folder: Path, sessions: dict[str, str], idle_s: dict[str, float]) -> Path:
    (folder / "run/systemd/sessions").mkdir(parents=True)
    (folder / "dev/pts").mkdir(parents=True)
    for name, text in sessions.items():
        (folder / "run/systemd/sessions" / name).write_text(text)
    for name, seconds in idle_s.items():
        (folder / "dev" / name).touch()
        at = NOW.timestamp() - seconds
        os.utime(folder / "dev" / name, (at, at))
    return folder


def test_laptop() -> None:
    """One person at the desktop, who left eight minutes ago; greeter and manager do not count."""
    sample = PROBE.read(laptop_context()).sample

    assert sample.session == SessionSample(user_idle_s=480.0, session_count=1)
    assert sample.absences == ()


@pytest.mark.parametrize(
    ("sessions", "idle_s", "expected"),
    [
        pytest.param(
            {"1": TERMINAL},
            {"pts/0": 90.0},
            SessionSample(user_idle_s=90.0, session_count=1),
            id="one terminal",
        ),
        pytest.param(
            {"1": TERMINAL, "2": TERMINAL.replace("pts/0", "tty3")},
            {"pts/0": 90.0, "tty3": 5.0},
            SessionSample(user_idle_s=5.0, session_count=2),
            id="the newest counts",
        ),
        pytest.param(
            {"1": TERMINAL},
            {"pts/0": -5.0},
            SessionSample(user_idle_s=0.0, session_count=1),
            id="the clock was set back",
        ),
        pytest.param(
            {"1": TERMINAL.replace("active", "closing")},
            {"pts/0": 90.0},
            SessionSample(session_count=0),
            id="logged out",
        ),
    ],
)
def test_terminals(
    tmp_path: Path,
    sessions: dict[str, str],
    idle_s: dict[str, float],
    expected: SessionSample,
) -> None:
    """A key press is an access to the terminal's device."""
    folder = tree(tmp_path, sessions, idle_s)

    assert expected == PROBE.read(laptop_context(folder=folder)).sample.session


@pytest.mark.parametrize(
    ("sessions", "kind"),
    [
        pytest.param({}, AbsenceKind.NOT_APPLICABLE, id="nobody"),
        pytest.param({"1": TERMINAL}, AbsenceKind.UNKNOWN, id="terminal is gone"),
        pytest.param(
            {"1": "CLASS=user\nSTATE=active\nTYPE=wayland\n"},
            AbsenceKind.UNKNOWN,
            id="logind does not answer",
        ),
    ],
)
def test_idle_time_is_unknown(tmp_path: Path, sessions: dict[str, str], kind: AbsenceKind) -> None:
    """Unknown is said and why, for then every minute counts as used."""
    sample = PROBE.read(laptop_context(folder=tree(tmp_path, sessions, {}))).sample

    assert [(absence.topic, absence.kind) for absence in sample.absences] == [
        ("session/user_idle_s", kind)
    ]


def test_pipes_beside_the_sessions_are_not_opened(tmp_path: Path) -> None:
    """Logind keeps a pipe for each session; reading it would wait for ever."""
    folder = tree(tmp_path, {"1": TERMINAL}, {"pts/0": 90.0})
    os.mkfifo(folder / "run/systemd/sessions/1.ref")
    session = PROBE.read(laptop_context(folder=folder)).sample.session

    assert session == SessionSample(user_idle_s=90.0, session_count=1)


def test_without_logind(tmp_path: Path) -> None:
    """Then pseudo terminals alone tell, and the number of sessions is not known."""
    folder = tree(tmp_path, {}, {"pts/0": 90.0, "pts/ptmx": 1.0})
    (folder / "run/systemd/sessions").rmdir()

    assert PROBE.read(laptop_context(folder=folder)).sample.session == SessionSample(
        user_idle_s=90.0
    )


def test_neither_logind_nor_terminal(tmp_path: Path) -> None:
    """A container has no sessions."""
    with pytest.raises(NotApplicable, match="neither logind nor a terminal"):
        PROBE.read(laptop_context(folder=tmp_path))


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        pytest.param("IdleHint=no\nIdleSinceHint=0\n", [0.0], id="in use"),
        pytest.param(
            f"IdleHint=yes\nIdleSinceHint={int(NOW.timestamp() - 60)}000000\n\nIdleHint=no\n",
            [60.0, 0.0],
            id="two sessions",
        ),
        pytest.param("IdleHint=yes\nIdleSinceHint=n/a\n", [], id="not a number"),
        pytest.param("IdleHint=yes\nIdleSinceHint=" + "9" * 5000, [], id="too many digits"),
        pytest.param("", [], id="empty"),
    ],
)
def test_idle_since(properties: str, expected: list[float]) -> None:
    """Logind says since when in microseconds since 1970."""
    assert expected == list(parse_idle_since(properties, NOW))


def test_absence_says_why(tmp_path: Path) -> None:
    """The reason is a sentence for a technician."""
    sample = PROBE.read(laptop_context(folder=tree(tmp_path, {}, {}))).sample

    assert sample.absences == (
        Absence(
            topic="session/user_idle_s",
            kind=AbsenceKind.NOT_APPLICABLE,
            reason="nobody is logged in",
        ),
    )
