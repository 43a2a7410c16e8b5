"""Who is let in: the device of the certificate, by the key that is its own now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import DeniedError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.pki.authority import Authority
from sickbay_collector.pki.folder import open_authority
from sickbay_collector.pki.reading import Peer, key_fingerprint
from sickbay_collector.rpc.identity import REVOCATION_DELAY_S, DeviceGate
from tests.contract.records import a_device
from tests.kit.device import csr, new_key, pem
from tests.kit.forge import SERVER, device_uri, forge

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ONE = DeviceId("0195a000-0000-7000-8000-000000000001")
TOMORROW = NOW + timedelta(hours=24)
OLD, NEW = new_key(), new_key()
OLD_PRINT, NEW_PRINT = (key_fingerprint(key.public_key()) for key in (OLD, NEW))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return open_authority(tmp_path_factory.mktemp("ca"), now=NOW)


@dataclass
class Door:
    """A gate with its device and clock in the test's hands."""

    device: Device | None
    now: datetime = NOW
    looks: int = 0
    noted: list[tuple[str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate = DeviceGate(self._look, self._note, lambda: self.now)

    def _look(self, device_id: DeviceId) -> Device | None:
        self.looks += 1
        return self.device if self.device and self.device.device_id == device_id else None

    def _note(self, peer: Peer) -> None:
        assert self.device is not None
        assert peer.device_id == self.device.device_id
        self.noted.append((peer.key_fingerprint, peer.not_after))
        self.device = replace(
            self.device,
            key_fingerprint=peer.key_fingerprint,
            next_key_fingerprint="",
            certificate_expires_at=peer.not_after,
        )


def door(**fields: object) -> Door:
    known = {"key_fingerprint": OLD_PRINT, "certificate_expires_at": TOMORROW}
    return Door(a_device(ONE, **{**known, **fields}))


Shown = Mapping[str, list[bytes]]
Show = Callable[..., Shown]


@pytest.fixture(scope="module")
def show(authority: Authority) -> Show:
    """Return what gRPC tells of a client that shows a certificate for a key."""

    def shown(key: object = OLD, *, lifetime: timedelta = timedelta(hours=24)) -> Shown:
        der, _ = authority.issue_device(csr(key), ONE, now=NOW, lifetime=lifetime)  # type: ignore[arg-type]
        return {"x509_pem_cert": [pem([der])]}

    return shown


def test_a_device_is_let_in(show: Show) -> None:
    """It is who its certificate says, and is looked up once within the delay."""
    known, shown = door(), show()

    assert [known.gate.admit(shown), known.gate.admit(shown)] == [ONE, ONE]
    assert known.looks == 1


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({}, id="no certificate"),
        pytest.param({"x509_pem_cert": []}, id="an empty one"),
        pytest.param({"x509_pem_cert": [b"garbage"]}, id="garbage"),
        pytest.param({"peer_spiffe_id": [b"spiffe://sickbay/device/" + ONE.encode()]}, id="a name"),
    ],
)
def test_without_a_certificate_nobody_is_let_in(context: Shown) -> None:
    """A name alone is no proof."""
    with pytest.raises(DeniedError, match="device certificate"):
        door().gate.admit(context)


def test_a_revoked_device_is_shut_out_within_5_s(show: Show) -> None:
    """A connection that is open lives on; the next call is denied."""
    known, shown = door(), show()
    known.gate.admit(shown)
    assert known.device is not None
    known.device = replace(known.device, revoked_at=NOW)
    known.now += timedelta(seconds=REVOCATION_DELAY_S)

    with pytest.raises(DeniedError, match="revoked or unknown"):
        known.gate.admit(shown)


def test_a_clock_that_is_set_back_delays_no_revocation(show: Show) -> None:
    """A check that seems to lie ahead counts for nothing."""
    known, shown = door(), show()
    known.gate.admit(shown)
    assert known.device is not None
    known.device = replace(known.device, revoked_at=NOW)
    known.now -= timedelta(hours=1)

    with pytest.raises(DeniedError, match="revoked or unknown"):
        known.gate.admit(shown)


def test_a_device_that_is_unknown_is_denied(show: Show) -> None:
    """A certificate of ours alone lets nobody in."""
    with pytest.raises(DeniedError, match="revoked or unknown"):
        Door(None).gate.admit(show())


def test_an_expired_certificate_is_denied_on_an_open_connection(show: Show) -> None:
    """TLS looks at the dates only when it connects."""
    known, shown = door(), show(lifetime=timedelta(hours=1))
    known.gate.admit(shown)
    known.now += timedelta(hours=1, seconds=1)

    with pytest.raises(DeniedError, match="expired"):
        known.gate.admit(shown)


def test_a_replaced_key_is_denied(show: Show) -> None:
    """A key that the device no longer uses opens nothing."""
    with pytest.raises(DeniedError, match="replaced by a newer one"):
        door(key_fingerprint=NEW_PRINT).gate.admit(show(OLD))


def test_the_old_key_dies_when_the_new_one_was_used(show: Show) -> None:
    """Until then both work: the answer with the new certificate may have been lost."""
    known, old, new = door(next_key_fingerprint=NEW_PRINT), show(OLD), show(NEW)

    assert known.gate.admit(old) == ONE
    assert known.noted == []
    assert known.gate.admit(new) == ONE
    assert known.noted == [(NEW_PRINT, TOMORROW)]
    with pytest.raises(DeniedError, match="replaced by a newer one"):
        known.gate.admit(old)


def test_a_certificate_is_noted_when_it_is_first_used(show: Show) -> None:
    """And one that expires sooner than the noted one is not: it was replaced."""
    known = door(certificate_expires_at=None)
    known.gate.admit(show())
    known.gate.forget()
    known.gate.admit(show(lifetime=timedelta(hours=1)))
    known.gate.admit(show(lifetime=timedelta(hours=48)))

    assert known.noted == [(OLD_PRINT, TOMORROW), (OLD_PRINT, NOW + timedelta(hours=48))]


@pytest.mark.parametrize(
    ("names", "usages"),
    [
        pytest.param([], None, id="no name"),
        pytest.param([device_uri(ONE), device_uri("two")], None, id="two names"),
        pytest.param([x509.DNSName("pc"), device_uri(ONE)], None, id="a foreign name first"),
        pytest.param([x509.UniformResourceIdentifier("spiffe://x/device/1")], None, id="foreign"),
        pytest.param([device_uri(ONE)], (), id="no purpose: TLS lets it pass"),
        pytest.param([device_uri(ONE)], SERVER, id="for servers"),
    ],
)
def test_other_certificates_of_ours_are_denied(
    names: list[x509.GeneralName],
    usages: tuple[x509.ObjectIdentifier, ...] | None,
    authority: Authority,
) -> None:
    """Whatever our authority ever signed: only a device certificate is a device."""
    more = {} if usages is None else {"usages": usages}
    der = forge(authority, OLD, names=names, now=NOW, **more)  # type: ignore[arg-type]

    with pytest.raises(DeniedError, match="not a device certificate"):
        door().gate.admit({"x509_pem_cert": [pem([der])]})


def test_an_error_of_the_database_lets_nobody_in(show: Show) -> None:
    """It is told as what it is, and asked again at the next call."""

    def broken(_: DeviceId) -> Device | None:
        raise StoreError("gone")

    gate = DeviceGate(broken, lambda *_: None, lambda: NOW)

    for _ in range(2):
        with pytest.raises(StoreError):
            gate.admit(show())
