"""Inventory of synthetic devices: shared by model and image, and taken by the collector."""

from sickbay.v1 import inventory_pb2
from sickbay_collector.rpc.decode import decode_section
from sickbay_collector.simulator.fleet.device import SimulatedDevice, make_device
from sickbay_collector.simulator.fleet.inventory import sections, state


def test_devices_of_one_model_and_image_share_their_sections() -> None:
    """A thousand equal workstations upload one software list."""
    one, other = _twins()
    shared = {section.WhichOneof("content") for section in _common(one, other)}

    assert {"cpu", "memory", "os", "software"} == shared


def test_the_collector_takes_every_section() -> None:
    """Each hash is that of its content."""
    kinds = {
        decode_section(section)[1].kind
        for number in range(10)
        for section in sections(make_device(1, number))
    }

    assert {"system", "cpu", "memory", "volumes", "drives", "network", "os", "software"} <= kinds


def test_the_state_names_each_section() -> None:
    found = sections(make_device(1, 0))

    assert [section.hash for section in found] == [one.hash for one in state(found).sections]


def _twins() -> tuple[SimulatedDevice, SimulatedDevice]:
    one = make_device(1, 0)
    alike = (make_device(1, number) for number in range(1, 1000))
    return one, next(d for d in alike if (d.model, d.image) == (one.model, one.image))


def _common(one: SimulatedDevice, other: SimulatedDevice) -> list[inventory_pb2.Section]:
    hashes = {section.hash for section in sections(other)}
    return [section for section in sections(one) if section.hash in hashes]
