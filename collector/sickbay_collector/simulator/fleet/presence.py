"""When a device is on: office hours by default, with arrivals, lunches, absences and restarts.

Hours are UTC. A session is a stretch without sleep; several may belong to one boot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sickbay_collector.simulator.fleet.catalog import Form
from sickbay_collector.simulator.fleet.device import SimulatedDevice
from sickbay_collector.simulator.fleet.noise import Topic, mix, unit

DAY_S = 86_400
HOUR_S = 3_600
# Shares of devices that are used on a working day and at a weekend.
_AT_WORK = 0.92
_AT_WEEKEND = 0.03
# Shares of laptops that sleep over lunch, and of boots after a power cut or a crash.
_LUNCH = 0.6
_UNCLEAN = 0.02


class Hours(StrEnum):
    """When devices are on."""

    OFFICE = "office"
    ALWAYS = "always"


class Ending(StrEnum):
    """How a session ends."""

    NONE = "none"
    ASLEEP = "asleep"
    SHUTTING_DOWN = "shutting_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A stretch of time in which a device is awake, in seconds since 1970."""

    begin_s: int
    end_s: int
    boot_s: int
    """When the boot began that it belongs to; its begin when the device was started for it."""
    is_unclean: bool
    """Whether the boot before ended without a shutdown."""
    ending: Ending


def sessions(
    device: SimulatedDevice, hours: Hours, *, since_s: int, until_s: int
) -> Iterator[Session]:
    """Return the sessions that touch a span of time, in order, whole."""
    for day in range(since_s // DAY_S, (until_s - 1) // DAY_S + 1):
        for session in _day(device, hours, day):
            if session.begin_s < until_s and session.end_s > since_s:
                yield session


def is_weekend(day: int) -> bool:
    """Return whether a day since 1970-01-01, a Thursday, is a Saturday or Sunday."""
    return (day + 3) % 7 >= 5


def _day(device: SimulatedDevice, hours: Hours, day: int) -> Iterator[Session]:
    spans = _spans(device, hours, day)
    if not spans:
        return
    boot_day = _boot_day(device, hours, day)
    boot_s = _spans(device, hours, boot_day)[0][0]
    boots_daily = device.boot_cycle_days == 1
    for place, (begin_s, end_s) in enumerate(spans):
        last = place == len(spans) - 1
        ending = Ending.SHUTTING_DOWN if last and boots_daily else Ending.ASLEEP
        yield Session(
            begin_s=begin_s,
            end_s=end_s,
            boot_s=boot_s,
            is_unclean=unit(device.key, Topic.BOOT, boot_day) < _UNCLEAN,
            ending=Ending.NONE if _stays_on(device, hours) else ending,
        )


def _stays_on(device: SimulatedDevice, hours: Hours) -> bool:
    return device.is_always_on or hours is Hours.ALWAYS


def _spans(device: SimulatedDevice, hours: Hours, day: int) -> list[tuple[int, int]]:
    """Return from when to when a device is awake on a day."""
    key, midnight_s = device.key, day * DAY_S
    if _stays_on(device, hours):
        return [(midnight_s, midnight_s + DAY_S)]
    if unit(key, Topic.PRESENCE, day) >= (_AT_WEEKEND if is_weekend(day) else _AT_WORK):
        return []
    # People come at 8, give or take an hour, and stay eight to ten hours.
    drawn = unit(key, Topic.ARRIVAL, day) + unit(key, Topic.ARRIVAL, day, 1)
    begin_s = midnight_s + 8 * HOUR_S + int((drawn - 1) * HOUR_S)
    end_s = begin_s + 8 * HOUR_S + int(unit(key, Topic.LENGTH, day) * 2 * HOUR_S)
    if device.model.form is Form.DESKTOP or unit(key, Topic.LUNCH, day) >= _LUNCH:
        return [(begin_s, end_s)]
    lunch_s = midnight_s + 12 * HOUR_S + int(unit(key, Topic.LUNCH, day, 1) * HOUR_S)
    return [(begin_s, lunch_s), (lunch_s + HOUR_S // 2 + 600, end_s)]


def _boot_day(device: SimulatedDevice, hours: Hours, day: int) -> int:
    """Return on which day a device was last restarted: the first of its cycle that it was on."""
    cycle = device.boot_cycle_days
    first = day - (day + mix(device.key, Topic.BOOT) % cycle) % cycle
    return next((one for one in range(first, day) if _spans(device, hours, one)), day)
