"""Samples as a laptop sends them, with the numbers that a test cares about set by the test."""

from sickbay.v1 import common_pb2, sample_pb2

GIB = 1 << 30


def office_sample(
    *, free_bytes: int = 120 * GIB, busy_ratio: float = 0.12, user_idle_s: float = 20.0
) -> sample_pb2.Sample:
    """Return a sample of a healthy laptop in use: 3 volumes, one NVMe drive."""
    return sample_pb2.Sample(
        cpu=sample_pb2.CpuSample(busy_ratio=busy_ratio, iowait_ratio=0.01, load_1m=0.7),
        memory=sample_pb2.MemorySample(
            total_bytes=16 * GIB,
            available_bytes=9 * GIB,
            swap_total_bytes=2 * GIB,
            swap_used_bytes=0,
        ),
        pressure=sample_pb2.PressureSample(
            cpu_some_avg60_ratio=0.02,
            memory_some_avg60_ratio=0.0,
            memory_full_avg60_ratio=0.0,
            io_some_avg60_ratio=0.01,
            io_full_avg60_ratio=0.01,
        ),
        volumes=[
            volume("/", 256 * GIB, free_bytes, is_system=True),
            volume("/boot", 1 * GIB, 700 << 20),
            volume("/home", 512 * GIB, 300 * GIB),
        ],
        drives=[
            sample_pb2.DriveSample(
                drive_id="S4EVNX0R123456",
                medium=common_pb2.DRIVE_MEDIUM_NVME,
                busy_ratio=0.03,
                temperature_celsius=38.0,
            )
        ],
        networks=[
            sample_pb2.NetworkSample(
                interface="wlan0",
                received_bytes=120_000,
                sent_bytes=40_000,
                packets=400,
                errors=0,
                is_up=True,
            )
        ],
        crashes=sample_pb2.CrashSample(),
        session=sample_pb2.SessionSample(user_idle_s=user_idle_s, session_count=1),
        absences=[
            common_pb2.Absence(
                topic="battery",
                kind=common_pb2.ABSENCE_KIND_NOT_APPLICABLE,
                reason="no battery",
            )
        ],
    )


def volume(
    mount_point: str, total_bytes: int, free_bytes: int, *, is_system: bool = False
) -> sample_pb2.VolumeSample:
    """Return a volume with plenty of inodes."""
    return sample_pb2.VolumeSample(
        volume_id=f"uuid-of-{mount_point}",
        mount_point=mount_point,
        total_bytes=total_bytes,
        free_bytes=free_bytes,
        inodes_total=1_000_000,
        inodes_free=800_000,
        is_system=is_system,
    )
