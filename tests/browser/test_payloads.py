"""Hostile text in every field that a device or a person fills is text, and stays in its place."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from sickbay_collector.core.desk.ticket import Ticket, Visibility, WorklogEntry
from sickbay_collector.core.device import Evidence
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.core.inventory import Row, SectionContent
from sickbay_collector.services.access import Role
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.web.console.devices import TABS
from tests.browser.conftest import Ward
from tests.browser.payloads import PAYLOADS
from tests.collector.clinic import NOW, SICK, TICKET, a_device, a_ticket
from tests.kit.browser import Watch, overflow, settle, watched

_STRANGE = (
    "script:not([src]), iframe, object, math, base, [srcdoc], main style, main link,"
    " main img:not([src^='/assets/mark.'])"
)
EVIDENCE = Evidence(
    system_serial=PAYLOADS[5],
    board_serial=PAYLOADS[6],
    chassis_asset_tag=PAYLOADS[7],
    machine_id=PAYLOADS[8],
    permanent_macs=PAYLOADS[9:20],
    boot_drive_serial=PAYLOADS[20],
)
_MARKS = set("`*_\\[]~#&|")


def test_hostile_text_is_shown_as_text(ward: Ward) -> None:
    """In lists, on a device and on a ticket that have all of it."""
    _fill(ward)
    page, watch = watched(ward.open_as(Role.TECHNICIAN, width=360))
    paths = (
        "/",
        "/devices",
        "/devices?order=hostname&text=alert",
        "/tickets?show=all",
        "/tickets/1",
        *(f"/devices/{SICK}?tab={tab}" for tab, _ in TABS),
    )
    assert wrong_on(page, watch, paths) == {}
    page.goto("/tickets/1")
    # A worklog is Markdown: what means something there is not shown as it was typed.
    for payload in (one for one in PAYLOADS if not _MARKS & set(one)):
        assert page.locator(".timeline p", has_text=payload).count() >= 1, payload


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_hostile_text_names_devices_and_tickets(ward: Ward) -> None:
    """As the heading and the title of pages of their own."""
    _fill(ward)
    page, watch = watched(ward.open_as(Role.TECHNICIAN, width=360))
    tickets = (f"/tickets/{number}" for number in range(2, len(PAYLOADS) + 2))
    devices = (f"/devices/{_device_id(place)}" for place in range(len(PAYLOADS)))

    assert wrong_on(page, watch, (*tickets, *devices)) == {}


def wrong_on(page: Page, watch: Watch, paths: tuple[str, ...]) -> dict[str, list[str]]:
    """Return what is wrong on pages that show hostile text."""
    found = {}
    for path in paths:
        page.goto(path)
        if wrong := wrong_here(page, watch):
            found[path] = wrong
    return found


def wrong_here(page: Page, watch: Watch) -> list[str]:
    """Return what is wrong on the page that is open: complaints, what is cut off, elements."""
    settle(page)
    return [*watch.taken(), *overflow(page), *(f"an element {one}" for one in _elements(page))]


def _elements(page: Page) -> list[str]:
    return [str(one) for one in page.locator(_STRANGE).evaluate_all("all => all.map(String)")]


def _fill(ward: Ward) -> None:
    with ward.clinic.open_writes() as uow:
        for place, payload in enumerate(PAYLOADS):
            device_id = _device_id(place)
            uow.devices.add(a_device(device_id, payload, key_fingerprint=f"key-{place}"))
            uow.tickets.insert_open(_ticket(place, payload, device_id))
            uow.tickets.log(_note(payload, place))
        for kind in ("system", "os"):
            _attach(uow, kind, {f"fact {place}": one for place, one in enumerate(PAYLOADS)}, {})
        for kind in ("software", "volumes", "drives", "network", "updates"):
            _attach(uow, kind, {}, {str(place): _row(one) for place, one in enumerate(PAYLOADS)})
        device = uow.devices.get(SICK)
        assert device is not None
        uow.devices.save(
            replace(device, hostname=PAYLOADS[3], agent_version=PAYLOADS[4], evidence=EVIDENCE)
        )
        uow.commit()


def _device_id(place: int) -> DeviceId:
    return DeviceId(f"0195a000-0000-7000-8000-00000001{place:04d}")


def _ticket(place: int, payload: str, device_id: DeviceId) -> Ticket:
    return a_ticket(
        ticket_id=TicketId(f"0195a000-0000-7000-8000-00000002{place:04d}"),
        device_id=device_id,
        title=payload,
        description=payload,
        resolution=payload,
        category=payload[:32],
        subcategory=payload[:32],
        queue=payload[:32],
        runbook=payload,
        priority_reason=payload,
        routing_reason=payload,
        assignee=payload[:32],
    )


def _note(payload: str, place: int) -> WorklogEntry:
    return WorklogEntry(
        ticket_id=TICKET,
        at=NOW - timedelta(seconds=place),
        actor=payload[:64],
        event="note",
        text=payload,
        visibility=Visibility.INTERNAL,
        before={"assignee": payload},
        after={"assignee": payload[::-1]},
    )


def _row(payload: str) -> Row:
    names = ("name", "version", "publisher", "source", "mount_point", "label", "model", "mac")
    return dict.fromkeys(names, payload)


def _attach(uow: UnitOfWork, kind: str, facts: Row, rows: dict[str, Row]) -> None:
    content_hash = f"hostile-{kind}".encode().ljust(32, b".")
    uow.sections.put(content_hash, SectionContent(kind=kind, facts=facts, rows=rows))
    uow.sections.attach(SICK, kind, content_hash, at=NOW - timedelta(hours=1))
