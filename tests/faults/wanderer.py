"""A device that changes its collector all the time, also while one still works on its report."""

import threading
from collections.abc import Sequence

import grpc

from sickbay.v1 import telemetry_pb2
from tests.faults.witness import FullVolume, Witness
from tests.kit.device import FakeDevice, Ports

_CALL_S = 10.0
# About as long as a commit: some reports are stored by the collector that was given up, some not.
_HURRIED_S = (0.002, 0.030)
_HURRIED_RATIO = 0.25
_MOVE_RATIO = 0.3


class Wanderer(Witness):
    """A witness without a home.

    Args:
        device: Enrolled.
        volume_is: When its system volume is full.
        seed: Of its choices.
        homes: Where its collectors are.
    """

    def __init__(
        self, device: FakeDevice, volume_is: FullVolume, seed: int, homes: Sequence[Ports]
    ) -> None:
        up = threading.Event()
        up.set()
        super().__init__(device, volume_is, seed, up)
        self._homes = homes
        self.moves = 0

    def _call(self, envelopes: Sequence[telemetry_pb2.Envelope]) -> telemetry_pb2.ReportResponse:
        if self._rng.random() < _MOVE_RATIO:
            self._move()
        hurried = self._rng.random() < _HURRIED_RATIO
        timeout_s = self._rng.uniform(*_HURRIED_S) if hurried else _CALL_S
        try:
            return self.device.report(*envelopes, timeout_s=timeout_s)
        except grpc.RpcError:
            self._move()
            raise

    def _move(self) -> None:
        self.device.close()
        self.device.ports = self._rng.choice(
            [one for one in self._homes if one != self.device.ports]
        )
        self.moves += 1
