"""Problem reports on their way from `sickbay-agent report-problem` to the running agent.

The spool belongs to the running agent, so the command leaves a file in a folder that the agent
looks into with every sample.
"""

import json
import logging
import os
from pathlib import Path

from sickbay_agent.errors import AgentError
from sickbay_agent.files import make_private_folder, write_atomically
from sickbay_agent.model.record import ProblemReport

log = logging.getLogger(__name__)

# Source: proto/sickbay/v1/telemetry.proto, ProblemReport.text.
TEXT_LIMIT = 4000
INBOX_LIMIT = 100
_FILE_LIMIT_BYTES = 64 << 10


class ProblemInbox:
    """The folder of problem reports that wait for the running agent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, problem: ProblemReport) -> None:
        """Leave a report for the running agent.

        Raises:
            AgentError: It is empty or too long, too many wait, or the folder cannot be written.
        """
        if not problem.text.strip():
            raise AgentError("the text is empty: say what is wrong")
        if len(problem.text) > TEXT_LIMIT:
            raise AgentError(
                f"the text has {len(problem.text)} characters, the limit is {TEXT_LIMIT}"
            )
        entry = {"text": problem.text, "user_name": problem.user_name}
        try:
            make_private_folder(self._folder)
            if len(list(self._folder.glob("*.json"))) >= INBOX_LIMIT:
                raise AgentError(f"{INBOX_LIMIT} reports wait already: is the agent running?")
            path = self._folder / f"{os.urandom(16).hex()}.json"
            write_atomically(path, json.dumps(entry).encode())
        except OSError as error:
            raise AgentError(
                f"{self._folder}: cannot be written: {error.strerror}; run it as the agent's user"
            ) from None

    def take(self) -> list[ProblemReport]:
        """Return the reports that wait, oldest first, and remove them; others are logged."""
        found = []
        try:
            paths = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        except OSError as error:
            log.warning("folder=%s not read: %s", self._folder, error.strerror)
            return []
        for path in paths[:INBOX_LIMIT]:
            try:
                with path.open("rb") as file:
                    entry = json.loads(file.read(_FILE_LIMIT_BYTES))
                found.append(ProblemReport(text=entry["text"], user_name=entry["user_name"]))
                path.unlink()
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("file=%s is no problem report: %s", path, error)
        return found
