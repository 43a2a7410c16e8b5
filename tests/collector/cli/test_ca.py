"""`sickbay ca`: who is shut out, when, and what is said about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from sickbay_collector.core.device import Device, DeviceStatus
from sickbay_collector.core.errors import DeniedError
from sickbay_collector.pki.folder import open_authority
from sickbay_collector.pki.reading import csr_key, key_fingerprint
from sickbay_collector.rpc.identity import DeviceGate
from tests.collector.cli.conftest import Run
from tests.collector.clinic import NEW, SICK, Clinic
from tests.kit.device import csr, new_key, pem


def _device(clinic: Clinic, device_id: str) -> Device:
    with clinic.open_reads() as uow:
        [found] = [one for one in uow.devices.all() if one.device_id == device_id]
    return found


@pytest.fixture
def revoke(bare_run: Run, clinic: Clinic, tmp_path: Path) -> Run:
    """Run `sickbay ca revoke` on the fleet's own machine."""
    assert clinic.engine.url.database == str(tmp_path / "collector.db")

    def run(*arguments: str) -> Result:
        return bare_run("ca", "revoke", "--dir", str(tmp_path), *arguments)

    return run


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("ws-sick", id="host name"),
        pytest.param("WS-Sick", id="whatever its case"),
        pytest.param(SICK, id="id"),
        pytest.param(SICK.upper(), id="id in capitals"),
    ],
)
def test_a_device_is_revoked_and_stays(revoke: Run, clinic: Clinic, name: str) -> None:
    """In the inventory, with the reason."""
    before = _device(clinic, SICK)
    result = revoke(name, "--reason", "stolen")
    after = _device(clinic, SICK)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"revoked ws-sick ({SICK}): shut out within 5 s")
    assert "stays in the inventory" in result.stdout
    assert (before.revoked_at, before.status) == (None, DeviceStatus.ACTIVE)
    assert after.revoked_at is not None
    assert after == replace(before, revoked_at=after.revoked_at, revoke_reason="stolen")


def test_a_second_time_says_when_and_changes_nothing(revoke: Run, clinic: Clinic) -> None:
    revoke("ws-sick", "--reason", "stolen")
    first = _device(clinic, SICK)
    result = revoke("ws-sick", "--reason", "lost")

    assert result.exit_code == 0
    assert f"ws-sick ({SICK}) is revoked already, since {first.revoked_at:%Y-}" in result.stdout
    assert result.stdout.endswith("UTC: stolen\n")
    assert _device(clinic, SICK) == first


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("ws-sic", "no device is called ws-sic; did you mean ws-sick?", id="beginning"),
        pytest.param("ws-sikc", "no device has the id or host name ws-sikc; did", id="mistyped"),
        pytest.param("", "no device has the id or host name", id="nothing"),
        pytest.param(
            "0195a000-0000-7000-8000-00000000ffff", "no device has the id 0195a000", id="id"
        ),
    ],
)
def test_only_the_whole_name_counts(revoke: Run, clinic: Clinic, name: str, says: str) -> None:
    """Elsewhere the beginning of a name finds a device."""
    result = revoke(name)
    with clinic.open_reads() as uow:
        revoked = [one for one in uow.devices.all() if one.revoked_at is not None]

    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert revoked == []


def test_a_name_of_two_devices_asks_for_the_id(revoke: Run, clinic: Clinic) -> None:
    with clinic.open_writes() as uow:
        uow.devices.save(replace(_device(clinic, NEW), hostname="ws-sick"))
        uow.commit()
    result = revoke("ws-sick")

    assert result.exit_code == 1
    assert SICK in result.stderr
    assert NEW in result.stderr
    assert _device(clinic, SICK).revoked_at is None
    assert revoke(NEW).exit_code == 0
    assert _device(clinic, SICK).revoked_at is None


def test_a_running_collector_shuts_it_out_within_5_s(
    revoke: Run, clinic: Clinic, tmp_path: Path
) -> None:
    """Its gate looks the device up in the database that the command wrote to."""
    began = datetime.now(UTC)
    authority = open_authority(tmp_path / "ca", now=began)
    request = csr(new_key())
    leaf, _ = authority.issue_device(request, SICK, now=began, lifetime=timedelta(hours=1))
    device = replace(_device(clinic, SICK), key_fingerprint=key_fingerprint(csr_key(request)))
    with clinic.open_writes() as uow:
        uow.devices.save(device)
        uow.commit()
    clock = [began]
    gate = DeviceGate(
        lambda device_id: _device(clinic, device_id), lambda *_: None, lambda: clock[0]
    )
    context = {"x509_pem_cert": [pem([leaf])]}

    assert gate.admit(context) == SICK
    revoke("ws-sick")
    clock[0] = began + timedelta(seconds=5)
    with pytest.raises(DeniedError, match="revoked"):
        gate.admit(context)


def test_a_mistyped_directory_is_not_made(bare_run: Run, tmp_path: Path) -> None:
    result = bare_run("ca", "revoke", "ws-sick", "--dir", str(tmp_path / "typo"))

    assert result.exit_code == 1
    assert "typo/collector.db is not there: name another --dir" in result.stderr
    assert not (tmp_path / "typo").exists()


def test_the_authority_is_shown(bare_run: Run, tmp_path: Path) -> None:
    authority = open_authority(tmp_path / "ca", now=datetime.now(UTC))
    result = bare_run("ca", "show", "--dir", str(tmp_path))

    assert result.stdout == authority.certificate_pem.decode()
    assert result.stderr == f"sha256 {authority.fingerprint}\n"
