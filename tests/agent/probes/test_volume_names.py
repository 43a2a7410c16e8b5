from pathlib import Path

import pytest

from sickbay_agent.probes.contract import Roots
from sickbay_agent.probes.volume_names import parse_encryption, read_volume_names
from tests.agent.fakes import write_tree

LVM_ON_LUKS = {
    "sys/block/sda/dev": "8:0",
    "sys/block/sda/sda1/dev": "8:1",
    "sys/block/sda/sda2/dev": "8:2",
    "sys/block/dm-0/dev": "253:0",
    "sys/block/dm-0/dm/name": "luks",
    "sys/block/dm-0/dm/uuid": "CRYPT-LUKS1-00aa-luks",
    "sys/block/dm-0/slaves/sda2/dev": "8:2",
    "sys/block/dm-1/dev": "253:1",
    "sys/block/dm-1/dm/name": "vg-root",
    "sys/block/dm-1/dm/uuid": "LVM-abc",
    "sys/block/dm-1/slaves/dm-0/dev": "253:0",
}


@pytest.mark.parametrize(
    ("uuid", "kind"),
    [
        pytest.param("CRYPT-LUKS2-4f1c-root", "LUKS2", id="luks2"),
        pytest.param("CRYPT-PLAIN-swap", "PLAIN", id="plain"),
        pytest.param("CRYPT", "dm-crypt", id="no more told"),
        pytest.param("LVM-4f1c", None, id="lvm"),
        pytest.param("", None, id="empty"),
    ],
)
def test_encryption(uuid: str, kind: str | None) -> None:
    assert kind == parse_encryption(uuid)


@pytest.mark.parametrize(
    ("number", "source", "device", "encryption"),
    [
        pytest.param("253:1", "/dev/mapper/vg-root", "dm-1", "LUKS1", id="LVM on LUKS"),
        pytest.param("0:30", "/dev/mapper/vg-root", "dm-1", "LUKS1", id="btrfs on it"),
        pytest.param("8:1", "/dev/root", "sda1", None, id="by number"),
        pytest.param("0:30", "/dev/sda1", "sda1", None, id="by name"),
        pytest.param("0:42", "tmpfs", None, None, id="no device"),
    ],
)
def test_layers(
    tmp_path: Path, number: str, source: str, device: str | None, encryption: str | None
) -> None:
    """A volume is encrypted when any layer below it is."""
    names = read_volume_names(Roots.under(write_tree(tmp_path, LVM_ON_LUKS)))
    found = names.device_of(number, source)

    assert (device, encryption) == (found, names.encryption_of(found))


def test_layers_in_a_circle_end(tmp_path: Path) -> None:
    """The kernel cannot show one, but a loop here would hold up all probes."""
    files = {"sys/block/dm-0/dev": "253:0", "sys/block/dm-0/slaves/dm-0/dev": "253:0"}
    names = read_volume_names(Roots.under(write_tree(tmp_path, files)))

    assert names.encryption_of("dm-0") is None
