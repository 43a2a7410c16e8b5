import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sickbay_agent.model.software import PendingUpdate
from sickbay_agent.probes.update_memory import KnownUpdate, Memory, load, remember, save

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BEFORE = NOW - timedelta(days=9)
PLAIN = PendingUpdate(name="tzdata", installed_version="1", new_version="2")
SECURITY = PendingUpdate(name="tzdata", installed_version="1", new_version="3", is_security=True)
NEXT = PendingUpdate(name="tzdata", installed_version="2", new_version="3")


def known(update: PendingUpdate, seen: datetime, security: datetime | None = None) -> KnownUpdate:
    return KnownUpdate(update=update, seen_at=seen, security_seen_at=security)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param(None, SECURITY, known(SECURITY, NOW, NOW), id="first time"),
        pytest.param(known(PLAIN, BEFORE), PLAIN, known(PLAIN, BEFORE), id="still pending"),
        pytest.param(
            known(PLAIN, BEFORE), SECURITY, known(SECURITY, BEFORE, NOW), id="replaced by security"
        ),
        pytest.param(
            known(SECURITY, BEFORE, BEFORE),
            SECURITY,
            known(SECURITY, BEFORE, BEFORE),
            id="security still pending",
        ),
        pytest.param(known(PLAIN, BEFORE), NEXT, known(NEXT, NOW), id="installed, then the next"),
    ],
)
def test_since_when(before: KnownUpdate | None, now: PendingUpdate, expected: KnownUpdate) -> None:
    """An update is pending since it was first seen, until another version is installed."""
    memory = None if before is None else Memory(inputs="old", known=(before,))

    assert remember([now], memory, inputs="new", now=NOW) == Memory(inputs="new", known=(expected,))


def test_saved_memory_is_loaded(tmp_path: Path) -> None:
    """Nothing is lost on the way."""
    memory = Memory(inputs="x", known=(known(SECURITY, BEFORE, NOW), known(NEXT, NOW)))
    save(tmp_path / "updates.json", memory)

    assert memory == load(tmp_path / "updates.json")
    assert [path.name for path in tmp_path.iterdir()] == ["updates.json"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut"),
        pytest.param("[]", id="another type"),
        pytest.param("{}", id="no keys"),
        pytest.param('{"inputs": "x", "known": [1]}', id="no object"),
        pytest.param(
            '{"inputs": "x", "known": [{"update": {"odd": 1}, "seen_at": "", '
            '"security_seen_at": null}]}',
            id="unknown field",
        ),
    ],
)
def test_damaged_memory(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged file is forgotten with a line in the log; the next run writes it anew."""
    path = tmp_path / "updates.json"
    path.write_text(text)

    assert load(path) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_no_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The first run is nothing to log."""
    with caplog.at_level(logging.DEBUG):
        assert load(tmp_path / "updates.json") is None

    assert caplog.records == []


def test_unwritable_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A full disk does not cost the report."""
    save(tmp_path / "missing" / "updates.json", Memory(inputs="x", known=()))

    assert "event=update_memory_unsaved" in caplog.text
