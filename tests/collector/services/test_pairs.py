"""Somebody decides that two devices which look alike are different machines."""

from dataclasses import replace

import pytest

from sickbay_collector.core.device_pair import Apart, in_order
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.identity import Outcome, Verdict
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.enrollment_tokens import Terms
from sickbay_collector.services.pair_merge import merge_devices
from sickbay_collector.services.pairs import Deciding, tell_apart
from tests.collector.services.test_enrollment import HARDWARE, NOW, Clinic

BY = By(at=NOW, user="ann")


def enroll(clinic: Clinic, number: int, *, serial: str = HARDWARE.system_serial) -> DeviceId:
    """Let a machine of a series come in: the serial of its box and its board are everybody's."""
    evidence = replace(
        HARDWARE,
        smbios_uuid="",
        system_serial=serial,
        machine_id="",
        permanent_macs=(f"9c:eb:e8:12:34:0{number}",),
        boot_drive_serial="",
    )
    return clinic.enroll(
        agent_instance_id=f"agent-0000{number}",
        nonce=bytes([number]) * 16,
        csr_der=f"key-{number}".encode(),
        hostname=f"pc-{number}",
        evidence=evidence,
    )


def apart(clinic: Clinic, one: DeviceId, other: DeviceId, reason: str = "one batch") -> Apart:
    deciding = Deciding(one=one, other=other, reason=reason, by=BY)
    return tell_apart(clinic.database.open, deciding)


@pytest.fixture
def clinic() -> Clinic:
    """A token for several devices."""
    return Clinic(uses=9)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_devices_that_were_told_apart_are_listed_no_more(
    clinic: Clinic, order: tuple[int, int]
) -> None:
    """Whoever of the two is named first; and the audit knows it of each."""
    first, second = enroll(clinic, 1), enroll(clinic, 2)
    assert clinic.device(second).possible_duplicate_of == first

    one, other = ((first, second)[place] for place in order)
    said = apart(clinic, one, other, " one batch\n")
    assert (said.by, said.at, said.reason) == ("ann", NOW, "one batch")
    assert clinic.device(second).possible_duplicate_of is None
    with clinic.database.read() as uow:
        assert list(uow.devices.twins(limit=9)) == []
    assert [one["reason"] for one in clinic.audited("told apart")] == ["one batch"] * 2
    assert {one["device"] for one in clinic.audited("told apart")} == {"pc-1", "pc-2"}


def test_what_they_share_flags_nobody_again(clinic: Clinic) -> None:
    """Neither one of them with a new agent, nor a third; what is a machine's own still does."""
    first, second = enroll(clinic, 1), enroll(clinic, 2)
    apart(clinic, first, second)

    third = enroll(clinic, 3)
    with clinic.database.read() as uow:
        judged = uow.identity.of([third])[third].judgement
    assert (judged.verdict, judged.points) == (Verdict.NEW, 0)
    assert [one.outcome for one in judged.findings[:2]] == [Outcome.SHARED] * 2


def test_one_of_them_is_still_known_by_what_it_alone_has(clinic: Clinic) -> None:
    first, second = enroll(clinic, 1), enroll(clinic, 2)
    apart(clinic, first, second)
    own = replace(clinic.device(second).evidence, smbios_uuid=HARDWARE.smbios_uuid)
    for agent, nonce in (("agent-00002", b"7" * 16), ("agent-00008", b"8" * 16)):
        anew = clinic.enroll(agent_instance_id=agent, nonce=nonce, evidence=own)

    assert second != anew
    assert clinic.device(anew).possible_duplicate_of == second


def test_a_device_that_adopts_is_not_taken_for_what_it_is_not() -> None:
    """By a token that adopts, with nothing but what both have."""
    clinic = Clinic(uses=9, terms=Terms(adopt=True))
    first, second = enroll(clinic, 1), enroll(clinic, 2)
    apart(clinic, first, second)

    assert enroll(clinic, 3) not in {first, second}


def test_deciding_it_again_changes_nothing(clinic: Clinic) -> None:
    first, second = enroll(clinic, 1), enroll(clinic, 2)
    said = apart(clinic, first, second)

    assert apart(clinic, second, first, "another reason") == said
    assert len(clinic.audited("told apart")) == 2


def test_a_flag_about_another_device_stays(clinic: Clinic) -> None:
    first, second = enroll(clinic, 1), enroll(clinic, 2)
    other = enroll(clinic, 3, serial="PF-OTHER-9")
    clinic.change(second, possible_duplicate_of=other)
    apart(clinic, first, second)

    assert clinic.device(second).possible_duplicate_of == other


@pytest.mark.parametrize(
    ("names", "reason", "error", "said"),
    [
        pytest.param((0, 0), "so", ConflictError, "name two", id="one device"),
        pytest.param((0, 9), "so", NotFoundError, "no device has the id", id="no such device"),
        pytest.param((0, 1), " \n\0", InvalidError, "reason: say why", id="no reason"),
    ],
)
def test_what_cannot_be_decided(
    clinic: Clinic, names: tuple[int, int], reason: str, error: type[Exception], said: str
) -> None:
    there = dict(enumerate((enroll(clinic, 1), enroll(clinic, 2))))
    one, other = (there.get(name, DeviceId("nobody")) for name in names)

    with pytest.raises(error, match=said):
        apart(clinic, one, other, reason)
    with clinic.database.read() as uow:
        assert uow.pairs.apart(*in_order(there[0], there[1])) is None


def test_the_agent_of_a_record_that_ended_may_be_the_survivor(clinic: Clinic) -> None:
    """It comes in as a new device, for somebody to look at: its record is shut out."""
    first, second = enroll(clinic, 1), enroll(clinic, 2)
    deciding = Deciding(one=first, other=second, reason="reinstalled", by=BY)
    done = merge_devices(clinic.database.open, deciding)
    ended = done.alias.device_id
    evidence = clinic.device(ended).evidence
    agent = clinic.device(ended).agent_instance_id
    again = clinic.enroll(agent_instance_id=agent, nonce=b"9" * 16, evidence=evidence)

    assert again not in {first, second}
    assert clinic.device(again).possible_duplicate_of == done.survivor.device_id
