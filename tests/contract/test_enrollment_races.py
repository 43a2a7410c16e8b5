"""Machines that look alike and come in at once see each other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import Engine

from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.enrollment import EnrollCommand, enroll
from sickbay_collector.services.enrollment_tokens import make_token
from tests.collector.services.test_enrollment import HARDWARE, Seals, new_id
from tests.contract.conftest import Stores
from tests.contract.records import NOW

ROUNDS = 12


def _secret(stores: Stores) -> str:
    made = make_token(
        stores.open,
        by=By(at=NOW),
        lifetime=timedelta(hours=1),
        max_uses=ROUNDS,
        comment="",
        new_id=new_id,
    )
    return made.secret


def _enrolling(stores: Stores, secret: str, number: int, together: Barrier) -> Callable[[], None]:
    """Return what lets the machine of each round come in, when the other's does."""

    def run() -> None:
        for place in range(ROUNDS):
            key = f"{number}-{place:02}"
            command = EnrollCommand(
                secret=secret,
                csr_der=f"key-{key}".encode(),
                agent_instance_id=f"agent-{key}",
                nonce=key.encode().ljust(16, b"."),
                hostname=f"pc-{key}",
                evidence=replace(
                    HARDWARE,
                    smbios_uuid=f"4c4c4544-0042-4b10-8052-b4c04f4d37{place:02}",
                    system_serial=f"PF-3XK1P{place:02}",
                    board_serial="",
                    machine_id="",
                    permanent_macs=(),
                    boot_drive_serial="",
                ),
                agent_version="0.1.0",
                capabilities=(),
            )
            together.wait(timeout=60)
            enroll(command, stores.open, Seals(), now=NOW, new_id=new_id)

    return run


def test_of_two_that_come_in_at_once_one_is_flagged(engine: Engine) -> None:
    """By tokens of their own, which do not make one wait for the other."""
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    together = Barrier(2)
    threads = [
        Thread(target=_enrolling(stores, _secret(stores), number, together)) for number in (1, 2)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=120)

    with stores.read() as uow:
        flagged = uow.devices.twins(limit=99)
    assert len({one.evidence for one in flagged}) == len(flagged) == ROUNDS
