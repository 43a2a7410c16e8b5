"""What the agent of a simulated device says of itself."""

from google.protobuf.duration_pb2 import Duration

from sickbay.v1 import telemetry_pb2
from sickbay_collector.simulator.fleet.device import SimulatedDevice
from sickbay_collector.simulator.fleet.noise import Topic, mix

# Updates restart an agent every two weeks or so.
_LONGEST_S = 14 * 86_400
# As the benchmark measures it on an idle machine.
_CPU_SHARE = 0.002
_RSS_BYTES = 42 << 20
_SPREAD_BYTES = 4 << 20
_SPOOL_BYTES = 96 << 10


def agent_status(
    device: SimulatedDevice, *, interval_s: int, at_s: int
) -> telemetry_pb2.AgentStatus:
    """Return how a device's agent fares.

    Args:
        device: Which one.
        interval_s: Time between its samples.
        at_s: When, seconds since 1970.
    """
    luck = mix(device.key, Topic.AGENT)
    uptime_s = (at_s + luck) % _LONGEST_S
    return telemetry_pb2.AgentStatus(
        sample_interval=Duration(seconds=interval_s),
        uptime=Duration(seconds=uptime_s),
        waiting_records=0,
        spool_bytes=_SPOOL_BYTES,
        cpu_time=Duration(seconds=1 + int(uptime_s * _CPU_SHARE)),
        rss_bytes=_RSS_BYTES + luck % _SPREAD_BYTES,
    )
