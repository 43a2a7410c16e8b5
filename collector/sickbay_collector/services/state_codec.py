"""A device's evaluation state as the bytes of its row.

Written with every report, so by orjson: a tenth of the time that the standard library takes.
"""

import orjson

from sickbay_collector.core.state import DeviceState, cut_state, state_from_plain, state_to_plain

STATE_MAX_BYTES = 65_536
"""A workstation takes 4 KiB. Past this, lists that are only shown are cut."""
# What judging needs is never cut: 16 alerts, volumes and drives with the longest names.
STATE_HARD_BYTES = 98_304
"""No device can take more than this, whatever it sends."""
_CUTS = (16, 4, 0)


def encode_state(state: DeviceState) -> bytes:
    """Return a state as JSON text in UTF-8."""
    return orjson.dumps(state_to_plain(state), default=dict)


def encode_bounded(state: DeviceState) -> tuple[DeviceState, bytes]:
    """Return a state and its bytes, cut and marked truncated where it would be too long."""
    data = encode_state(state)
    for most in _CUTS:
        if len(data) <= STATE_MAX_BYTES:
            break
        state = cut_state(state, most)
        data = encode_state(state)
    return state, data


def decode_state(data: bytes) -> DeviceState:
    """Return the state that `encode_state` wrote."""
    return state_from_plain(orjson.loads(data))
