from pathlib import Path

import pytest

from sickbay_agent.errors import AgentError
from sickbay_agent.model.record import ProblemReport
from sickbay_agent.problems import INBOX_LIMIT, TEXT_LIMIT, ProblemInbox


def test_a_report_is_taken_once(tmp_path: Path) -> None:
    problem = ProblemReport(text="no sound\nsince noon", user_name="ada")
    ProblemInbox(tmp_path / "problems").add(problem)
    inbox = ProblemInbox(tmp_path / "problems")

    assert inbox.take() == [problem]
    assert inbox.take() == []


def test_a_text_at_the_limit_is_taken_and_one_past_it_refused(tmp_path: Path) -> None:
    inbox = ProblemInbox(tmp_path)
    inbox.add(ProblemReport(text="x" * TEXT_LIMIT))
    with pytest.raises(AgentError, match="has 4001 characters, the limit is 4000"):
        inbox.add(ProblemReport(text="x" * (TEXT_LIMIT + 1)))
    with pytest.raises(AgentError, match="empty"):
        inbox.add(ProblemReport(text=" \n"))

    assert len(inbox.take()) == 1


def test_the_inbox_is_limited(tmp_path: Path) -> None:
    inbox = ProblemInbox(tmp_path)
    for _ in range(INBOX_LIMIT):
        inbox.add(ProblemReport(text="x"))
    with pytest.raises(AgentError, match="100 reports wait already"):
        inbox.add(ProblemReport(text="x"))

    assert len(inbox.take()) == INBOX_LIMIT


def test_other_files_are_survived(tmp_path: Path) -> None:
    inbox = ProblemInbox(tmp_path)
    (tmp_path / "a.json").write_bytes(b"\xff")
    (tmp_path / "b.json").write_text("[]")
    inbox.add(ProblemReport(text="x"))

    assert inbox.take() == [ProblemReport(text="x")]
