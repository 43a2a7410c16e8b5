"""The certificate authority: what it signs, what it believes, and how it is kept."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.errors import DeniedError, InvalidError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.pki.authority import SERVER_LIFETIME, Authority
from sickbay_collector.pki.folder import open_authority, read_authority
from sickbay_collector.pki.issuers import ServerIdentities
from sickbay_collector.pki.reading import (
    URI_PREFIX,
    csr_key,
    key_fingerprint,
    read_peer,
    verify_possession,
)
from tests.kit.device import csr, new_key
from tests.kit.examples import FEW
from tests.kit.forge import CLIENT, SERVER, device_uri, forge

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ONE = DeviceId("0195a000-0000-7000-8000-000000000001")
HOUR = timedelta(hours=1)
_KEY = new_key()
_CSR = csr(_KEY)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority of its own."""
    return open_authority(tmp_path_factory.mktemp("ca"), now=NOW)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority with the same name."""
    return open_authority(tmp_path_factory.mktemp("ca"), now=NOW)


def test_a_device_certificate_holds_our_fields_alone(authority: Authority) -> None:
    """Nothing of the request but its key is signed: its subject is a lie."""
    der, expires_at = authority.issue_device(_CSR, ONE, now=NOW, lifetime=HOUR)
    made = x509.load_der_x509_certificate(der)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert [name.value for name in names] == [URI_PREFIX + ONE]
    assert f"CN=device {ONE}" == made.subject.rfc4514_string()
    assert _KEY.public_key() == made.public_key()
    assert (NOW - timedelta(minutes=10), NOW + HOUR) == (
        made.not_valid_before_utc,
        made.not_valid_after_utc,
    )
    assert expires_at == NOW + HOUR


def test_a_device_certificate_says_who_it_is(authority: Authority) -> None:
    """Also when it has expired: a renewal begins with it."""
    der, _ = authority.issue_device(_CSR, ONE, now=NOW - timedelta(days=9), lifetime=HOUR)

    peer = authority.verify_device(der)

    assert (ONE, key_fingerprint(_KEY.public_key())) == (peer.device_id, peer.key_fingerprint)
    assert NOW - timedelta(days=9) + HOUR == peer.not_after


_OURS = device_uri(ONE)
_DNS = x509.DNSName("pc-1")


@pytest.mark.parametrize(
    ("names", "usages"),
    [
        pytest.param([], CLIENT, id="no name"),
        pytest.param([_OURS, device_uri("other")], CLIENT, id="two devices"),
        pytest.param([_DNS, _OURS], CLIENT, id="a host name first"),
        pytest.param([_OURS, _DNS], CLIENT, id="a host name behind"),
        pytest.param([_DNS], CLIENT, id="a host name alone"),
        pytest.param(
            [x509.UniformResourceIdentifier("spiffe://other/device/1")], CLIENT, id="other domain"
        ),
        pytest.param(
            [x509.UniformResourceIdentifier("x" + URI_PREFIX + ONE)], CLIENT, id="longer scheme"
        ),
        pytest.param([_OURS], SERVER, id="for servers only"),
        pytest.param([_OURS], (), id="for any use"),
        pytest.param([_OURS], (ExtendedKeyUsageOID.CODE_SIGNING,), id="for another use"),
    ],
)
def test_other_certificates_of_ours_are_no_device(
    names: list[x509.GeneralName],
    usages: tuple[x509.ObjectIdentifier, ...],
    authority: Authority,
) -> None:
    """Exactly one URI of our domain, nothing beside it, and meant for clients."""
    der = forge(authority, new_key(), names=names, usages=usages, now=NOW)

    with pytest.raises(DeniedError, match="not a device certificate"):
        read_peer(x509.load_der_x509_certificate(der))
    with pytest.raises(DeniedError, match="not a device certificate"):
        authority.verify_device(der)


def test_a_certificate_of_another_authority_is_refused(
    authority: Authority, foreign: Authority
) -> None:
    """The issuer's name is no proof; the signature is."""
    der, _ = foreign.issue_device(_CSR, ONE, now=NOW, lifetime=HOUR)

    with pytest.raises(DeniedError, match="not one of this collector"):
        authority.verify_device(der)
    with pytest.raises(DeniedError, match="not a device certificate"):
        authority.verify_device(authority.certificate_der)


@FEW
@given(st.binary(max_size=200) | st.tuples(st.integers(0, len(_CSR) - 1), st.integers(1, 255)))
def test_damaged_requests_are_refused_in_one_sentence(damage: bytes | tuple[int, int]) -> None:
    """Whatever bytes come, the answer is our own error."""
    data = bytearray(_CSR)
    if isinstance(damage, bytes):
        data = bytearray(damage)
    else:
        data[damage[0]] ^= damage[1]

    with pytest.raises(InvalidError, match="csr_der"):
        csr_key(bytes(data))


# A damaged serial number may be negative; the signature is wrong all the same.
@pytest.mark.filterwarnings("ignore:Parsed a serial number:UserWarning")
@FEW
@given(st.binary(max_size=200) | st.tuples(st.integers(0, 400), st.integers(1, 255)))
def test_damaged_certificates_are_refused(damage: bytes | tuple[int, int]) -> None:
    """A flipped bit anywhere breaks the signature or the form, never us."""
    authority = _damaging_authority()
    data = bytearray(authority.issue_device(_CSR, ONE, now=NOW, lifetime=HOUR)[0])
    if isinstance(damage, bytes):
        data = bytearray(damage)
    else:
        data[damage[0] % len(data)] ^= damage[1]

    with pytest.raises(DeniedError):
        authority.verify_device(bytes(data))


def _damaging_authority() -> Authority:
    key = new_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ca")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    certificate = (
        builder.public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + HOUR)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


def _request(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    algorithm = hashes.SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("request_der", "match"),
    [
        pytest.param(
            _request(ec.generate_private_key(ec.SECP384R1())), "must be P-256", id="P-384"
        ),
        pytest.param(_request(ed25519.Ed25519PrivateKey.generate()), "must be P-256", id="Ed25519"),
        pytest.param(bytes(4097), "at most 4096 bytes, not 4097", id="too long"),
        pytest.param(b"", r"not a PKCS#10 request", id="empty"),
    ],
)
def test_requests_for_other_keys_are_refused(request_der: bytes, match: str) -> None:
    """The message says what is allowed."""
    with pytest.raises(InvalidError, match=match):
        csr_key(request_der)


def test_possession_is_proven_by_the_key_alone(authority: Authority) -> None:
    """The certificate's key over exactly this message."""
    der, _ = authority.issue_device(_CSR, ONE, now=NOW, lifetime=HOUR)
    proof = _KEY.sign(b"message", ec.ECDSA(hashes.SHA256()))

    verify_possession(der, b"message", proof)
    for message, signature in (
        (b"another", proof),
        (b"message", new_key().sign(b"message", ec.ECDSA(hashes.SHA256()))),
        (b"message", b""),
        (b"message", b"\xff" * 72),
    ):
        with pytest.raises(DeniedError, match="proof of possession"):
            verify_possession(der, message, signature)


def test_an_authority_is_kept(tmp_path: Path) -> None:
    """The second start reads what the first made; the key is its owner's alone."""
    first = open_authority(tmp_path / "new" / "ca", now=NOW)
    second = open_authority(tmp_path / "new" / "ca", now=NOW + HOUR)

    assert first.certificate_der == second.certificate_der
    assert (tmp_path / "new" / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new" / "ca").stat().st_mode & 0o777 == 0o700
    assert {"ca.key", "ca.crt"} == {file.name for file in (tmp_path / "new" / "ca").iterdir()}


def test_processes_that_start_at_once_agree_on_the_authority(tmp_path: Path) -> None:
    """Key and certificate are never of two makers."""
    found: list[str] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(open_authority(tmp_path, now=NOW).fingerprint)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_start_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    """A certificate without a key was never used: both are made anew."""
    (tmp_path / "ca.crt").write_text("half a certif")
    (tmp_path / "ca.new").write_text("half a k")

    assert open_authority(tmp_path, now=NOW).fingerprint == read_authority(tmp_path).fingerprint


def _damage(folder: Path, kind: str) -> None:
    other = open_authority(folder / "other", now=NOW)
    match kind:
        case "no certificate":
            (folder / "ca.crt").unlink()
        case "damaged key":
            (folder / "ca.key").write_bytes(b"\0garbage")
        case "damaged certificate":
            (folder / "ca.crt").write_text("-----BEGIN CERTIFICATE-----\nAAAA")
        case "foreign certificate":
            (folder / "ca.crt").write_bytes(other.certificate_pem)
        case "encrypted key":
            pem = new_key().private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"secret"),
            )
            (folder / "ca.key").write_bytes(pem)
        case "another kind of key":
            pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            (folder / "ca.key").write_bytes(pem)


@pytest.mark.parametrize(
    ("kind", "match"),
    [
        pytest.param("no certificate", "ca.crt is not there", id="no certificate"),
        pytest.param("damaged key", "damaged; restore both", id="damaged key"),
        pytest.param("damaged certificate", "damaged; restore both", id="damaged certificate"),
        pytest.param("foreign certificate", "do not belong together", id="foreign certificate"),
        pytest.param("encrypted key", "damaged; restore both", id="encrypted key"),
        pytest.param("another kind of key", "not a P-256 key", id="another kind of key"),
    ],
)
def test_a_damaged_authority_is_never_replaced(kind: str, match: str, tmp_path: Path) -> None:
    """Agents trust the old one: the error says what to restore, and nothing is written."""
    open_authority(tmp_path, now=NOW)
    _damage(tmp_path, kind)
    before = {file: file.read_bytes() for file in tmp_path.glob("ca.*")}

    with pytest.raises(StoreError, match=match) as caught:
        open_authority(tmp_path, now=NOW)

    assert "\n" not in str(caught.value)
    assert before == {file: file.read_bytes() for file in tmp_path.glob("ca.*")}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """One line with the path."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=r"file/ca: Not a directory; .* must be writable"):
        open_authority(tmp_path / "file" / "ca", now=NOW)


def test_nothing_is_made_by_reading(tmp_path: Path) -> None:
    """Who only asks for an authority gets none by a typing error."""
    with pytest.raises(StoreError, match=r"ca.key is not there"):
        read_authority(tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


def test_server_names_become_names_of_their_kind(authority: Authority) -> None:
    """An address is checked as an address, a name as a name."""
    made = x509.load_pem_x509_certificate(
        authority.issue_server(["sick.example", "10.0.0.1", "::1"], now=NOW).chain_pem
    )
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == ["sick.example"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1", "::1"]


def test_a_server_identity_is_renewed_at_half_its_life(authority: Authority) -> None:
    """A process that runs for months never shows an expired certificate."""
    now = [NOW]
    identities = ServerIdentities(authority, ["localhost"], lambda: now[0])
    first = identities.current()
    now[0] = NOW + SERVER_LIFETIME / 2 - timedelta(seconds=1)
    same = identities.current()
    now[0] = NOW + SERVER_LIFETIME / 2
    renewed = identities.current()

    assert first is same
    assert first.chain_pem != renewed.chain_pem
    assert (
        now[0] + SERVER_LIFETIME
        == x509.load_pem_x509_certificate(renewed.chain_pem).not_valid_after_utc
    )
