"""Storage: the worst sign of each drive; a physical drive that is mute is unknown, not well."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sickbay_collector.core.health.model import Cap, Category, Finding
from sickbay_collector.core.health.records import DriveMemory
from sickbay_collector.core.health.signs import Sign, is_known, worst_sign
from sickbay_collector.core.health.verdict import Verdict, judge, nothing
from sickbay_collector.core.sample import Medium

# From here on waiting costs more than the drive. A choice: it is the penalty of S = 1.
_REPLACE_FROM = 50.0


def storage(drives: Mapping[str, DriveMemory], *, unread: str) -> Verdict:
    """Return the verdict on the drives.

    Args:
        drives: At least one.
        unread: Why a drive without a reason of its own was not read, without a full stop.
    """
    findings: list[tuple[Finding, Cap | None]] = []
    gaps: list[str] = []
    seen: list[int] = []
    for drive_id, drive in drives.items():
        if drive.reading is None and (drive.medium is Medium.VIRTUAL or drive.is_not_applicable):
            continue
        if not is_known(drive) or drive.seen_at_s is None:
            gaps.append(f"Drive {drive_id}: {drive.reason or unread}.")
            continue
        seen.append(drive.seen_at_s)
        if sign := worst_sign(drive):
            findings.append(_finding(drive_id, drive, sign, drive.seen_at_s))
    if not seen and not gaps:
        reason = next((d.reason for d in drives.values() if d.reason), "The drives are virtual.")
        return nothing(Category.STORAGE, reason=reason, is_not_applicable=True)
    return judge(Category.STORAGE, findings, seen_at_s=seen, gaps=gaps, unknown=[100.0] * len(gaps))


def _finding(
    drive_id: str, drive: DriveMemory, sign: Sign, seen_at_s: int
) -> tuple[Finding, Cap | None]:
    key = f"storage/{drive_id}"
    finding = Finding(
        category=Category.STORAGE,
        key=key,
        title=f"Drive {drive_id} {sign.words}.",
        remedy=sign.remedy or _remedy(drive_id, sign.penalty),
        penalty=sign.penalty,
        value=sign.value,
        unit=sign.unit,
        threshold=sign.threshold,
        since=datetime.fromtimestamp(drive.since_s or seen_at_s, UTC),
        seen_at=datetime.fromtimestamp(seen_at_s, UTC),
        source=sign.source,
    )
    if sign.cap_limit is None:
        return finding, None
    return finding, Cap(limit=sign.cap_limit, sentence=sign.cap_words, key=key)


def _remedy(drive_id: str, penalty: float) -> str:
    if penalty >= _REPLACE_FROM:
        return f"Back up and replace drive {drive_id}."
    return f"Back up drive {drive_id} and plan its replacement."
