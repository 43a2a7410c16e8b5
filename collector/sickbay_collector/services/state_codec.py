"""A device's evaluation state as the bytes of its row.

Written with every report, so by orjson: a tenth of the time that the standard library takes.
"""

import orjson

from sickbay_collector.core.state import (
    STILL_PARTS,
    DeviceState,
    cut_state,
    moving_part,
    state_from_plain,
)

STATE_MAX_BYTES = 65_536
"""A workstation takes 4 KiB. Past this, lists that are only shown are cut."""
# What judging needs is never cut: 16 alerts, volumes and drives with the longest names.
STATE_HARD_BYTES = 98_304
"""No device can take more than this, whatever it sends."""
_CUTS = (16, 4, 0)


class StateEncoder:
    """Writes one state of a device after the other; a part that stayed the same is written once."""

    __slots__ = ("_written",)

    def __init__(self) -> None:
        self._written: dict[str, tuple[object, orjson.Fragment]] = {}

    def encode(self, state: DeviceState) -> bytes:
        """Return a state as JSON text in UTF-8."""
        plain = moving_part(state)
        for name, to_plain in STILL_PARTS.items():
            value = getattr(state, name)
            known = self._written.get(name)
            if known is None or known[0] is not value:
                written = orjson.dumps(to_plain(value), default=dict)
                known = self._written[name] = (value, orjson.Fragment(written))
            plain[name] = known[1]
        return orjson.dumps(plain, default=dict)

    def encode_bounded(self, state: DeviceState) -> tuple[DeviceState, bytes]:
        """Return a state and its bytes, cut and marked truncated where it would be too long."""
        data = self.encode(state)
        for most in _CUTS:
            if len(data) <= STATE_MAX_BYTES:
                break
            state = cut_state(state, most)
            data = self.encode(state)
        return state, data


def encode_state(state: DeviceState) -> bytes:
    """Return a state as JSON text in UTF-8."""
    return StateEncoder().encode(state)


def decode_state(data: bytes) -> DeviceState:
    """Return the state that `encode_state` wrote."""
    return state_from_plain(orjson.loads(data))
