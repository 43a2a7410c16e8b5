"""Packed history made quickly: a week of a workstation's hours by the real code, used over again.

Packed hours and roll-ups hold offsets within their hour, day or month only, so that a store can be
filled with years in seconds; what is read and written is what the collector would have written.
"""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.history import DAY_HOURS, HOUR_S
from sickbay_collector.core.sample import Readings
from sickbay_collector.db.frames import FrameWriter
from sickbay_collector.db.hours import hour_message, hour_points, pack_day, pack_hour
from sickbay_collector.db.rollups import Rollups, pack_rollups, put, roll, roll_all
from sickbay_collector.rpc.decode_sample import decode_sample
from tests.kit.samples import GIB, office_sample

SAMPLES_AN_HOUR = 60
_WEEK_HOURS = 168
_SOME_HOUR = 497_000


def samples_of(hour: int, seed: int) -> Iterator[tuple[datetime, Readings]]:
    """Yield the samples of an hour, one a minute, as a laptop in an office has them.

    Processor, memory, temperature and traffic follow the work and never repeat; the disk fills
    slowly; most else stands still.
    """
    rng = random.Random(seed * 100_003 + hour)  # noqa: S311 - noise
    start = datetime.fromtimestamp(hour * HOUR_S, UTC)
    work = 1.0 if start.weekday() < 5 and 8 <= start.hour < 17 else 0.1
    for minute in range(SAMPLES_AN_HOUR):
        at = start + timedelta(minutes=minute, seconds=rng.choice((7, 7, 7, 8)))
        busy = min(1.0, max(0.0, work * (0.15 + 0.1 * math.sin(minute / 9) + rng.gauss(0, 0.05))))
        message = office_sample(
            free_bytes=120 * GIB - (hour % _WEEK_HOURS) * 2**20 - rng.randrange(2**16) * 1024,
            busy_ratio=busy,
            user_idle_s=float(rng.randrange(60)) if work == 1.0 else 600.0 + minute * 60,
        )
        message.cpu.load_1m = round(4 * busy + rng.random() / 5, 2)
        message.cpu.iowait_ratio = max(0.0, rng.gauss(0.005, 0.005))
        message.memory.available_bytes = 9 * GIB + int(rng.gauss(0, 1) * 2**24)
        message.pressure.cpu_some_avg60_ratio = round(busy / 8, 4)
        message.pressure.io_some_avg60_ratio = round(max(0.0, rng.gauss(0.003, 0.003)), 4)
        message.pressure.io_full_avg60_ratio = message.pressure.io_some_avg60_ratio
        message.drives[0].busy_ratio = round(busy / 4, 3)
        message.drives[0].temperature_celsius = 36 + round(8 * busy)
        message.networks[0].received_bytes = int(rng.expovariate(1 / (200_000 * work + 1)))
        message.networks[0].sent_bytes = int(rng.expovariate(1 / (40_000 * work + 1)))
        sample, _ = decode_sample(message, observed_at=at, boot_id="")
        yield at, {**sample.readings, "health.confidence": {"": 0.93}, "health.score": {"": 91.0}}


def frames_of(hour: int, seed: int) -> bytes:
    """Return the running hour of `samples_of` at its end."""
    writer = FrameWriter(hour=hour)
    for at, readings in samples_of(hour, seed):
        writer.append(at, readings)
    return writer.frames


class Week:
    """A week of packed hours with the roll-ups that the collector would make of them."""

    def __init__(self, seed: int) -> None:
        frames = [frames_of(_SOME_HOUR + place, seed) for place in range(_WEEK_HOURS)]
        self.hours = [pack_hour(one) for one in frames]
        self.samples = [
            pack_day(dict(enumerate(map(hour_message, self.hours[at : at + DAY_HOURS]))))
            for at in range(0, _WEEK_HOURS, 24)
        ]
        by_day = [_rolled(self.hours[at : at + DAY_HOURS]) for at in range(0, _WEEK_HOURS, 24)]
        self.days = [pack_rollups(one) for one in by_day]
        month: Rollups = {}
        for place in range(31):
            put(month, place, roll_all(by_day[place % 7]))
        self.month = pack_rollups(month)

    def hour(self, hour: int) -> bytes:
        """Return the packed hour that stands for this one (hours since 1970)."""
        return self.hours[hour % _WEEK_HOURS]

    def samples_of(self, day: int) -> bytes:
        """Return the packed samples that stand for this day (days since 1970)."""
        return self.samples[day % 7]

    def day(self, day: int) -> bytes:
        """Return the packed roll-ups that stand for this day (days since 1970)."""
        return self.days[day % 7]


def _rolled(hours: Sequence[bytes]) -> Rollups:
    rollups: Rollups = {}
    for place, data in enumerate(hours):
        put(rollups, place, roll(hour_points(data)))
    return rollups
