"""What a drive says of its health, and how bad each of its signs is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sickbay_collector.core.health.curve import pl
from sickbay_collector.core.health.error_score import (
    error_rise,
    error_score,
    error_score_penalty,
    failed_in_90_days,
)
from sickbay_collector.core.health.records import DriveMemory, DriveReading
from sickbay_collector.core.sample import Medium

_CALIBRATION = "SMART counters, weighed by failures of 87,068 drives in Backblaze's data"
_SMART_STATUS = "the drive's own SMART status"
_NVME_LOG = "the drive's NVMe health log"

# A choice: below 20 % of its rated life a solid state drive is to be planned for.
_LIFE_LEFT_PERCENT = ((0.0, 100.0), (5.0, 70.0), (10.0, 40.0), (20.0, 0.0))
# May pass 100: rated life is what the maker warrants, not where drives stop.
_USED_PERCENT = ((80.0, 0.0), (90.0, 30.0), (100.0, 50.0), (120.0, 80.0))
# Source: NVM Express base specification, SMART / health information log, critical warning.
_NVME_BITS = (
    (0x04, 100.0, "says that its reliability is degraded"),
    (0x08, 100.0, "has gone read-only"),
    (0x01, 90.0, "runs out of spare blocks"),
    (0x10, 40.0, "lost the backup of its volatile memory"),
    (0x02, 30.0, "is outside its temperature limits"),
)
_NVME_FAILED = (0x04, 0x08)
_NVME_HOT = 0x02
_COOL = "Check cooling and the drive's place in the case."
_MEDIA_ERRORS_ROSE = 30.0
_FAILED_CAP = 25.0
_DEGRADED_CAP = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """The worst thing that a drive says."""

    penalty: float
    words: str
    """Goes behind the drive's name."""
    value: float
    unit: str
    threshold: float
    source: str
    remedy: str = ""
    """What mends it; "" where only another drive does."""
    cap_limit: float | None = None
    cap_words: str = ""


def life_left_penalty(percent: float) -> float:
    """Return the penalty, 0 to 100, of a solid state drive with so much rated life left."""
    return pl(percent, _LIFE_LEFT_PERCENT)


def life_used_penalty(percent: float) -> float:
    """Return the penalty, 0 to 100, of an NVMe drive with so much rated life used."""
    return pl(percent, _USED_PERCENT)


def is_known(drive: DriveMemory) -> bool:
    """Return whether a drive said anything that it can be judged by."""
    reading = drive.reading
    if reading is None:
        return False
    if reading.smart_failed is not None or reading.prefail_failing is not None:
        return True
    if _is_nvme(drive.medium, reading):
        inputs = (reading.nvme_critical_warning, reading.nvme_used_ratio, reading.nvme_spare_ratio)
        return any(value is not None for value in inputs)
    if _is_worn_by_writing(drive.medium, reading):
        return reading.life_left_ratio is not None
    return error_score(reading) is not None


def worst_sign(drive: DriveMemory) -> Sign | None:
    """Return the worst thing that a drive says, None where it says nothing bad."""
    reading = drive.reading
    if reading is None:
        return None
    if _is_nvme(drive.medium, reading):
        return _with_media_errors(max(_nvme_signs(reading), key=_penalty, default=None), drive)
    signs = _wear_signs if _is_worn_by_writing(drive.medium, reading) else _error_signs
    return max((*_status_signs(reading), *signs(reading)), key=_penalty, default=None)


def _penalty(sign: Sign) -> float:
    return sign.penalty


def _is_nvme(medium: Medium, reading: DriveReading) -> bool:
    return medium is Medium.NVME or reading.nvme_critical_warning is not None


def _is_worn_by_writing(medium: Medium, reading: DriveReading) -> bool:
    # Raw error counters of solid state drives differ by maker and count while healthy.
    if medium is Medium.HDD:
        return False
    return medium in {Medium.SSD, Medium.FLASH} or reading.life_left_ratio is not None


def _status_signs(reading: DriveReading) -> Iterator[Sign]:
    if reading.smart_failed or reading.prefail_failing:
        yield Sign(
            penalty=100.0,
            words="reports that it is failing",
            value=1.0,
            unit="flag",
            threshold=1.0,
            source=_SMART_STATUS,
            cap_limit=_FAILED_CAP,
            cap_words="A drive reports that it is failing or read-only.",
        )


def _error_signs(reading: DriveReading) -> Iterator[Sign]:
    score = error_score(reading)
    if not score:
        return
    is_scsi = reading.reallocated_sectors is None and reading.grown_defects is not None
    # The calibration knows ATA drives only, so that a SCSI drive gets no probability.
    percent = failed_in_90_days(score) * 100.0
    odds = f"; of drives like this about {percent:.0f} % failed within 90 days"
    yield Sign(
        penalty=error_score_penalty(score),
        words=f"has {_counters(reading)}{'' if is_scsi else odds}",
        value=round(score, 2),
        unit="S",
        threshold=0.0,
        source="the drive's list of grown defects" if is_scsi else _CALIBRATION,
        cap_limit=_DEGRADED_CAP if score >= 2.0 else None,
        cap_words="A drive has as many errors as drives that mostly failed within a year.",
    )


def _counters(reading: DriveReading) -> str:
    counted = (
        (reading.reallocated_sectors, "reallocated"),
        (reading.grown_defects, "defective"),
        (reading.pending_sectors, "pending"),
        (reading.offline_uncorrectable, "unreadable"),
    )
    sectors = [f"{count:.0f} {word}" for count, word in counted if count]
    texts = [f"{', '.join(sectors)} sectors"] if sectors else []
    if reading.reported_uncorrectable:
        texts.append(f"{reading.reported_uncorrectable:.0f} uncorrectable errors")
    return " and ".join(texts)


def _wear_signs(reading: DriveReading) -> Iterator[Sign]:
    if reading.life_left_ratio is None:
        return
    percent = reading.life_left_ratio * 100.0
    if penalty := life_left_penalty(percent):
        yield Sign(
            penalty=penalty,
            words=f"has {percent:.0f} % of its rated life left",
            value=percent,
            unit="%",
            threshold=20.0,
            source="the drive's SMART wear attribute",
        )


def _nvme_signs(reading: DriveReading) -> Iterator[Sign]:
    bits = int(reading.nvme_critical_warning or 0)
    for bit, penalty, words in _NVME_BITS:
        if bits & bit:
            sign = _nvme_sign(
                penalty, words, value=bits, unit="bits", is_failed=bit in _NVME_FAILED
            )
            yield replace(sign, remedy=_COOL) if bit == _NVME_HOT else sign
    if reading.nvme_critical_warning is None:
        # Else the overall status says no more than the bits: any of them, even heat, sets it.
        yield from _status_signs(reading)
    spare, limit = reading.nvme_spare_ratio, reading.nvme_spare_threshold_ratio
    # A threshold of zero is a drive that gives none.
    if spare is not None and limit and spare <= limit:
        yield _nvme_sign(
            90.0,
            f"has {spare * 100:.0f} % spare blocks left",
            value=spare * 100,
            unit="%",
            threshold=limit * 100,
        )
    percent = (reading.nvme_used_ratio or 0.0) * 100.0
    if penalty := life_used_penalty(percent):
        yield _nvme_sign(
            penalty,
            f"used {percent:.0f} % of its rated life",
            value=percent,
            unit="%",
            threshold=80.0,
        )


def _nvme_sign(
    penalty: float,
    words: str,
    *,
    value: float,
    unit: str,
    threshold: float = 0.0,
    is_failed: bool = False,
) -> Sign:
    return Sign(
        penalty=penalty,
        words=words,
        value=value,
        unit=unit,
        threshold=threshold,
        source=_NVME_LOG,
        cap_limit=_FAILED_CAP if is_failed else None,
        cap_words="A drive reports that it is failing or read-only.",
    )


def _with_media_errors(sign: Sign | None, drive: DriveMemory) -> Sign | None:
    rise = error_rise(drive)
    if not rise:
        return sign
    words = f"{rise:.0f} media errors more than 30 days ago"
    if sign is None:
        return _nvme_sign(_MEDIA_ERRORS_ROSE, f"has {words}", value=rise, unit="errors")
    return replace(
        sign,
        penalty=min(100.0, sign.penalty + _MEDIA_ERRORS_ROSE),
        words=f"{sign.words} and has {words}",
        remedy="",
    )
