"""One event is one line, whatever it holds."""

import json
import logging
from collections.abc import Iterator

import pytest

from sickbay_collector.logs import configure_logs

_HOSTILE = "pc\r\nlevel=critical\x1b[2J\x00\u202e\u2028\x9b"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Logging as it was, after the test."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    quiet = {name: logging.getLogger(name).level for name in ("uvicorn", "alembic")}
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_hostile_text_stays_on_its_line(
    as_json: bool,  # noqa: FBT001 - a parameter of the test
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A host name cannot forge a line, colour a terminal or reverse the text."""
    configure_logs(level="info", as_json=as_json)

    logging.getLogger("test").warning("report refused host=%s", _HOSTILE)
    written = capsys.readouterr().err

    assert len(written.splitlines()) == 1
    assert written.rstrip("\n").isprintable()


def test_json_lines_are_parsed(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, level, logger and event, the text as it was."""
    configure_logs(level="info", as_json=True)

    logging.getLogger("sickbay.test").warning("host=%s", _HOSTILE)
    line = json.loads(capsys.readouterr().err)

    assert f"host={_HOSTILE}" == line["event"]
    assert (line["level"], line["logger"]) == ("warning", "sickbay.test")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_an_exception_is_part_of_its_line(
    as_json: bool,  # noqa: FBT001 - a parameter of the test
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A traceback does not spread over the lines behind."""
    configure_logs(level="info", as_json=as_json)
    try:
        int(_HOSTILE)
    except ValueError:
        logging.getLogger("test").exception("failed")
    written = capsys.readouterr().err

    assert len(written.splitlines()) == 1
    assert "ValueError" in written


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """What is below it is not written."""
    configure_logs(level="warning", as_json=False)

    logging.getLogger("test").info("quiet")

    assert capsys.readouterr().err == ""
