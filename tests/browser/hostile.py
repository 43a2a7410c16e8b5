"""Everything that people write down, hostile: one of each thing for each text."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.desk.message import MessageState, OutboxMessage
from sickbay_collector.core.desk.ticket import Visibility, WorklogEntry
from sickbay_collector.core.device import EnrollmentToken
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId, PersonId, TicketId
from sickbay_collector.core.person import Person
from sickbay_collector.core.repair import Repair, RepairKind
from sickbay_collector.core.saved_view import SavedView
from sickbay_collector.services.access import Role
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.book.all_kinds import ALL_KINDS
from sickbay_collector.services.book.apply import Applying, Document, apply, read_documents
from sickbay_collector.services.book.listing import list_entries
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.token_ports import ApiToken
from tests.browser.payloads import PAYLOADS
from tests.collector.clinic import NOW, SICK, WELL, Clinic, a_device, a_ticket
from tests.contract.test_problems import PROBLEM
from tests.contract.test_quiet import SILENCE, WINDOW, an_occurrence

SAMPLE = range(1, len(PAYLOADS) + 1, 7)
"""Numbers of things whose own pages are looked at; each has several texts, so together all."""
SHIFTS = range(0, len(PAYLOADS), 9)
MESSAGES = tuple(
    OutboxMessage(
        key=f"m:{place}:{said}"[:120],
        channel="mail",
        payload={"subject": said, "body": PAYLOADS[(place + 1) % len(PAYLOADS)]},
        created_at=NOW,
        not_before=NOW,
        recipient=f"person:{said}"[:120],
        state=MessageState.DEAD,
        last_error=PAYLOADS[(place + 2) % len(PAYLOADS)],
    )
    for place, said in enumerate(PAYLOADS)
    if place in SHIFTS
)
_FREE = (
    *(AssetField.DEPARTMENT, AssetField.LOCATION, AssetField.SUPPLIER, AssetField.CONTRACT),
    *(AssetField.ASSET_TAG, AssetField.VENDOR, AssetField.MODEL, AssetField.SERIAL),
)


def write_down(uow: UnitOfWork) -> None:
    """Write all of it down; the sick device and its ticket have some of each."""
    for place, said in enumerate(PAYLOADS):
        _person_and_device(uow, place, said)
        _problem_and_quiet(uow, place, said)
        _access(uow, place, said)
        uow.audit.add(_event(place, said))
    _own(uow)
    for one in MESSAGES:
        uow.outbox.add(one)


def hostile_entries(clinic: Clinic) -> set[tuple[str, str]]:
    """Put a text into each key of each kind of setting that takes one; return which entries."""
    changed = set()
    for turn, (kind, name, key) in enumerate(list(_keys(clinic))):
        for said in PAYLOADS[turn % 7 :: 7]:
            if _applied(clinic, kind, {ALL_KINDS[kind].id_key: name, key: said}):
                changed.add((kind, name))
                break
    return changed


def _text(place: int) -> str:
    return PAYLOADS[place % len(PAYLOADS)]


def _person_and_device(uow: UnitOfWork, place: int, said: str) -> None:
    person_id = PersonId(f"p-{place:03}")
    uow.people.add(
        Person(
            person_id=person_id,
            name=said,
            email=f"{place}@example.org",
            phone=_text(place + 1),
            department=_text(place + 2),
            login=f"login{place}",
        )
    )
    device_id = DeviceId(f"0195a000-0000-7000-8000-00000004{place:04d}")
    uow.devices.add(a_device(device_id, f"host-{place}", key_fingerprint=f"hostile-{place}"))
    claims = [_claim(AssetField.OWNER, person_id)]
    claims += [_claim(field, _text(place + shift)) for shift, field in enumerate(_FREE)]
    uow.assets.save_all([AssetWrite(device_id=device_id, version=0, put=tuple(claims))])
    uow.assets.add_repair(
        Repair(
            repair_id=f"r-{place}",
            device_id=SICK,
            at=NOW - timedelta(minutes=place),
            kind=RepairKind.PART,
            text=said,
            supplier=_text(place + 1),
            cents=100,
            currency="EUR",
            by="bo",
        )
    )
    uow.tags.add([said[:40].lower() or "x"], [device_id], at=NOW, by="bo")
    view = SavedView(
        view_id=f"v-{place}",
        name=said[:60],
        query="text=x",
        owner="administrator",
        is_shared=True,
        saved_at=NOW,
    )
    if place in SHIFTS:
        uow.views.save(view)


def _claim(field: AssetField, value: str) -> Claim:
    return Claim(field=field, source=Source.MANUAL, value=value, at=NOW, by="bo")


def _problem_and_quiet(uow: UnitOfWork, place: int, said: str) -> None:
    uow.problems.add(
        replace(
            PROBLEM,
            key=f"hostile-{place}",
            device_id=WELL,
            title=said,
            reason=_text(place + 1),
            workaround=_text(place + 2),
            known_error=_text(place + 3),
            fix=_text(place + 4),
            owner=_text(place + 5)[:64],
            factor=_text(place + 6),
            factor_value=said,
        )
    )
    matcher = Matcher.of({"device": [said if said.isprintable() else "*"]})
    silence = replace(SILENCE, matcher=matcher, reason=_text(place + 1), author=said[:64])
    uow.quiet.add_silence(silence)
    window = replace(WINDOW, title=said, matcher=matcher, reason=_text(place + 1), author=said[:64])
    uow.quiet.save_occurrence(an_occurrence(uow.quiet.add_window(window).number))


def _access(uow: UnitOfWork, place: int, said: str) -> None:
    uow.tokens.add(
        EnrollmentToken(
            token_id=f"e-{place}",
            secret_hash=f"enrollment-{place}",
            created_at=NOW,
            expires_at=NOW + timedelta(days=1),
            max_uses=3,
            uses=0,
            revoked_at=None,
            comment=said,
        )
    )
    uow.api_tokens.add(
        ApiToken(
            token_id=f"a-{place}",
            secret_hash=f"token-{place}",
            user=said[:64],
            role=Role.READER,
            created_at=NOW,
            expires_at=None,
            revoked_at=None,
            sites=(),
            made_by=_text(place + 1)[:64],
        )
    )


def _event(place: int, said: str) -> AuditEvent:
    return AuditEvent(
        at=NOW - timedelta(seconds=place),
        actor=said[:64],
        action="changed",
        object_kind=_text(place + 1)[:64],
        object_id=_text(place + 2)[:64],
        before={said[:64]: _text(place + 3)},
        after={said[:64]: _text(place + 4)},
    )


def _own(uow: UnitOfWork) -> None:
    """Let somebody who is called so own the sick device, and ask for things."""
    asker = PersonId("p-004")
    owner = _claim(AssetField.OWNER, asker)
    uow.assets.save_all([AssetWrite(device_id=SICK, version=0, put=(owner,))])
    for place in SHIFTS:
        ticket_id = TicketId(f"0195a000-0000-7000-8000-00000005{place:04d}")
        ticket = a_ticket(
            ticket_id=ticket_id,
            device_id=SICK,
            family=None,
            title=_text(place),
            description=_text(place + 1),
            resolution=_text(place + 2),
            requester=asker,
        )
        uow.tickets.insert_open(ticket)
        uow.tickets.log(
            WorklogEntry(
                ticket_id=ticket_id,
                at=NOW,
                actor=_text(place + 3)[:64],
                event="comment",  # of a newer collector
                text=_text(place + 4),
                visibility=Visibility.PUBLIC,
                before={},
                after={},
            )
        )


def _keys(clinic: Clinic) -> Iterator[tuple[str, str, str]]:
    """Yield a key with a text of the first two entries of each kind."""
    seen: dict[str, int] = {}
    with clinic.open_reads() as uow:
        stored = uow.config.all()
    for one in list_entries(clinic.shelf.now, stored):
        seen[one.kind] = seen.get(one.kind, 0) + 1
        if seen[one.kind] <= 2:
            for key, value in one.content.items():
                if isinstance(value, str) and key != ALL_KINDS[one.kind].id_key:
                    yield one.kind, one.id, key


def _applied(clinic: Clinic, kind: str, entry: dict[str, Plain]) -> bool:
    text = json.dumps({kind: [entry]}, ensure_ascii=False)
    try:
        wanted = Wanted(layer=read_documents([Document(name="hostile", text=text)]))
        applying = Applying(wanted=wanted, revision=None, user="administrator", now=NOW)
        apply(clinic.open_writes, clinic.shelf.now.base, applying)
    except InvalidError:
        return False
    clinic.shelf.follow()
    return True
