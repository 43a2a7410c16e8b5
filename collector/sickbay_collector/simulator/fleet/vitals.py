"""One sample of a synthetic device: a pure function of device, session and moment."""

from sickbay.v1 import common_pb2, sample_pb2
from sickbay_collector.simulator.fleet import storage, upkeep
from sickbay_collector.simulator.fleet.catalog import GIB, Form
from sickbay_collector.simulator.fleet.device import Ailment, SimulatedDevice
from sickbay_collector.simulator.fleet.noise import Topic, mix, smooth, unit
from sickbay_collector.simulator.fleet.presence import DAY_S, HOUR_S, Session, is_weekend

_DESK_FROM_S = 8 * HOUR_S
_DESK_UNTIL_S = 18 * HOUR_S


def take_sample(
    device: SimulatedDevice, session: Session, at_s: int, *, interval_s: int, slow: bool
) -> sample_pb2.Sample:
    """Return the vitals of a moment.

    Args:
        device: The device.
        session: The session that the moment lies in.
        at_s: The moment, seconds since 1970.
        interval_s: Time since the sample before.
        slow: Whether drives' health, battery, boot, updates and protection are read too.
    """
    idle_s = _idle_s(device, at_s)
    busy = _busy_ratio(device, at_s, idle_s)
    sample = sample_pb2.Sample(
        cpu=_cpu(device, busy),
        memory=_memory(device, session, at_s),
        volumes=storage.volumes(device, at_s),
        drives=[storage.drive(device, at_s, busy_ratio=busy / 4, slow=slow)],
        thermals=[_thermal(device, at_s, busy)],
        networks=[_network(device, at_s, interval_s, busy)],
        crashes=upkeep.crashes(device, at_s, interval_s),
        session=sample_pb2.SessionSample(user_idle_s=idle_s, session_count=1),
    )
    if device.image.platform == "linux":
        sample.pressure.CopyFrom(_pressure(device, at_s, busy))
    if slow:
        _add_slow(sample, device, session, at_s)
    return sample


def _add_slow(
    sample: sample_pb2.Sample, device: SimulatedDevice, session: Session, at_s: int
) -> None:
    sample.boot.CopyFrom(upkeep.boot(session, device))
    sample.updates.CopyFrom(upkeep.updates(device, session, at_s))
    sample.protection.CopyFrom(upkeep.protection(device, session))
    battery = upkeep.battery(device, at_s)
    if battery is not None:
        sample.battery.CopyFrom(battery)
    else:
        sample.absences.add(
            topic="battery", kind=common_pb2.ABSENCE_KIND_NOT_APPLICABLE, reason="no battery"
        )


def _idle_s(device: SimulatedDevice, at_s: int) -> float:
    """Return for how long nobody touched the device: since the evening before, or a pause."""
    day, of_day_s = divmod(at_s, DAY_S)
    if _DESK_FROM_S <= of_day_s < _DESK_UNTIL_S and not is_weekend(day):
        drawn = unit(device.key, Topic.IDLE, at_s)
        return float(int(60 * drawn if drawn < 0.85 else 1800 * (drawn - 0.85) / 0.15))
    evening = day if of_day_s >= _DESK_UNTIL_S else day - 1
    while is_weekend(evening):
        evening -= 1
    return float(at_s - evening * DAY_S - _DESK_UNTIL_S)


def _busy_ratio(device: SimulatedDevice, at_s: int, idle_s: float) -> float:
    if idle_s > HOUR_S:
        return 0.01 + 0.02 * unit(device.key, Topic.LOAD, at_s)
    wanders = 0.03 + 0.35 * smooth(device.key, Topic.LOAD, at_s, 900) ** 2
    burst = 0.5 * unit(device.key, Topic.BURST, at_s, 1)
    return wanders + (burst if unit(device.key, Topic.BURST, at_s) < 0.03 else 0.0)


def _cpu(device: SimulatedDevice, busy: float) -> sample_pb2.CpuSample:
    return sample_pb2.CpuSample(
        busy_ratio=round(busy, 4),
        iowait_ratio=round(busy / 20, 4),
        load_1m=round(busy * device.model.cores, 2),
    )


def _memory(device: SimulatedDevice, session: Session, at_s: int) -> sample_pb2.MemorySample:
    """Return memory: programs grow over the day, and a hog's most of all."""
    total_bytes = device.model.memory_gib * GIB
    hours = min((at_s - session.begin_s) / HOUR_S, 10)
    wanders = 0.15 * smooth(device.key, Topic.MEMORY, at_s, 1200)
    hog = device.ailment is Ailment.MEMORY_HOG
    used = min(0.25 + wanders + hours * (0.07 if hog else 0.02), 0.96)
    swap_bytes = 4 * GIB
    return sample_pb2.MemorySample(
        total_bytes=total_bytes,
        available_bytes=int(total_bytes * (1 - used)) // 4096 * 4096,
        swap_total_bytes=swap_bytes,
        swap_used_bytes=int(swap_bytes * max(used - 0.7, 0)) // 4096 * 4096,
    )


def _pressure(device: SimulatedDevice, at_s: int, busy: float) -> sample_pb2.PressureSample:
    hog = (
        device.ailment is Ailment.MEMORY_HOG and smooth(device.key, Topic.MEMORY, at_s, 1200) > 0.7
    )
    memory = 0.12 if hog else 0.0
    return sample_pb2.PressureSample(
        cpu_some_avg60_ratio=round(busy**2 / 2, 4),
        memory_some_avg60_ratio=memory,
        memory_full_avg60_ratio=round(memory / 2, 4),
        io_some_avg60_ratio=round(busy / 25, 4),
        io_full_avg60_ratio=round(busy / 50, 4),
    )


def _thermal(device: SimulatedDevice, at_s: int, busy: float) -> sample_pb2.ThermalSample:
    ambient = 35 if device.model.form is Form.DESKTOP else 41
    warm = 6 * smooth(device.key, Topic.HEAT, at_s, 1800)
    return sample_pb2.ThermalSample(
        sensor_id="cpu/Package",
        temperature_celsius=round(ambient + warm + 40 * busy, 1),
        critical_celsius=100.0,
    )


def _network(
    device: SimulatedDevice, at_s: int, interval_s: int, busy: float
) -> sample_pb2.NetworkSample:
    rate = int(busy * 400_000 * unit(device.key, Topic.TRAFFIC, at_s))
    received_bytes = rate * interval_s
    return sample_pb2.NetworkSample(
        interface="wlan0" if device.model.form is Form.LAPTOP else "eth0",
        received_bytes=received_bytes,
        sent_bytes=received_bytes // 6,
        packets=received_bytes // 900 + mix(device.key, Topic.TRAFFIC, at_s, 1) % 50,
        errors=0,
        is_up=True,
    )
