"""S, one number for the error counters of a rotating drive, and what became of drives like it.

Never claims to predict: about 31 % of failed drives showed none of these errors beforehand.
"""

from math import exp, log, log2

from sickbay_collector.core.health.records import DriveMemory, DriveReading

# Failures per drive-year where S = 0, and the S past which the fit has no data.
# Source: measured on Backblaze's public data, first and second half of the drives alike.
_SOUND_AFR = 0.013
_MAX_S = 2.7
_RISE_WINDOW_DAYS = 30


def error_score(reading: DriveReading) -> float | None:
    """Return S, the log-weighted error score of a rotating drive; None without any counter.

    Grown defects of a SCSI drive count as reallocated sectors, the attribute that weighs least.

    Source: fitted on Backblaze's public data; attribute 188 is ignored, its precision is 0.12.
    """
    moved, reported = reading.reallocated_sectors, reading.reported_uncorrectable
    pending, offline = reading.pending_sectors, reading.offline_uncorrectable
    if moved is None:
        moved = reading.grown_defects
    if moved is None and reported is None and pending is None and offline is None:
        return None
    return (
        log2(1.0 + (moved or 0.0)) / 6.0
        + log2(1.0 + (reported or 0.0)) / 2.5
        + log2(1.0 + (pending or 0.0)) / 4.0
        + log2(1.0 + (offline or 0.0)) / 4.0
    )


def annual_failures(score: float) -> float:
    """Return failures per drive-year among drives with this S."""
    return _SOUND_AFR if score <= 0.0 else exp(-2.9 + 1.5 * min(score, _MAX_S))


def failed_in_90_days(score: float) -> float:
    """Return the share, 0 to 1, of drives with this S that failed within 90 days."""
    return 1.0 - exp(-annual_failures(score) * 90.0 / 365.0)


def error_score_penalty(score: float) -> float:
    """Return the penalty, 0 to 100, of S: 50 at 1, 75 at 2, 93 from 2.7 on."""
    return min(100.0, 50.0 * log(annual_failures(score) / _SOUND_AFR) / 2.94)


def error_level(reading: DriveReading) -> float | None:
    """Return the number whose rise means decay: NVMe media errors, else S; None without either."""
    errors = reading.nvme_media_errors
    return error_score(reading) if errors is None else errors


def error_rise(drive: DriveMemory) -> float:
    """Return by how much a drive's error level rose in the 30 days before it was last seen."""
    if len(drive.trail) < 2 or drive.seen_at_s is None:
        return 0.0
    oldest_day = drive.seen_at_s // 86400 - _RISE_WINDOW_DAYS
    base = drive.trail[0][1]
    for day, level in drive.trail:
        if day > oldest_day:
            break
        base = level
    return max(0.0, drive.trail[-1][1] - base)
