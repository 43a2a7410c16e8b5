"""What stands on the pages that a fleet alone does not fill, and where these pages are."""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

from sickbay_collector.core.access.right import Right
from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.window import Occurrence, Window
from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.desk.ack_token import AckToken, signed
from sickbay_collector.core.desk.message import MessageState, OutboxMessage
from sickbay_collector.core.desk.ticket import Visibility
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.core.saved_view import SavedView
from sickbay_collector.services import desk
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.book.apply import Applying, Document, apply, read_documents
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.own_sign_in import make_device_link
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.web.console.settings_kinds import PAGES
from tests.collector.clinic import NOW, SICK, TICKET, Clinic
from tests.contract.test_problems import PROBLEM
from tests.contract.test_quiet import HOUR, SILENCE, WINDOW, an_occurrence

ADA = PersonId("p-ada")
MESSAGE = OutboxMessage(
    key="t:1:receipt/mail:ada@example.org",
    channel="mail",
    payload={"subject": "We have your request", "body": "It has the number 1."},
    created_at=NOW - timedelta(minutes=5),
    not_before=NOW - timedelta(minutes=5),
    recipient="person:p-ada",
    state=MessageState.DEAD,
    last_error="550 no such user here",
)
FURNISHED_PATHS = (
    "/silences/1",
    "/windows/1",
    "/problems/1",
    f"/messages/{quote(MESSAGE.key, safe='')}",
    "/coverage/rotas/nights",
    "/tickets/1/macros/password-reset",
    *(f"/settings/{kind}" for kind in PAGES),
    *(f"/settings/new/{kind}" for kind in PAGES),
    "/settings/new/channels?kind=email",
    "/settings/new/sites?as=text",
    "/settings/technicians/ada",
    "/settings/technicians/ada?as=text",
    "/settings/channels/mail",
    "/settings/technicians/ada/remove?how=off",
    "/settings/sites/kiel",
    "/settings/sites/kiel/remove",
    "/devices?tag=lab&column=tags&column=owner&column=site&order=owner",
)
"""Pages of the desk beside those that `test_pages` names."""
OWN_PATHS = ("/own", "/own/new", "/own/tickets/1")
"""A requester's pages."""
OPEN_PATHS = ("/sign-in", "/sign-in?next=%2Fdevices", "/sign-in/link")
"""Pages of nobody; those behind a secret beside them."""
PARTS = (
    "/tickets/1/around",
    "/contacts/callers?who=ada",
    "/contacts/about?summary=password",
    "/search/hits?q=ws",
    f"/messages/state/{quote(MESSAGE.key, safe='')}",
)
"""Parts of pages, which scripts ask for."""
NO_PAGES = {
    "/assets/{name}": "style and script",
    "/events": "a stream without end",
    "/devices.csv": "a file",
    "/kpis.csv": "a file",
    "/sign-in/oidc": "leads to the provider",
    "/sign-in/oidc/done": "leads to a page",
}
"""Answers that nobody looks at, and why."""
_WRITES = ("/settings/new/", "/settings/technicians/ada/remove", "/settings/sites/kiel/remove")


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """Addresses with a secret."""

    link: str
    """Signs ada in, once."""
    ack: str
    """Acknowledges ticket 1."""


def furnished_paths(role: Role) -> list[str]:
    """Return those of the desk's further pages that a role may open."""
    rights = RIGHTS[role]
    return [
        path
        for path in FURNISHED_PATHS
        if (Right.DESK_WRITE in rights or not path.startswith(_WRITES))
        and (Right.TICKETS_WORK in rights or "/macros/" not in path)
    ]


def furnish(clinic: Clinic) -> Furnished:
    """Add one of each thing that has a page, at a desk whose configuration can be changed."""
    with clinic.open_writes() as uow:
        _add_people(uow)
        matcher = Matcher.of({"device": ["ws-*"], "rule": ["disk.*"]})
        uow.quiet.add_silence(replace(SILENCE, matcher=matcher, created_at=NOW, ends_at=NOW + HOUR))
        uow.quiet.save_occurrence(_occurrence(uow.quiet.add_window(_window(matcher)).number))
        uow.problems.add(_PROBLEM)
        uow.outbox.add(MESSAGE)
        uow.tags.add(["lab"], [SICK], at=NOW, by="technician")
        uow.views.save(_VIEW)
        key = uow.ack_links.make_key()
        uow.commit()
    _apply(clinic)
    desk.note(
        clinic.open_writes,
        TICKET,
        user="technician",
        text="We are **on it**.",
        visibility=Visibility.PUBLIC,
        now=NOW,
    )
    token = AckToken(ticket_id=TICKET, login="ada", expires_at=NOW + timedelta(hours=1))
    link = make_device_link(clinic.open_writes, SICK, by=By(at=NOW, user="technician"))
    return Furnished(link=link.path, ack=f"/ack/{signed(token, key)}")


def _window(matcher: Matcher) -> Window:
    """Return a weekly window that comes in an hour."""
    start = (NOW + HOUR).replace(tzinfo=None)
    return replace(
        WINDOW,
        matcher=matcher,
        start=start,
        zone="UTC",
        until=NOW + timedelta(days=30),
        created_at=NOW,
    )


def _occurrence(window: int) -> Occurrence:
    begins, ends = NOW + HOUR, NOW + 3 * HOUR
    return an_occurrence(window, starts_at=begins, ends_at=ends, checks_at=ends + HOUR)


def _add_people(uow: UnitOfWork) -> None:
    """Give ada the sick device and the ticket."""
    uow.people.add(
        Person(person_id=ADA, name="Ada Berg", email="ada@example.org", phone="+47 22 33 44")
    )
    owner = Claim(field=AssetField.OWNER, source=Source.IMPORTED, value=ADA, at=NOW, by="root")
    uow.assets.save_all([AssetWrite(device_id=SICK, version=0, put=(owner,))])
    ticket = uow.tickets.get(TICKET)
    if ticket is not None:
        uow.tickets.save(replace(ticket, requester=ADA), expected_version=ticket.version)


def _apply(clinic: Clinic) -> None:
    """Apply a site, so that something can be taken away."""
    text = "sites:\n- {id: kiel, name: Kiel, zone: Europe/Berlin}\n"
    layer = read_documents([Document(name="a file", text=text)])
    applying = Applying(wanted=Wanted(layer=layer), revision=None, user="administrator", now=NOW)
    apply(clinic.open_writes, clinic.shelf.now.base, applying)
    clinic.shelf.follow()


_PROBLEM = replace(
    PROBLEM,
    device_id=SICK,
    title="ws-sick: disk.space keeps coming back",
    reason="3 incidents in 30 days",
    raised_at=NOW - timedelta(days=2),
)
_VIEW = SavedView(
    view_id="view-1",
    name="Lost ones",
    query="presence=lost",
    owner="technician",
    is_shared=True,
    saved_at=NOW,
)
