"""A whole fleet's batches in the order in which they are due, made here or in another process."""

import heapq
import multiprocessing
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from typing import NamedTuple

from sickbay_collector.simulator.fleet.course import Batch, Span, batches
from sickbay_collector.simulator.fleet.device import make_device

# One message between the processes; the pipe holds a few, then its writer waits.
_TOGETHER = 64


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


@contextmanager
def due_elsewhere(
    seed: int, devices: int, span: Span, *, size: int
) -> Generator[Iterator[Due], None, None]:
    """Make the same in another process, ahead of who takes them: that is a quarter of the work."""
    context = multiprocessing.get_context("spawn")
    reading, writing = context.Pipe(duplex=False)
    maker = context.Process(
        target=_send, args=(writing, seed, devices, span, size), name="fleet", daemon=True
    )
    maker.start()
    writing.close()
    try:
        yield _received(reading)
    finally:
        reading.close()
        maker.terminate()
        maker.join()


def _of_device(seed: int, number: int, span: Span, size: int) -> Iterator[Due]:
    device = make_device(seed, number)
    for batch in batches(device, span, size=size, by_session=True):
        yield Due(batch.due_s, number, batch)


def _send(writing: Connection, seed: int, devices: int, span: Span, size: int) -> None:
    found = due_batches(seed, devices, span, size=size)
    while some := list(islice(found, _TOGETHER)):
        writing.send(some)
    writing.send([])


def _received(reading: Connection) -> Iterator[Due]:
    while some := reading.recv():
        yield from some
