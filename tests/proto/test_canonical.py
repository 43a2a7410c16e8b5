"""The hash of a section follows from its content, never from the order or form of its bytes."""

import random

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from sickbay.canonical import canonical, plain, section_hash
from sickbay.v1 import inventory_pb2 as pb
from tests.kit.examples import FEW

_PACKAGES = st.lists(
    st.builds(
        pb.Software,
        name=st.text(max_size=5),
        version=st.text(max_size=5),
        architecture=st.none() | st.text(max_size=5),
        size_bytes=st.none() | st.integers(0, 2**64 - 1),
        install_time=st.none() | st.builds(Timestamp, seconds=st.integers(0, 2**31)),
    ),
    max_size=6,
)


def section(packages: list[pb.Software]) -> pb.Section:
    return pb.Section(software=pb.SoftwareSection(packages=packages))


@FEW
@given(_PACKAGES, st.randoms(use_true_random=False))
def test_order_does_not_matter(packages: list[pb.Software], chance: random.Random) -> None:
    """The same packages in another order have the same hash."""
    shuffled = list(packages)
    chance.shuffle(shuffled)

    assert section_hash(section(packages)) == section_hash(section(shuffled))


@FEW
@given(_PACKAGES)
def test_the_wire_does_not_matter(packages: list[pb.Software]) -> None:
    """What is parsed from the wire has the hash of what was written."""
    made = section(packages)

    assert section_hash(made) == section_hash(pb.Section.FromString(made.SerializeToString()))


@FEW
@given(_PACKAGES, _PACKAGES)
def test_different_content_has_different_forms(
    one: list[pb.Software], other: list[pb.Software]
) -> None:
    """Two forms are equal only where the content is."""
    same = sorted(map(repr, map(plain, one))) == sorted(map(repr, map(plain, other)))

    assert same == (canonical(section(one)) == canonical(section(other)))


def test_the_form() -> None:
    """Kind, line end, JSON with sorted keys and no space; a field that is set to 0 is there."""
    made = pb.Section(
        cpu=pb.CpuSection(threads=8, name="é", cores=0),
        hash=b"not part of it",
    )

    assert 'cpu\n{"cores":0,"name":"é","threads":8}'.encode() == canonical(made)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_lacks_are_refused(number: float) -> None:
    """NaN and infinities have no canonical form."""
    made = pb.Section(batteries=pb.BatteriesSection(batteries=[pb.Battery(design_wh=number)]))

    with pytest.raises(ValueError, match="JSON"):
        section_hash(made)


def test_a_section_without_content_has_no_form() -> None:
    with pytest.raises(ValueError, match="no content"):
        canonical(pb.Section())
