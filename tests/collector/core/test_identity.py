"""One machine keeps one device through what happens to machines; two never share one."""

from dataclasses import replace

import pytest

from sickbay_collector.core.device import Evidence
from sickbay_collector.core.identity import (
    Candidate,
    Judgement,
    Objection,
    Outcome,
    Verdict,
    compare,
    judge,
    usable_clues,
)
from sickbay_collector.core.identity_clues import Clue, ClueKind, swapped
from sickbay_collector.core.ids import DeviceId

OLD = DeviceId("d-old")
LAPTOP = Evidence(
    smbios_uuid="4c4c4544-0042-4b10-8052-b4c04f4d3732",
    system_serial="PF-3XK1P2",
    board_serial="L1HF26001AB",
    machine_id="0f5e3f0a9d6f4a51b4d2c6a9d9c0b7e1",
    permanent_macs=("9c:eb:e8:12:34:56", "9c:eb:e8:12:34:57"),
    boot_drive_serial="S4EWNX0R123456",
    virtualization="none",
)
GUEST = Evidence(
    smbios_uuid="9b1f3c52-4a44-4f6c-8a2e-5d0a7c1b2e3f",
    machine_id="77aa3f0a9d6f4a51b4d2c6a9d9c0b7e1",
    permanent_macs=("52:54:00:1a:2b:3c",),
    virtualization="kvm",
)
OTHER = Evidence(
    smbios_uuid="4c4c4544-0043-4b10-8052-b4c04f4d3733",
    system_serial="PF-9ZZ9Z9",
    board_serial="L1HF26009ZZ",
    machine_id="1f5e3f0a9d6f4a51b4d2c6a9d9c0b7e2",
    permanent_macs=("9c:eb:e8:99:99:01",),
    boot_drive_serial="S4EWNX0R999999",
    virtualization="none",
)
REIMAGED = "ee5e3f0a9d6f4a51b4d2c6a9d9c0b7ff"


def unfilled(evidence: Evidence) -> Evidence:
    return replace(
        evidence,
        smbios_uuid="03000200-0400-0500-0006-000700080009",
        system_serial="To Be Filled By O.E.M.",
        board_serial="Default string",
    )


def judged(
    new: Evidence, old: Evidence, *objections: Objection, shared: tuple[Clue, ...] = ()
) -> Judgement:
    return judge(new, [Candidate(device_id=OLD, evidence=old, objections=objections)], shared)


@pytest.mark.parametrize(
    ("new", "old", "verdict", "points"),
    [
        pytest.param(replace(LAPTOP, machine_id=REIMAGED), LAPTOP, Verdict.SAME, 175, id="reimage"),
        pytest.param(
            replace(LAPTOP, machine_id=REIMAGED, boot_drive_serial="S4EWNX0R777777"),
            LAPTOP,
            Verdict.SAME,
            160,
            id="disk swap",
        ),
        pytest.param(
            replace(LAPTOP, smbios_uuid=swapped(LAPTOP.smbios_uuid), machine_id=REIMAGED),
            LAPTOP,
            Verdict.SAME,
            175,
            id="swapped UUID",
        ),
        pytest.param(
            replace(OTHER, system_serial=LAPTOP.system_serial, machine_id=LAPTOP.machine_id),
            replace(LAPTOP, boot_drive_serial=OTHER.boot_drive_serial),
            Verdict.POSSIBLE,
            80,
            id="board swap, serial written into the new one",
        ),
        pytest.param(
            replace(OTHER, boot_drive_serial=LAPTOP.boot_drive_serial),
            LAPTOP,
            Verdict.NEW,
            15,
            id="disk moved to another machine",
        ),
        pytest.param(
            replace(OTHER, machine_id=LAPTOP.machine_id), LAPTOP, Verdict.NEW, 20, id="cloned disk"
        ),
        pytest.param(
            replace(OTHER, smbios_uuid=LAPTOP.smbios_uuid),
            LAPTOP,
            Verdict.POSSIBLE,
            50,
            id="two machines, one UUID",
        ),
        pytest.param(
            replace(OTHER, permanent_macs=(*OTHER.permanent_macs, LAPTOP.permanent_macs[0])),
            LAPTOP,
            Verdict.NEW,
            20,
            id="dock with an address",
        ),
        pytest.param(
            unfilled(replace(LAPTOP, machine_id=REIMAGED)),
            unfilled(LAPTOP),
            Verdict.POSSIBLE,
            55,
            id="OEM placeholders, reimaged",
        ),
        pytest.param(
            unfilled(OTHER),
            unfilled(LAPTOP),
            Verdict.NEW,
            0,
            id="OEM placeholders, another machine",
        ),
        pytest.param(
            replace(GUEST, machine_id=REIMAGED), GUEST, Verdict.SAME, 80, id="guest reimaged"
        ),
        pytest.param(
            replace(
                GUEST,
                smbios_uuid="11223344-4a44-4f6c-8a2e-5d0a7c1b2e3f",
                permanent_macs=("52:54:00:99:99:99",),
            ),
            GUEST,
            Verdict.NEW,
            20,
            id="guest cloned",
        ),
        pytest.param(
            replace(LAPTOP, virtualization="lxc", permanent_macs=(), machine_id=REIMAGED),
            replace(LAPTOP, virtualization="lxc", permanent_macs=()),
            Verdict.NEW,
            0,
            id="two containers on one host",
        ),
        pytest.param(
            replace(LAPTOP, virtualization="lxc", permanent_macs=(), machine_id=REIMAGED),
            LAPTOP,
            Verdict.NEW,
            0,
            id="container and its host",
        ),
        pytest.param(
            replace(LAPTOP, virtualization="", machine_id=REIMAGED),
            LAPTOP,
            Verdict.POSSIBLE,
            175,
            id="an agent that does not say what it runs in",
        ),
        pytest.param(Evidence(), LAPTOP, Verdict.NEW, 0, id="an old agent, without evidence"),
        pytest.param(LAPTOP, Evidence(), Verdict.NEW, 0, id="known by an old agent"),
    ],
)
def test_what_happens_to_machines(
    new: Evidence, old: Evidence, verdict: Verdict, points: int
) -> None:
    found = judged(new, old)

    assert (found.verdict, found.points) == (verdict, points)


@pytest.mark.parametrize(
    "objection",
    [Objection.LIVE, Objection.SHUT_OUT, Objection.RETIRED, Objection.PENDING],
)
def test_a_device_that_is_not_silent_and_in_service_is_never_replaced(
    objection: Objection,
) -> None:
    """A copied machine, a restored snapshot beside the original, a stolen one that returns."""
    found = judged(LAPTOP, LAPTOP, objection)

    assert found.verdict == Verdict.POSSIBLE
    assert found.other == OLD
    assert found.objections == (objection,)


def test_a_value_that_many_have_tells_nothing() -> None:
    shared = (
        Clue(ClueKind.UUID, usable_clues(LAPTOP)[0].value),
        Clue(ClueKind.SERIAL, "pf-3xk1p2"),
    )
    found = judged(replace(LAPTOP, machine_id=REIMAGED), LAPTOP, shared=shared)

    assert found.points == 80
    assert [one.outcome for one in found.findings[:2]] == [Outcome.SHARED] * 2


def test_addresses_count_for_two_at_most_and_one_strong_kind_is_not_enough() -> None:
    macs = tuple(f"9c:eb:e8:12:34:{number:02x}" for number in range(8))
    old = Evidence(machine_id=LAPTOP.machine_id, permanent_macs=macs, virtualization="none")
    new = replace(old, boot_drive_serial="S4EWNX0R123456", chassis_asset_tag="IT-00712")
    found = judged(new, replace(new, smbios_uuid=LAPTOP.smbios_uuid))

    assert found.points == 40 + 20 + 15 + 10
    assert found.objections == (Objection.ONE_STRONG,)
    assert found.verdict == Verdict.POSSIBLE


def test_of_two_that_agree_none_is_taken() -> None:
    """Unless one of them is out of service."""
    twins = [Candidate(device_id=DeviceId(name), evidence=LAPTOP) for name in ("d-1", "d-2")]
    gone = replace(twins[1], objections=(Objection.RETIRED,))

    assert judge(LAPTOP, twins, ()).objections == (Objection.SEVERAL,)
    assert judge(LAPTOP, twins, ()).verdict == Verdict.POSSIBLE
    found = judge(LAPTOP, [twins[0], gone], ())
    assert (found.verdict, found.other) == (Verdict.SAME, DeviceId("d-1"))


def test_the_most_alike_is_named() -> None:
    far = Candidate(
        device_id=DeviceId("d-far"), evidence=replace(OTHER, machine_id=LAPTOP.machine_id)
    )
    near = Candidate(device_id=OLD, evidence=LAPTOP)

    assert judge(LAPTOP, [far, near], ()).other == OLD


def test_without_candidates_a_device_is_new_and_says_what_it_has() -> None:
    found = judge(replace(LAPTOP, system_serial="Default string"), [], ())

    assert (found.verdict, found.points, found.other) == (Verdict.NEW, 0, None)
    outcomes = {one.kind: one.outcome for one in found.findings}
    assert outcomes[ClueKind.UUID] == Outcome.UNSEEN
    assert outcomes[ClueKind.SERIAL] == Outcome.UNFILLED


@pytest.mark.parametrize(
    ("new", "old", "other"),
    [
        pytest.param(OTHER, LAPTOP, True, id="another laptop"),
        pytest.param(replace(LAPTOP, machine_id=REIMAGED), LAPTOP, False, id="the same"),
        pytest.param(Evidence(), LAPTOP, False, id="no evidence"),
        pytest.param(
            replace(LAPTOP, board_serial="L1HF26009ZZ"), LAPTOP, False, id="one part differs"
        ),
        pytest.param(replace(OTHER, virtualization="lxc"), LAPTOP, False, id="a container"),
        pytest.param(
            replace(GUEST, smbios_uuid=OTHER.smbios_uuid, permanent_macs=("52:54:00:00:00:01",)),
            GUEST,
            True,
            id="a cloned guest",
        ),
    ],
)
def test_whether_it_cannot_be_the_same_machine(
    new: Evidence, old: Evidence, *, other: bool
) -> None:
    assert other == compare(new, old, ()).is_other_hardware


def test_a_container_is_looked_for_by_its_own_values_only() -> None:
    kinds = {one.kind for one in usable_clues(replace(LAPTOP, virtualization="docker"))}

    assert kinds == {ClueKind.MACHINE, ClueKind.MAC}
