"""Records that the collector will never accept, set aside for people to look at.

Two files of JSON lines; the older one is dropped when the newer is full, so both together stay
below a limit.
"""

import base64
import json
import logging
from datetime import datetime
from pathlib import Path

from sickbay_agent.model.record import Lane

log = logging.getLogger(__name__)

LIMIT_BYTES = 1 << 20


class Quarantine:
    """The records set aside.

    Args:
        folder: Where the two files are.
        limit_bytes: Size of both together, at most.
    """

    def __init__(self, folder: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._newer = folder / "quarantine.jsonl"
        self._older = folder / "quarantine.old.jsonl"
        self._half_bytes = limit_bytes // 2

    def add(self, *, lane: Lane, seq: int, body: bytes, reason: str, at: datetime) -> None:
        """Set a record aside. A record too large for the file is noted without its body.

        A disk that refuses is logged: a record that nobody accepts must not hold up the others.
        """
        line = _line(lane=lane, seq=seq, body=body, reason=reason, at=at)
        if len(line) > self._half_bytes:
            line = _line(lane=lane, seq=seq, body=None, reason=reason, at=at)
        try:
            if self._size() + len(line) > self._half_bytes:
                self._newer.replace(self._older)
            with self._newer.open("ab") as file:
                file.write(line)
        except OSError as error:
            log.warning("quarantine=%s not written: %s", self._newer, error.strerror)

    def _size(self) -> int:
        return self._newer.stat().st_size if self._newer.exists() else 0


def _line(*, lane: Lane, seq: int, body: bytes | None, reason: str, at: datetime) -> bytes:
    entry = {
        "at": at.isoformat(),
        "lane": str(lane),
        "seq": seq,
        "reason": reason[:512],
        "body": None if body is None else base64.b64encode(body).decode(),
    }
    return json.dumps(entry).encode() + b"\n"
