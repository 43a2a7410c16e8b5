"""What a check says, and what all of them come to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a check says."""

    OK = "ok"
    WARNING = "warning"
    """It works; somebody should look."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of a check, on one line; what is not ok says what to do."""

    check: str
    verdict: Verdict
    text: str


def ok(check: str, text: str) -> Finding:
    """Return that a check found nothing wrong."""
    return Finding(check=check, verdict=Verdict.OK, text=text)


def warning(check: str, text: str) -> Finding:
    """Return that somebody should look."""
    return Finding(check=check, verdict=Verdict.WARNING, text=text)


def problem(check: str, text: str) -> Finding:
    """Return that something does not work."""
    return Finding(check=check, verdict=Verdict.PROBLEM, text=text)


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict; ok when there is none."""
    found = {finding.verdict for finding in findings}
    return next((one for one in (Verdict.PROBLEM, Verdict.WARNING) if one in found), Verdict.OK)
