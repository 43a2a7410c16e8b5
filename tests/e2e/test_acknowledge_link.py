"""A technician gets a mail, follows its link, and has the ticket: by real mail and page."""

import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from starlette.testclient import TestClient

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.channel_spec import ChannelKind, ChannelSpec
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.notify.log import LogChannel
from sickbay_collector.notify.worker import Worker
from sickbay_collector.services import desk
from sickbay_collector.web.site import make_site
from tests.collector.clinic import NOW, TICKET, make_template, open_clinic
from tests.collector.notify.test_email import Mailbox, mail_channel, mail_server, only_mail
from tests.collector.roster_builders import a_technician

URL = "https://desk.example.org"
BOOK = DeskBook(
    technicians={"ann": a_technician("ann", email="ann@example.org")},
    channels={"mail": ChannelSpec(id="mail", kind=ChannelKind.EMAIL)},
)


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_the_link_of_a_mail_acknowledges(tmp_path: Path) -> None:
    box = Mailbox()
    template = make_template(tmp_path)
    with (
        open_clinic(template, tmp_path, book=lambda: BOOK) as clinic,
        mail_server(box) as port,
        TestClient(make_site(clinic.context()), base_url=URL) as browser,
    ):
        open_uow = open_unit_of_work(clinic.engine, book=lambda: BOOK, public_url=URL)
        act = desk.Act(ticket_id=TICKET, user="ben", expected_version=1, now=NOW)
        desk.assign(open_uow, act, assignee="ann")
        Worker(
            open_uow,
            lambda: {"mail": mail_channel(port), "log": LogChannel()},
            draw=lambda: 1.0,
            elapsed=lambda: 0.0,
            observe=lambda *_: None,
            template_failed=lambda: None,
        ).deliver(NOW + timedelta(minutes=1))
        mail = only_mail(box)
        text, html = part(mail, "plain"), part(mail, "html")
        found = re.search(rf"{URL}(/ack/\S+)", text)
        assert found, text
        page = browser.get(found[1])
        done = browser.post(found[1], headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"})
        with clinic.open_reads() as uow:
            ticket = uow.tickets.get(TICKET)

    assert found[0] in html
    assert "I take care of it" in page.text
    assert "You take care of it." in done.text
    assert ticket is not None
    assert (ticket.acknowledged_by, ticket.assignee) == ("ann", "ann")
