"""A whole fleet's batches in the order in which they are due."""

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from sickbay_collector.simulator.fleet.course import Batch, Span, batches
from sickbay_collector.simulator.fleet.device import make_device


class Due(NamedTuple):
    """A batch and whose it is; the first that is due is the least."""

    due_s: int
    """Seconds since 1970."""
    number: int
    """The device's in the fleet."""
    batch: Batch


def due_batches(seed: int, devices: int, span: Span, *, size: int) -> Iterator[Due]:
    """Return the batches of all devices of a fleet, in the order in which they are due."""
    return heapq.merge(
        *(_of_device(seed, number, span, size) for number in range(devices)),
        key=lambda one: one[:2],
    )


def _of_device(seed: int, number: int, span: Span, size: int) -> Iterator[Due]:
    device = make_device(seed, number)
    for batch in batches(device, span, size=size, by_session=True):
        yield Due(batch.due_s, number, batch)
