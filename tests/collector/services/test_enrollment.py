"""Devices get in by a token, stay in by renewing, and are shut out for good."""

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.device import (
    Device,
    DeviceClass,
    DeviceStatus,
    EnrollmentToken,
    Evidence,
)
from sickbay_collector.core.enrollment import EnrollmentRecord, Refusal
from sickbay_collector.core.errors import DeniedError, InvalidError, NotFoundError
from sickbay_collector.core.identity import Judgement, Objection, Verdict
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.enrollment import (
    RENEWAL_GRACE,
    Certificate,
    EnrollCommand,
    enroll,
    note_certificate,
    renew,
    renew_expired,
    revoke,
)
from sickbay_collector.services.enrollment_tokens import (
    ANY_TERMS,
    DENIED,
    Terms,
    TokenRefusedError,
    make_token,
)
from tests.contract.records import a_state
from tests.fakes import FakeDatabase

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
_COMMAND = EnrollCommand(
    secret="",
    csr_der=b"key-1",
    agent_instance_id="agent-00001",
    nonce=b"n" * 16,
    hostname="pc-1",
    evidence=Evidence(system_serial="PF-1"),
    agent_version="0.1.0",
    capabilities=("zstd",),
)


HARDWARE = Evidence(
    smbios_uuid="4c4c4544-0042-4b10-8052-b4c04f4d3732",
    system_serial="PF-3XK1P2",
    board_serial="L1HF26001AB",
    machine_id="0f5e3f0a9d6f4a51b4d2c6a9d9c0b7e1",
    permanent_macs=("9c:eb:e8:12:34:56",),
    boot_drive_serial="S4EWNX0R123456",
    virtualization="none",
)


def new_id() -> str:
    return secrets.token_hex(8)


class Seals:
    """An issuer whose requests are their own fingerprints."""

    def fingerprint_of(self, csr_der: bytes) -> str:
        if csr_der == b"garbage":
            raise InvalidError("csr_der: garbage")
        return csr_der.decode()

    def issue(self, csr_der: bytes, device_id: DeviceId, *, now: datetime) -> Certificate:
        return Certificate(
            chain_der=(csr_der, device_id.encode()),
            authorities_der=(b"ca",),
            expires_at=now + timedelta(hours=24),
        )


@dataclass(frozen=True)
class ShownPeer:
    """What a certificate says."""

    device_id: DeviceId
    key_fingerprint: str
    not_after: datetime
    issued_at: datetime = NOW


class Clinic:
    """A database in memory with a token, and the use cases on it."""

    def __init__(
        self,
        *,
        uses: int = 1,
        lifetime: timedelta = timedelta(hours=1),
        terms: Terms = ANY_TERMS,
    ) -> None:
        self.database = FakeDatabase()
        self.token = make_token(
            self.database.open,
            by=By(at=NOW),
            lifetime=lifetime,
            max_uses=uses,
            comment="test",
            new_id=new_id,
            terms=terms,
        )

    def enroll(self, *, now: datetime = NOW, **fields: object) -> DeviceId:
        command = replace(_COMMAND, **{"secret": self.token.secret, **fields})  # type: ignore[arg-type]
        return enroll(command, self.database.open, Seals(), now=now, new_id=new_id)[0]

    def device(self, device_id: DeviceId) -> Device:
        return self.database.data.devices[device_id]

    def change(self, device_id: DeviceId, **fields: object) -> None:
        self.database.data.devices[device_id] = replace(self.device(device_id), **fields)  # type: ignore[arg-type]

    @property
    def uses(self) -> int:
        return self.kept.uses

    @property
    def kept(self) -> EnrollmentToken:
        """The token as it is stored."""
        return self.database.data.tokens[self.token.token.token_id]

    def audited(self, action: str) -> list[Mapping[str, str]]:
        """Return what the audit says of such events, the oldest first."""
        with self.database.read() as uow:
            found = uow.audit.walk(AuditFilter(action=action), limit=100)
        return [one.event.after for one in found]

    def renew(self, device_id: DeviceId, csr_der: bytes, *, now: datetime = NOW) -> Certificate:
        return renew(device_id, csr_der, self.database.open, Seals(), now=now)

    def renew_expired(
        self, device_id: DeviceId, key: str, csr_der: bytes = b"key-9", *, since: timedelta
    ) -> Certificate:
        peer = ShownPeer(device_id, key, NOW - since)
        return renew_expired(peer, csr_der, self.database.open, Seals(), now=NOW)


@pytest.fixture
def clinic() -> Clinic:
    """A token for one device."""
    return Clinic()


def test_a_token_makes_a_device(clinic: Clinic) -> None:
    """With what the agent said, cleaned; and one use is taken."""
    device = clinic.device(clinic.enroll(hostname="pc\0-1\n"))

    assert (
        device.hostname,
        device.key_fingerprint,
        device.agent_instance_id,
    ) == ("pc -1 ", "key-1", "agent-00001")
    assert device.enrolled_at == NOW
    assert clinic.uses == 1


def test_a_secret_is_kept_only_as_its_hash(clinic: Clinic) -> None:
    """Who reads the database enrolls nothing."""
    assert clinic.token.secret not in repr(clinic.database.data)


def test_no_token_is_told_from_another(clinic: Clinic) -> None:
    """Wrong, used up, expired and revoked: one answer, no device."""
    refusals = []

    def refused(clinic: Clinic, **fields: object) -> None:
        before = len(clinic.database.data.devices)
        with pytest.raises(DeniedError) as caught:
            clinic.enroll(nonce=b"x" * 16, agent_instance_id="agent-00002", **fields)  # type: ignore[arg-type]
        refusals.append(str(caught.value))
        assert before == len(clinic.database.data.devices)

    refused(clinic, secret="wrong")
    refused(clinic, secret="")
    refused(clinic, now=NOW + timedelta(hours=1))
    clinic.enroll()
    refused(clinic)
    revoked = Clinic()
    with revoked.database.open() as uow:
        uow.tokens.revoke(revoked.token.token.token_id, at=NOW)
        uow.commit()
    refused(revoked)

    assert {DENIED} == set(refusals)


def test_a_token_for_networks_lets_in_from_there_only() -> None:
    """The stranger hears what any other hears; token and audit say why."""
    clinic = Clinic(uses=9, terms=Terms(networks=["10.1.0.0/16"]))

    for address in ("10.2.0.1", "", "unix:"):
        with pytest.raises(DeniedError, match=f"^{DENIED}$"):
            clinic.enroll(address=address)
    assert clinic.enroll(address="10.1.2.3")
    assert (clinic.kept.uses, clinic.kept.refusals) == (1, 3)
    assert clinic.audited("refused") == [{"reason": "network", "address": "10.2.0.1"}]


def test_the_audit_has_the_first_refusal_of_a_series(clinic: Clinic) -> None:
    """Whoever has an old token cannot fill it; the count goes on."""
    revoked = replace(clinic.kept, revoked_at=NOW)
    clinic.database.data.tokens[revoked.token_id] = revoked
    minutes = (0, 30, 89, 148, 208)
    for minute in minutes:
        with pytest.raises(DeniedError):
            clinic.enroll(now=NOW + timedelta(minutes=minute), address=f"192.0.2.{minute}")

    assert [one["address"] for one in clinic.audited("refused")] == ["192.0.2.0", "192.0.2.208"]
    assert clinic.kept.refusals == len(minutes)
    assert clinic.kept.refused_at == NOW + timedelta(minutes=208)
    assert clinic.kept.refused_from == "192.0.2.208"


def test_a_secret_that_is_none_leaves_no_trace(clinic: Clinic) -> None:
    """Strangers write nothing into the database."""
    before = clinic.database.data.copied()
    with pytest.raises(DeniedError) as caught:
        clinic.enroll(secret="wrong", address="192.0.2.1")

    assert isinstance(caught.value, TokenRefusedError)
    assert caught.value.reason == Refusal.UNKNOWN
    assert before == clinic.database.data


def test_how_a_device_came_in_is_kept(clinic: Clinic) -> None:
    device_id = clinic.enroll(address="192.0.2.7")

    came = EnrollmentRecord(
        device_id=device_id, at=NOW, token_id=clinic.kept.token_id, address="192.0.2.7"
    )
    assert clinic.database.data.enrollments == {device_id: came}
    assert clinic.audited("enrolled") == [
        {
            "device": "pc-1",
            "token": clinic.kept.token_id,
            "address": "192.0.2.7",
            "status": "active",
            "verdict": "new",
        }
    ]


def test_a_token_that_demands_approval_makes_devices_that_wait() -> None:
    """They may renew meanwhile: an administrator may be on holiday."""
    clinic = Clinic(terms=Terms(approval=True))
    device_id = clinic.enroll()

    assert clinic.device(device_id).status == DeviceStatus.PENDING
    assert clinic.renew(device_id, b"key-2").chain_der


def test_a_token_that_demands_approval_replaces_no_key_of_who_is_in() -> None:
    """A silent device stays as it was; who says to be it waits beside it, and returns as that."""
    clinic = Clinic(uses=3, lifetime=timedelta(days=9), terms=Terms(approval=True))
    first = clinic.enroll()
    clinic.change(first, status=DeviceStatus.ACTIVE)

    second = clinic.enroll(csr_der=b"key-2", nonce=b"m" * 16, now=NOW + timedelta(days=1))
    third = clinic.enroll(csr_der=b"key-3", nonce=b"o" * 16, now=NOW + timedelta(days=2))

    assert clinic.device(first).key_fingerprint == "key-1"
    assert second == third
    assert clinic.device(second).status == DeviceStatus.PENDING
    assert clinic.device(second).possible_duplicate_of == first
    assert clinic.device(second).key_fingerprint == "key-3"


def reimaged(clinic: Clinic, number: int = 2, **fields: object) -> DeviceId:
    """Enroll the same hardware with a new agent, key and machine id, a day later."""
    said: dict[str, object] = {
        "csr_der": f"key-{number}".encode(),
        "nonce": bytes([number]) * 16,
        "agent_instance_id": f"agent-0000{number}",
        "evidence": replace(HARDWARE, machine_id=f"{number}f5e3f0a9d6f4a51b4d2c6a9d9c0b7e1"),
        "now": NOW + timedelta(days=1),
    }
    return clinic.enroll(**(said | fields))  # type: ignore[arg-type]


def adopting(*, adopt: bool = True) -> Clinic:
    """A token for many, and a device that came in by it and fell silent."""
    clinic = Clinic(uses=9, lifetime=timedelta(days=9), terms=Terms(adopt=adopt))
    clinic.enroll(evidence=HARDWARE)
    return clinic


def verdict_of(clinic: Clinic, device_id: DeviceId) -> Judgement:
    return clinic.database.data.identities[device_id].judgement


def test_a_machine_that_is_installed_anew_becomes_its_device_again() -> None:
    """By a token that adopts: history and class stay, the old key is dead; the host name is new."""
    clinic = adopting()
    (first,) = clinic.database.data.devices
    clinic.change(first, device_class=DeviceClass.SERVER)

    assert reimaged(clinic, hostname="pc-new") == first
    device = clinic.device(first)
    assert (device.key_fingerprint, device.agent_instance_id) == ("key-2", "agent-00002")
    assert (device.hostname, device.device_class) == ("pc-new", DeviceClass.SERVER)
    assert device.enrolled_at == NOW
    assert verdict_of(clinic, first).verdict == Verdict.SAME
    assert [one["verdict"] for one in clinic.audited("adopted")] == ["same"]
    assert reimaged(clinic, hostname="pc-new") == first, "a retry"


@pytest.mark.parametrize(
    ("objection", "fields"),
    [
        pytest.param(Objection.LIVE, {}, id="live"),
        pytest.param(Objection.TOKEN, {}, id="the token does not adopt"),
        pytest.param(Objection.SHUT_OUT, {"revoked_at": NOW}, id="shut out"),
        pytest.param(Objection.RETIRED, {"status": DeviceStatus.RETIRED}, id="retired"),
        pytest.param(Objection.PENDING, {"status": DeviceStatus.PENDING}, id="waits itself"),
    ],
)
def test_known_hardware_that_may_not_return_is_a_new_device_that_is_flagged(
    objection: Objection, fields: dict[str, object]
) -> None:
    """A clone beside its original, a stolen machine: nobody is replaced, nobody is locked out."""
    clinic = adopting(adopt=objection != Objection.TOKEN)
    (first,) = clinic.database.data.devices
    clinic.change(first, **fields)
    if objection == Objection.LIVE:
        received = NOW + timedelta(days=1, minutes=-59)
        clinic.database.data.states[first] = a_state(first, received_at=received)

    second = reimaged(clinic)

    assert second != first
    assert clinic.device(second).possible_duplicate_of == first
    assert clinic.device(first).key_fingerprint == "key-1"
    assert verdict_of(clinic, second).objections == (objection,)
    assert clinic.audited("enrolled")[-1]["duplicate_of"] == first


def test_of_two_copies_that_enroll_at_once_one_is_adopted() -> None:
    """The other would take the key of the first before that could report."""
    clinic = adopting()
    (first,) = clinic.database.data.devices

    assert reimaged(clinic, 2) == first
    assert reimaged(clinic, 3) != first
    assert clinic.device(first).key_fingerprint == "key-2"


def test_many_machines_come_in_by_one_token() -> None:
    """Each is its own, also where its maker filled in nothing."""
    clinic = Clinic(uses=9, lifetime=timedelta(days=9), terms=Terms(adopt=True))
    for number in range(4):
        blank = replace(
            HARDWARE,
            smbios_uuid="03000200-0400-0500-0006-000700080009",
            system_serial="To Be Filled By O.E.M.",
            board_serial="Default string",
            machine_id=f"{number}f5e3f0a9d6f4a51b4d2c6a9d9c0b7e1",
            permanent_macs=(f"9c:eb:e8:12:34:0{number}",),
            boot_drive_serial=f"S4EWNX0R12345{number}",
        )
        reimaged(clinic, number, evidence=blank)

    devices = clinic.database.data.devices.values()
    assert [one.possible_duplicate_of for one in devices] == [None] * 4


def test_a_value_that_three_live_devices_have_finds_nobody() -> None:
    """Records that fell silent do not count: they may be one machine, installed again and again."""
    for silent, verdict in ((timedelta(), Verdict.NEW), (timedelta(days=8), Verdict.POSSIBLE)):
        clinic = Clinic(uses=9, lifetime=timedelta(days=9), terms=Terms(adopt=True))
        for number in range(3):
            only = Evidence(smbios_uuid=HARDWARE.smbios_uuid, virtualization="none")
            device_id = reimaged(clinic, number, evidence=only, now=NOW)
            state = a_state(device_id, received_at=NOW - silent)
            clinic.database.data.states[device_id] = state

        device_id = reimaged(clinic, 5, evidence=only, now=NOW)
        assert verdict_of(clinic, device_id).verdict == verdict


def test_containers_of_one_host_are_devices_of_their_own() -> None:
    """What the firmware says is the host's; it makes no value shared either."""
    clinic = Clinic(uses=9, lifetime=timedelta(days=9), terms=Terms(adopt=True))
    for number in range(4):
        inside = replace(
            HARDWARE,
            virtualization="lxc",
            permanent_macs=(),
            machine_id=f"{number}f5e3f0a9d6f4a51b4d2c6a9d9c0b7e1",
        )
        device_id = reimaged(clinic, number, evidence=inside)
        state = a_state(device_id, received_at=NOW + timedelta(days=1))
        clinic.database.data.states[device_id] = state
    host = reimaged(clinic, 7)
    again = reimaged(clinic, 8, now=NOW + timedelta(days=2))

    assert len(clinic.database.data.devices) == 5
    assert again == host


def test_an_agents_folder_on_other_hardware_is_another_device() -> None:
    """Cloned with the disk: the silent original keeps its history and its key."""
    clinic = adopting()
    (first,) = clinic.database.data.devices
    other = replace(
        HARDWARE,
        smbios_uuid="4c4c4544-0043-4b10-8052-b4c04f4d3733",
        system_serial="PF-9ZZ9Z9",
        board_serial="L1HF26009ZZ",
        permanent_macs=("9c:eb:e8:99:99:01",),
    )
    second = reimaged(clinic, agent_instance_id="agent-00001", evidence=other)

    assert second != first
    assert clinic.device(second).possible_duplicate_of == first
    assert verdict_of(clinic, second).objections == (Objection.OTHER_HARDWARE,)


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param({}, id="snapshot restored"),
        pytest.param({"boot_drive_serial": "S4EWNX0R777777"}, id="disk swapped"),
        pytest.param({"board_serial": "L1HF26009ZZ"}, id="board swapped"),
        pytest.param({"permanent_macs": ()}, id="its adapters are down"),
    ],
)
def test_an_agent_that_lost_its_key_returns_by_any_token(evidence: dict[str, object]) -> None:
    clinic = adopting(adopt=False)
    (first,) = clinic.database.data.devices
    found = replace(HARDWARE, **evidence)  # type: ignore[arg-type]

    assert reimaged(clinic, agent_instance_id="agent-00001", evidence=found) == first
    assert verdict_of(clinic, first).verdict == Verdict.RETURNED


def test_an_old_agent_without_evidence_enrolls() -> None:
    """It is new, and finds nobody; the same agent returns as ever."""
    clinic = adopting()
    (first,) = clinic.database.data.devices
    second = reimaged(clinic, evidence=Evidence())

    assert second != first
    assert clinic.device(second).possible_duplicate_of is None
    again = reimaged(clinic, 3, agent_instance_id="agent-00002", evidence=Evidence())
    assert again == second


def test_a_token_that_demands_approval_adopts_nobody() -> None:
    with pytest.raises(InvalidError, match="adopt: a token that demands approval"):
        Clinic(terms=Terms(approval=True, adopt=True))


def test_a_token_works_until_the_second_it_expires(clinic: Clinic) -> None:
    assert clinic.enroll(now=NOW + timedelta(hours=1, microseconds=-1))


def test_200_uses_at_once_of_a_token_for_one_make_one_device(clinic: Clinic) -> None:
    """Whoever comes second is refused."""

    def attempt(number: int) -> bool:
        try:
            clinic.enroll(nonce=number.to_bytes(16, "big"), agent_instance_id=f"agent-{number:05}")
        except DeniedError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(attempt, range(200)))

    assert sum(outcomes) == 1
    assert len(clinic.database.data.devices) == 1
    assert clinic.uses == 1


def test_a_retry_gets_the_same_device_and_takes_no_use(clinic: Clinic) -> None:
    """The answer was lost; also long after the token is gone."""
    first = clinic.enroll()

    assert first == clinic.enroll()
    assert first == clinic.enroll(now=NOW + timedelta(days=9))
    assert clinic.uses == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"csr_der": b"key-2"}, id="another key"),
        pytest.param({"agent_instance_id": "agent-00002"}, id="another agent"),
    ],
)
def test_a_nonce_that_was_used_is_refused(fields: dict[str, object]) -> None:
    """The key of the first use stays the device's; no use is taken."""
    clinic = Clinic(uses=9)
    device_id = clinic.enroll()

    with pytest.raises(InvalidError, match="nonce: was used before"):
        clinic.enroll(**fields)  # type: ignore[arg-type]
    assert clinic.device(device_id).key_fingerprint == "key-1"
    assert clinic.uses == 1


def test_a_revoked_device_does_not_come_back_by_a_retry(clinic: Clinic) -> None:
    device_id = clinic.enroll()
    revoke(device_id, "stolen", clinic.database.open, by=By(at=NOW))

    with pytest.raises(DeniedError, match=DENIED):
        clinic.enroll()


@pytest.mark.parametrize(
    ("silent", "is_same"),
    [
        pytest.param(timedelta(minutes=59), False, id="alive"),
        pytest.param(timedelta(hours=1), True, id="silent for an hour"),
    ],
)
def test_who_enrolls_again(silent: timedelta, is_same: bool) -> None:  # noqa: FBT001 - of the table
    """A silent device is taken up again; a live one is never replaced but pointed at."""
    clinic = Clinic(uses=2)
    first = clinic.enroll()
    clinic.change(first, device_class=DeviceClass.SERVER, next_key_fingerprint="key-x")
    clinic.database.data.states[first] = a_state(first, received_at=NOW - silent)

    second = clinic.enroll(csr_der=b"key-2", nonce=b"m" * 16, capabilities=("new",))

    device = clinic.device(second)
    assert is_same == (first == second)
    assert (
        device.key_fingerprint,
        device.next_key_fingerprint,
        device.capabilities,
    ) == ("key-2", "", ("new",))
    if is_same:
        assert device.device_class == DeviceClass.SERVER
    else:
        assert first == device.possible_duplicate_of
        assert clinic.device(first).key_fingerprint == "key-1"


def test_a_revoked_device_that_enrolls_with_a_new_token_is_a_new_one() -> None:
    """Its rights and tickets are not inherited; the old one is named."""
    clinic = Clinic(uses=2)
    first = clinic.enroll()
    revoke(first, "stolen", clinic.database.open, by=By(at=NOW))

    second = clinic.enroll(nonce=b"m" * 16)

    assert first != second
    assert first == clinic.device(second).possible_duplicate_of
    assert clinic.device(first).revoked_at is not None


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        pytest.param({"nonce": b""}, "nonce: 16 bytes, not 0", id="no nonce"),
        pytest.param({"nonce": b"n" * 17}, "nonce: 16 bytes, not 17", id="long nonce"),
        pytest.param({"agent_instance_id": "a" * 7}, "agent_instance_id: 8 to 64", id="short id"),
        pytest.param({"agent_instance_id": "a" * 65}, "agent_instance_id: 8 to 64", id="long id"),
        pytest.param({"agent_instance_id": "agent\0-001"}, "agent_instance_id", id="NUL"),
        pytest.param({"agent_instance_id": "agent-001\n"}, "agent_instance_id", id="line end"),
        pytest.param({"secret": "x" * 257}, "token: at most 256 characters", id="long token"),
        pytest.param({"csr_der": b"garbage"}, "csr_der", id="garbage"),
    ],
)
def test_a_malformed_request(clinic: Clinic, fields: dict[str, object], match: str) -> None:
    """The message names the field; no use is taken."""
    with pytest.raises(InvalidError, match=match):
        clinic.enroll(**fields)  # type: ignore[arg-type]
    assert clinic.uses == 0


def test_a_renewed_key_works_beside_the_old_until_it_was_used(clinic: Clinic) -> None:
    """A second renewal takes the place of one whose answer was lost."""
    device_id = clinic.enroll()
    clinic.renew(device_id, b"key-2")
    certificate = clinic.renew(device_id, b"key-3")
    before = clinic.device(device_id)
    note_certificate(ShownPeer(device_id, "key-2", NOW), clinic.database.open)
    unmoved = clinic.device(device_id)
    note_certificate(ShownPeer(device_id, "key-3", NOW), clinic.database.open)
    after = clinic.device(device_id)

    assert (b"key-3", device_id.encode()) == certificate.chain_der
    assert (before.key_fingerprint, before.next_key_fingerprint) == ("key-1", "key-3")
    assert before == unmoved
    assert (after.key_fingerprint, after.next_key_fingerprint) == ("key-3", "")


def test_the_newest_certificate_in_use_is_noted(clinic: Clinic) -> None:
    """One that was replaced is not noted when it is shown once more."""
    device_id = clinic.enroll()
    before = clinic.device(device_id).certificate_expires_at
    for hours, since in ((24, 0), (36, 12), (24, 0)):
        peer = ShownPeer(
            device_id, "key-1", NOW + timedelta(hours=hours), NOW + timedelta(hours=since)
        )
        note_certificate(peer, clinic.database.open)
    after = clinic.device(device_id)

    assert before is None
    assert after.certificate_issued_at == NOW + timedelta(hours=12)
    assert after.certificate_expires_at == NOW + timedelta(hours=36)


def test_a_foreign_key_notes_nothing(clinic: Clinic) -> None:
    device_id = clinic.enroll()
    note_certificate(ShownPeer(device_id, "key-7", NOW), clinic.database.open)
    note_certificate(ShownPeer(DeviceId("nobody"), "key-1", NOW), clinic.database.open)

    assert clinic.device(device_id).certificate_expires_at is None


def test_renewing_with_the_same_key_changes_nothing(clinic: Clinic) -> None:
    device_id = clinic.enroll()
    clinic.renew(device_id, b"key-1")

    assert clinic.device(device_id).next_key_fingerprint == ""


def test_nobody_renews_for_a_device_that_is_revoked_or_unknown(clinic: Clinic) -> None:
    device_id = clinic.enroll()
    revoke(device_id, "stolen", clinic.database.open, by=By(at=NOW))

    for wrong in (device_id, DeviceId("none")):
        with pytest.raises(DeniedError, match="revoked or unknown"):
            clinic.renew(wrong, b"key-2")
        with pytest.raises(DeniedError, match="revoked or unknown"):
            clinic.renew_expired(wrong, "key-1", since=timedelta(days=1))


def test_an_expired_certificate_is_renewed_for_30_days(clinic: Clinic) -> None:
    """At the limit yes, a second later no."""
    device_id = clinic.enroll()

    assert clinic.renew_expired(device_id, "key-1", since=RENEWAL_GRACE).chain_der
    with pytest.raises(DeniedError, match="more than 30 days ago: enroll again"):
        clinic.renew_expired(device_id, "key-1", since=RENEWAL_GRACE + timedelta(seconds=1))


def test_only_a_present_key_renews(clinic: Clinic) -> None:
    """The device's key or the one that was renewed and never used; no older one."""
    device_id = clinic.enroll()
    clinic.renew(device_id, b"key-2")

    third = clinic.renew_expired(device_id, "key-2", b"key-3", since=timedelta(days=1))
    fourth = clinic.renew_expired(device_id, "key-1", b"key-4", since=timedelta(days=1))

    assert (third.chain_der[0], fourth.chain_der[0]) == (b"key-3", b"key-4")
    with pytest.raises(DeniedError, match="replaced by a newer one"):
        clinic.renew_expired(device_id, "key-2", b"key-5", since=timedelta(days=1))


def test_revoking(clinic: Clinic) -> None:
    """Once, with the reason; a second time changes nothing; an unknown id is told."""
    device_id = clinic.enroll()
    first = revoke(device_id, "stolen\n", clinic.database.open, by=By(at=NOW))
    second = revoke(device_id, "again", clinic.database.open, by=By(at=NOW + timedelta(days=1)))

    assert (first.revoked_at, first.revoke_reason) == (NOW, "stolen ")
    assert first == second
    with pytest.raises(NotFoundError, match="no device has the id none"):
        revoke(DeviceId("none"), "", clinic.database.open, by=By(at=NOW))


@pytest.mark.parametrize(
    ("lifetime", "uses", "match"),
    [
        pytest.param(timedelta(seconds=59), 1, "lifetime: between 1 minute", id="too short"),
        pytest.param(timedelta(days=366), 1, "lifetime: between 1 minute", id="too long"),
        pytest.param(timedelta(hours=1), 0, "uses: between 1 and 100000, not 0", id="no use"),
        pytest.param(timedelta(hours=1), 100_001, "not 100001", id="too many"),
    ],
)
def test_tokens_have_limits(lifetime: timedelta, uses: int, match: str) -> None:
    with pytest.raises(InvalidError, match=match):
        Clinic(uses=uses, lifetime=lifetime)
