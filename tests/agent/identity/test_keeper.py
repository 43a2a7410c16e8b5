import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from sickbay_agent.errors import IdentityError
from sickbay_agent.exchange import CallError, Grant, HardwareEvidence
from sickbay_agent.identity.child import URI_PREFIX
from sickbay_agent.identity.child import answer as child_answer
from sickbay_agent.identity.keeper import IdentityKeeper, proof_message, renewal_due_at
from sickbay_agent.identity.keysmith import Keysmith, ask_child
from sickbay_agent.identity.store import Identity, IdentityStore
from tests.agent.authority import DEVICE_ID, Authority
from tests.agent.fake_collector import Core, Failure, FakeCollector

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def keeper_of(folder: Path, core: Core) -> IdentityKeeper:
    return IdentityKeeper(
        IdentityStore(folder), Keysmith(child_answer), lambda _pem: FakeCollector(core)
    )


def enroll(keeper: IdentityKeeper) -> Identity:
    return keeper.enroll(
        token="token",
        authority_pem=b"",
        hostname="laptop",
        evidence=HardwareEvidence(smbios_uuid="uuid"),
    )


def test_an_enrollment_is_kept(tmp_path: Path) -> None:
    core = Core()
    identity = enroll(keeper_of(tmp_path, core))
    (request,) = core.enrollments

    assert identity.device_id == DEVICE_ID
    assert keeper_of(tmp_path, core).load() == identity
    assert (request.token, request.hostname, len(request.nonce)) == ("token", "laptop", 16)
    assert identity.authorities_pem == core.authority.pem
    assert b"PRIVATE KEY" in identity.key_pem
    assert b"PRIVATE" not in repr(identity).encode()


def test_key_files_are_for_the_owner_only(tmp_path: Path) -> None:
    enroll(keeper_of(tmp_path / "state", Core()))
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}

    assert modes["device-1.key"] == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_who_is_enrolled_is_not_enrolled_again(tmp_path: Path) -> None:
    core = Core()
    first = enroll(keeper_of(tmp_path, core))

    assert enroll(keeper_of(tmp_path, core)) == first
    assert len(core.enrollments) == 1


def test_an_enrollment_that_broke_off_goes_on_with_key_and_nonce(tmp_path: Path) -> None:
    """Whatever was lost, request or answer: the collector sees the same device again."""
    core = Core()
    core.failures.append(Failure("UNAVAILABLE"))
    with pytest.raises(CallError):
        enroll(keeper_of(tmp_path, core))
    key = (tmp_path / "device-1.key").read_bytes()
    nonce = json.loads((tmp_path / "enrollment.json").read_text())["nonce"]
    identity = enroll(keeper_of(tmp_path, core))

    assert core.enrollments[0].nonce.hex() == nonce
    assert identity.key_pem == key
    assert not (tmp_path / "enrollment.json").exists()


def test_two_enrollments_never_run_at_once(tmp_path: Path) -> None:
    store = IdentityStore(tmp_path)
    lock = store.lock()
    with pytest.raises(IdentityError, match="another process is enrolling"):
        enroll(keeper_of(tmp_path, Core()))
    lock.release()

    assert enroll(keeper_of(tmp_path, Core())).device_id == DEVICE_ID


def test_a_renewal_changes_key_and_certificate_together(tmp_path: Path) -> None:
    core = Core()
    keeper = keeper_of(tmp_path, core)
    before = enroll(keeper)
    after = keeper.renew(FakeCollector(core), before)

    assert after.key_pem != before.key_pem
    assert after.device_id == before.device_id
    assert keeper.load() == after
    assert sorted(path.name for path in tmp_path.glob("device-*")) == [
        "device-2.crt",
        "device-2.key",
    ]


def test_a_renewal_that_fails_leaves_the_old_identity(tmp_path: Path) -> None:
    core = Core()
    keeper = keeper_of(tmp_path, core)
    before = enroll(keeper)
    core.failures.append(Failure("UNAVAILABLE"))
    with pytest.raises(CallError):
        keeper.renew(FakeCollector(core), before)

    assert keeper.load() == before


def test_an_expired_certificate_is_renewed_with_proof_of_its_key(tmp_path: Path) -> None:
    """The signature is by the old key over the text that the protocol names."""
    core = Core()
    keeper = keeper_of(tmp_path, core)
    before = enroll(keeper)
    after = keeper.renew_expired(before, now=NOW)
    (request,) = core.expired
    certificate = x509.load_der_x509_certificate(request.certificate_der)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    message = (
        b"sickbay renew expired v1\0"
        + request.nonce
        + int(NOW.timestamp()).to_bytes(8, "big")
        + hashlib.sha256(request.csr_der).digest()
    )
    key.verify(request.signature, message, ec.ECDSA(hashes.SHA256()))

    assert certificate == x509.load_pem_x509_certificate(before.chain_pem)
    assert request.signed_at == NOW
    assert after.generation == before.generation + 1
    assert message == proof_message(request.nonce, NOW, hashlib.sha256(request.csr_der).digest())


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(
            lambda core, csr: core.authority.grant(csr, uris=()), "names no device", id="no name"
        ),
        pytest.param(
            lambda core, csr: core.authority.grant(csr, uris=(URI_PREFIX + "a", URI_PREFIX + "b")),
            "names no device",
            id="two names",
        ),
        pytest.param(
            lambda core, csr: core.authority.grant(csr, uris=("spiffe://other/device/a",)),
            "names no device",
            id="another trust domain",
        ),
        pytest.param(
            lambda core, csr: Grant(
                chain_der=Authority().grant(csr).chain_der[:1],
                authorities_der=(core.authority.der,),
            ),
            "its authority did not issue",
            id="another issuer",
        ),
        pytest.param(
            lambda core, _csr: Grant(
                chain_der=(core.authority.der,), authorities_der=(core.authority.der,)
            ),
            "for another key",
            id="another key",
        ),
        pytest.param(
            lambda core, _csr: Grant(chain_der=(), authorities_der=(core.authority.der,)),
            "no certificate",
            id="nothing",
        ),
        pytest.param(
            lambda core, _csr: Grant(chain_der=(b"x",), authorities_der=(core.authority.der,)),
            "cannot be read",
            id="rubbish",
        ),
    ],
)
def test_a_grant_that_is_not_ours_is_refused(
    tmp_path: Path, spoil: Callable[[Core, bytes], Grant], message: str
) -> None:
    core, keysmith = Core(), Keysmith(child_answer)
    csr = keysmith.request(tmp_path / "key")
    with pytest.raises(IdentityError, match=message):
        keysmith.check(tmp_path / "key", spoil(core, csr))


def test_the_child_process_gives_the_same_answers(tmp_path: Path) -> None:
    core, child, here = Core(), Keysmith(ask_child), Keysmith(child_answer)
    key_file = tmp_path / "key"
    grant = core.authority.grant(child.request(key_file))
    key = x509.load_der_x509_certificate(grant.chain_der[0]).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(child.sign(key_file, b"message"), b"message", ec.ECDSA(hashes.SHA256()))

    assert child.check(key_file, grant) == here.check(key_file, grant)
    with pytest.raises(IdentityError, match="no private key"):
        child.request(Path(__file__))


def test_renewal_is_due_around_the_half_life_and_always_at_the_same_moment(
    tmp_path: Path,
) -> None:
    identity = enroll(keeper_of(tmp_path, Core()))
    lifetime = identity.not_after - identity.not_before
    due = renewal_due_at(identity)

    assert due == renewal_due_at(identity)
    assert lifetime * 0.4 <= due - identity.not_before <= lifetime * 0.6


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("identity.json", b"{}", "identity.json is damaged", id="facts"),
        pytest.param("identity.json", b"\xff", "identity.json is damaged", id="no text"),
        pytest.param("device-1.key", None, "device-1.key is missing", id="key gone"),
    ],
)
def test_damaged_files_are_named(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    keeper = keeper_of(tmp_path, Core())
    enroll(keeper)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(IdentityError, match=message):
        keeper.load()


def test_the_instance_id_is_made_once(tmp_path: Path) -> None:
    store = IdentityStore(tmp_path)
    made = store.instance_id()

    assert IdentityStore(tmp_path).instance_id() == made
    (tmp_path / "instance_id").write_text("x")
    with pytest.raises(IdentityError, match="instance_id is damaged"):
        store.instance_id()


def test_lifetime_is_that_of_the_certificate(tmp_path: Path) -> None:
    keysmith, authority = Keysmith(child_answer), Authority()
    csr = keysmith.request(tmp_path / "key")
    grant = authority.grant(csr, not_before=NOW, lifetime=timedelta(hours=24))
    checked = keysmith.check(tmp_path / "key", grant)

    assert (checked.not_before, checked.not_after) == (NOW, NOW + timedelta(hours=24))
