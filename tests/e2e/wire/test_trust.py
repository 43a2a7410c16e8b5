"""Who may call what, over the real ports, with real certificates."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import common_pb2, enrollment_pb2, enrollment_pb2_grpc, identity_pb2, telemetry_pb2
from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.core.identity import Verdict
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.pki.folder import open_authority
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.approval import approve
from sickbay_collector.services.enrollment import revoke
from sickbay_collector.services.enrollment_tokens import DENIED, Terms
from tests.kit.collector import RunningCollector
from tests.kit.device import (
    FakeDevice,
    Ports,
    csr,
    enroll,
    enroll_request,
    key_pem,
    new_key,
    pem,
    renewal_proof,
    sample_record,
)
from tests.kit.forge import CLIENT, SERVER, device_uri, forge
from tests.kit.samples import office_sample

TIMEOUT_S = 10.0
_OPTIONS = (("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0))
_SERVICES = [
    service
    for file in (enrollment_pb2, identity_pb2, telemetry_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
]
_METHODS = [method for service in _SERVICES for method in service.methods]
HARDWARE = common_pb2.HardwareEvidence(
    smbios_uuid="4c4c4544-0042-4b10-8052-b4c04f4d3732",
    system_serial="PF-3XK1P2",
    permanent_macs=["9c:eb:e8:12:34:56"],
    virtualization="none",
)
_OPEN = {"Enroll", "RenewExpired"}
# What a client sees of a refused handshake, which cannot say why; or our own word.
_SHUT = {
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.UNIMPLEMENTED,
}


def a_record() -> telemetry_pb2.Record:
    return sample_record(datetime.now(UTC), office_sample())


@contextmanager
def dialled(port: int, credentials: grpc.ChannelCredentials) -> Iterator[grpc.Channel]:
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, _OPTIONS) as channel:
        yield channel


def call(
    channel: grpc.Channel, path: str, data: bytes = b"", *, timeout_s: float | None = TIMEOUT_S
) -> grpc.StatusCode:
    """Send bytes to a method; return the status."""
    try:
        method: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(path)
        method(data, timeout=timeout_s)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def refused(act: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    """Do what must fail; return status and words."""
    with pytest.raises(grpc.RpcError) as caught:
        act()
    assert isinstance(caught.value, grpc.Call)
    return caught.value.code(), str(caught.value.details())


def path_of(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


@pytest.mark.parametrize("method", _METHODS, ids=path_of)
@pytest.mark.parametrize("port", ["agent", "enroll"])
def test_every_method_without_a_certificate(
    collector: RunningCollector, method: MethodDescriptor, port: str
) -> None:
    """Only the two that strangers need answer at all, and only on their port."""
    credentials = grpc.ssl_channel_credentials(collector.ports.ca_pem)
    with dialled(getattr(collector.ports, port), credentials) as channel:
        status = call(channel, path_of(method))

    if port == "enroll" and method.name in _OPEN:
        # Their own checks: an empty request is malformed, or proves nothing.
        expected = {"Enroll": {grpc.StatusCode.INVALID_ARGUMENT}}.get(
            method.name, {grpc.StatusCode.UNAUTHENTICATED}
        )
        assert status in expected
    else:
        assert status in _SHUT


def test_the_list_of_open_methods_is_complete() -> None:
    """A new method is shut unless this list says otherwise."""
    assert len(_METHODS) == 5
    assert {method.name for method in _METHODS} >= _OPEN


@pytest.mark.parametrize("method", _METHODS, ids=path_of)
def test_methods_that_are_not_served_do_not_exist(
    collector: RunningCollector, method: MethodDescriptor
) -> None:
    """A device finds on its port what is for devices, with garbage refused as such."""
    device = collector.device()
    status = call(device.channel(), path_of(method), b"\xff\xff")
    device.close()

    open_to_strangers = method.name in _OPEN
    assert status is (
        grpc.StatusCode.UNIMPLEMENTED if open_to_strangers else grpc.StatusCode.INVALID_ARGUMENT
    )


def test_a_device_reports_as_itself_whatever_it_says(collector: RunningCollector) -> None:
    """Metadata and body that claim another device change nothing."""
    one, other = collector.device(), collector.device()
    request = telemetry_pb2.ReportRequest(
        agent_version=other.device_id,
        capabilities=[other.device_id],
        envelopes=[one.envelope(a_record())],
    )
    claims = (
        ("device-id", other.device_id),
        ("x-device-id", other.device_id),
        ("x-forwarded-client-cert", f"URI=spiffe://sickbay/device/{other.device_id}"),
    )
    method = one.channel().unary_unary(
        "/sickbay.v1.TelemetryService/Report",
        telemetry_pb2.ReportRequest.SerializeToString,
        telemetry_pb2.ReportResponse.FromString,
    )
    answer = method(request, timeout=TIMEOUT_S, metadata=claims)
    one.close()

    assert [one.status for one in answer.results] == [telemetry_pb2.RECORD_STATUS_OK]
    with collector.collector.storage.open_reads() as uow:
        ids = [DeviceId(one.device_id), DeviceId(other.device_id)]
        assert {ids[0]} == uow.states.load(ids).keys()


def shown(
    collector: RunningCollector, der: bytes, key: ec.EllipticCurvePrivateKey, device_id: str = ""
) -> FakeDevice:
    """Return a device that shows a certificate of the test's making."""
    return FakeDevice(device_id=device_id, key=key, chain_pem=pem([der]), ports=collector.ports)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param("no name", grpc.StatusCode.UNAUTHENTICATED, id="no name"),
        pytest.param("two names", grpc.StatusCode.UNAUTHENTICATED, id="two names"),
        pytest.param("foreign name", grpc.StatusCode.UNAUTHENTICATED, id="foreign name"),
        pytest.param("no purpose", grpc.StatusCode.UNAUTHENTICATED, id="no purpose"),
        pytest.param("another key", grpc.StatusCode.UNAUTHENTICATED, id="another key"),
        pytest.param("unknown", grpc.StatusCode.UNAUTHENTICATED, id="unknown device"),
        pytest.param("for servers", grpc.StatusCode.UNAVAILABLE, id="for servers"),
        pytest.param("expired", grpc.StatusCode.UNAVAILABLE, id="expired"),
    ],
)
def test_certificates_of_ours_that_are_no_device(
    collector: RunningCollector, kind: str, expected: grpc.StatusCode
) -> None:
    """Signed by our own key and refused all the same: at the handshake, or by us."""
    real = collector.device()
    uri = device_uri(real.device_id)
    names: list[x509.GeneralName] = {
        "no name": [],
        "two names": [uri, device_uri("other")],
        "foreign name": [uri, x509.DNSName("localhost")],
        "unknown": [device_uri("0195a000-0000-7000-8000-000000000001")],
    }.get(kind, [uri])
    usages = {"no purpose": (), "for servers": SERVER}.get(kind, CLIENT)
    lifetime = timedelta(hours=-1) if kind == "expired" else timedelta(hours=1)
    key = new_key() if kind == "another key" else real.key
    der = forge(
        collector.collector.authority,
        key,
        names=names,
        usages=usages,
        now=utc_now(),
        lifetime=lifetime,
    )
    device = shown(collector, der, key)
    status, _ = refused(lambda: device.report(device.envelope(a_record())))
    device.close()

    assert expected == status


def test_a_certificate_of_another_authority_does_not_connect(
    collector: RunningCollector, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It is refused before it can send a byte."""
    foreign = open_authority(tmp_path_factory.mktemp("ca"), now=utc_now())
    key, real = new_key(), collector.device()
    der, _ = foreign.issue_device(
        csr(key), DeviceId(real.device_id), now=utc_now(), lifetime=timedelta(hours=1)
    )
    device = shown(collector, der, key)
    status, _ = refused(lambda: device.report(device.envelope(a_record())))
    device.close()

    assert status == grpc.StatusCode.UNAVAILABLE


def test_a_revoked_device_is_denied_on_its_open_connection(collector: RunningCollector) -> None:
    """The gate forgets what it checked, as it does after 5 s; the connection is still open."""
    device = collector.device()
    device.report(device.envelope(a_record()))
    storage = collector.collector.storage
    revoke(DeviceId(device.device_id), "stolen", storage.open_uow, by=By(at=utc_now()))
    collector.collector.agents.admission.gate.forget()

    status, words = refused(lambda: device.report(device.envelope(a_record())))
    device.close()

    assert (status, words) == (grpc.StatusCode.UNAUTHENTICATED, "the device is revoked or unknown")


def test_the_old_key_is_denied_after_the_new_one_was_used(collector: RunningCollector) -> None:
    """A stolen key from before a renewal opens nothing."""
    old = collector.device()
    old.report(old.envelope(a_record()))
    key = new_key()
    chain = old.renew(key).certificate_chain_der
    old.report(old.envelope(a_record()))
    new = FakeDevice(device_id=old.device_id, key=key, chain_pem=pem(chain), ports=collector.ports)
    new.epoch, new.seqs = old.epoch, dict(old.seqs)
    new.report(new.envelope(a_record()))

    status, words = refused(lambda: old.report(old.envelope(a_record())))
    old.close()
    new.close()

    assert status == grpc.StatusCode.UNAUTHENTICATED
    assert "replaced by a newer one" in words


def expired(collector: RunningCollector, device: FakeDevice, *, days: float) -> bytes:
    """Return a certificate of a device that expired this many days ago."""
    return forge(
        collector.collector.authority,
        device.key,
        names=[device_uri(device.device_id)],
        now=utc_now(),
        lifetime=-timedelta(days=days),
    )


def renew_expired(
    ports: Ports, request: enrollment_pb2.RenewExpiredRequest
) -> enrollment_pb2.RenewExpiredResponse:
    credentials = grpc.ssl_channel_credentials(ports.ca_pem)
    with dialled(ports.enroll, credentials) as channel:
        stub = enrollment_pb2_grpc.EnrollmentServiceStub(channel)
        return stub.RenewExpired(request, timeout=TIMEOUT_S)


def renewal(
    certificate_der: bytes,
    key: ec.EllipticCurvePrivateKey,
    new: ec.EllipticCurvePrivateKey,
    *,
    signed_at: datetime | None = None,
) -> enrollment_pb2.RenewExpiredRequest:
    at, nonce, csr_der = signed_at or utc_now(), secrets.token_bytes(16), csr(new)
    return enrollment_pb2.RenewExpiredRequest(
        certificate_der=certificate_der,
        csr_der=csr_der,
        nonce=nonce,
        sign_time=Timestamp(seconds=int(at.timestamp())),
        signature=renewal_proof(key, csr_der, nonce, at),
    )


def test_an_expired_certificate_is_renewed_by_its_key(collector: RunningCollector) -> None:
    """A laptop that comes back from holiday reports again, as the same device."""
    device, key = collector.device(), new_key()
    answer = renew_expired(
        collector.ports, renewal(expired(collector, device, days=9), device.key, key)
    )
    back = FakeDevice(
        device_id=device.device_id,
        key=key,
        chain_pem=pem(answer.certificate_chain_der),
        ports=collector.ports,
    )
    response = back.report(back.envelope(a_record()))
    back.close()

    assert [one.status for one in response.results] == [telemetry_pb2.RECORD_STATUS_OK]


def _broken(
    collector: RunningCollector, device: FakeDevice, kind: str
) -> enrollment_pb2.RenewExpiredRequest:
    certificate = expired(collector, device, days=31 if kind == "too old" else 9)
    signer = new_key() if kind == "another key" else device.key
    at = utc_now() - timedelta(days=3) if kind == "signed long ago" else utc_now()
    request = renewal(certificate, signer, new_key(), signed_at=at)
    match kind:
        case "another csr":
            request.csr_der = csr(new_key())
        case "another nonce":
            request.nonce = secrets.token_bytes(16)
        case "short nonce":
            request.nonce = b"n"
        case "garbage":
            request.certificate_der = b"\0garbage"
        case "absurd time":
            request.sign_time.seconds = -(2**62)
        case "revoked":
            storage = collector.collector.storage
            revoke(DeviceId(device.device_id), "stolen", storage.open_uow, by=By(at=utc_now()))
    return request


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param("another key", "the proof of possession is wrong", id="another key"),
        pytest.param("another csr", "the proof of possession is wrong", id="another request"),
        pytest.param("another nonce", "the proof of possession is wrong", id="another nonce"),
        pytest.param("short nonce", "nonce: 16 bytes, not 1", id="short nonce"),
        pytest.param("garbage", "the certificate is not one of this collector", id="garbage"),
        pytest.param("signed long ago", "sign_time is more than 2 days away", id="signed long ago"),
        pytest.param("absurd time", "sign_time is more than 2 days away", id="absurd time"),
        pytest.param("too old", "expired more than 30 days ago", id="too old"),
        pytest.param("revoked", "the device is revoked or unknown", id="revoked"),
    ],
)
def test_who_renews_proves_it(collector: RunningCollector, kind: str, words: str) -> None:
    """Each lack is told in one sentence; no certificate is given."""
    request = _broken(collector, collector.device(), kind)

    status, found = refused(lambda: renew_expired(collector.ports, request))

    assert found.startswith(words) or words in found
    assert status in {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INVALID_ARGUMENT}


def test_200_at_once_with_a_token_for_one_are_one_device(collector: RunningCollector) -> None:
    """Over the wire and into the database; the others hear no more than that it is not valid."""
    token = collector.token(uses=1)
    requests = [enroll_request(token, new_key()) for _ in range(200)]
    credentials = grpc.ssl_channel_credentials(collector.ports.ca_pem)
    with collector.collector.storage.open_reads() as uow:
        before = len(uow.devices.all())
    with dialled(collector.ports.enroll, credentials) as channel:
        stub = enrollment_pb2_grpc.EnrollmentServiceStub(channel)

        def attempt(request: enrollment_pb2.EnrollRequest) -> tuple[grpc.StatusCode, str]:
            try:
                stub.Enroll(request, timeout=60)
            except grpc.RpcError as error:
                return error.code(), str(error.details())
            return grpc.StatusCode.OK, ""

        with ThreadPoolExecutor(32) as pool:
            outcomes = list(pool.map(attempt, requests))

    assert [one for one in outcomes if not one[1]] == [(grpc.StatusCode.OK, "")]
    assert {(grpc.StatusCode.UNAUTHENTICATED, DENIED)} == {one for one in outcomes if one[1]}
    with collector.collector.storage.open_reads() as uow:
        assert before + 1 == len(uow.devices.all())


def test_a_lost_answer_to_enrolling_is_asked_for_again(collector: RunningCollector) -> None:
    """The same nonce, agent and key: the same device, and no second use of the token."""
    request = enroll_request(collector.token(uses=1), new_key())

    assert enroll(collector.ports, request).device_id == enroll(collector.ports, request).device_id


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"token": "wrong"}, "the enrollment token is not valid", id="wrong token"),
        pytest.param({"token": ""}, "the enrollment token is not valid", id="no token"),
        pytest.param({"csr_der": b"\0garbage"}, "csr_der: not a PKCS#10", id="garbage request"),
        pytest.param({"nonce": b"n"}, "nonce: 16 bytes, not 1", id="short nonce"),
        pytest.param({"agent_instance_id": "a\0" * 8}, "agent_instance_id: 8 to", id="NUL in id"),
    ],
)
def test_a_refused_enrollment_says_why(
    collector: RunningCollector, change: dict[str, object], words: str
) -> None:
    """What is malformed is named; what is secret is not."""
    request = enroll_request(collector.token(), new_key())
    for name, value in change.items():
        setattr(request, name, value)

    _, found = refused(lambda: enroll(collector.ports, request))

    assert words in found


def test_a_token_for_other_networks_is_refused_like_any_other(
    collector: RunningCollector,
) -> None:
    """The address is the connection's; loopback may be written for either family."""
    elsewhere = collector.token(terms=Terms(networks=["198.51.100.0/24"]))
    here = collector.token(terms=Terms(networks=["127.0.0.0/8", "::1"]))

    code, words = refused(lambda: enroll(collector.ports, enroll_request(elsewhere, new_key())))
    assert (code, words) == (grpc.StatusCode.UNAUTHENTICATED, DENIED)
    assert enroll(collector.ports, enroll_request(here, new_key())).device_id


def test_a_device_that_waits_renews_and_reports_once_it_is_approved(
    collector: RunningCollector,
) -> None:
    """Until then its reports are refused with the wish to come again; nothing of it is kept."""
    storage = collector.collector.storage
    device = FakeDevice.enrolled(collector.ports, collector.token(terms=Terms(approval=True)))
    envelope = device.envelope(a_record())
    code, words = refused(lambda: device.report(envelope))
    renewed = device.renew(device.key)
    with storage.open_uow() as uow:
        assert not uow.states.load([DeviceId(device.device_id)])

    approve(device.device_id, storage.open_uow, by=By(at=utc_now()))
    collector.collector.agents.admission.gate.forget()
    response = device.report(envelope)
    device.close()

    assert (code, words) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "this device waits for an administrator's approval",
    )
    assert renewed.certificate_chain_der
    assert [one.status for one in response.results] == [telemetry_pb2.RECORD_STATUS_OK]


def test_a_machine_that_is_installed_anew_takes_its_device_over_once_it_is_silent(
    collector: RunningCollector,
) -> None:
    """The old key is refused from then on; before, it makes a device of its own."""
    storage = collector.collector.storage
    first, early, late = (enroll_request(collector.token(), new_key()) for _ in range(3))
    for request in (first, early, late):
        request.evidence.CopyFrom(HARDWARE)
    known = enroll(collector.ports, first).device_id
    early.token = collector.token(terms=Terms(adopt=True))
    twin = enroll(collector.ports, early).device_id
    with storage.open_uow() as uow:
        for device_id, record in uow.enrollments.of([DeviceId(known), DeviceId(twin)]).items():
            uow.enrollments.put(replace(record, at=record.at - timedelta(hours=1)))
            device = uow.devices.get(device_id)
            assert device is not None
            assert (device.possible_duplicate_of == known) == (device_id == twin)
        uow.commit()
    revoke(DeviceId(twin), "told apart", storage.open_uow, by=By(at=utc_now()))
    late.token = collector.token(terms=Terms(adopt=True))

    assert enroll(collector.ports, late).device_id == known
    with storage.open_uow() as uow:
        verdict = uow.identity.of([DeviceId(known)])[DeviceId(known)].judgement
    assert (verdict.verdict, verdict.objections) == (Verdict.SAME, ())


def test_no_secret_is_logged(collector: RunningCollector, caplog: pytest.LogCaptureFixture) -> None:
    """Tokens, good or used up, and keys stay out of the logs at every level."""
    caplog.set_level("DEBUG")
    token = collector.token()
    device = FakeDevice.enrolled(collector.ports, token)
    device.report(device.envelope(a_record()))
    refused(lambda: enroll(collector.ports, enroll_request(token, new_key())))
    device.close()
    key_lines = key_pem(device.key).decode().splitlines()[1:-1]

    assert token not in caplog.text
    assert not [line for line in key_lines if line in caplog.text]
