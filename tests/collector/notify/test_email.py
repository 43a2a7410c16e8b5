from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from sickbay_collector.core.desk.channel_spec import ChannelKind, MailTls, Secret
from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.notify.channel import Channel
from sickbay_collector.notify.email import mail_of
from tests.collector.notify.servers import (
    NAME,
    a_channel,
    a_message,
    certificates,
    tools,
)
from tests.kit.ports import free_ports


class Mailbox:
    """Takes mail, or refuses it as it was told."""

    def __init__(self, *, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.rcpt = rcpt
        self.data = data
        self.mails: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        self.mails.append(envelope)
        return self.data


def only_mail(box: Mailbox) -> EmailMessage:
    (envelope,) = box.mails
    assert isinstance(envelope.content, bytes)
    found = message_from_bytes(envelope.content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


@contextmanager
def mail_server(box: Mailbox, **options: object) -> Iterator[int]:
    (port,) = free_ports(1)
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=60, **options)  # type: ignore[arg-type]
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def mail_channel(port: int, **fields: object) -> Channel:
    values: dict[str, object] = {
        "host": NAME,
        "port": port,
        "tls": MailTls.NONE,
        "sender": "desk@example.org",
        **fields,
    }
    used = tools(environ={"PASSWORD": "s3cret"})
    return a_channel(ChannelKind.EMAIL, used, **values)


def accept_s3cret(
    server: object, session: object, envelope: object, mechanism: str, data: object
) -> AuthResult:
    del server, session, envelope, mechanism
    return AuthResult(success=getattr(data, "password", b"") == b"s3cret", handled=False)


def test_mail_has_text_html_and_the_headers_of_a_machine() -> None:
    box = Mailbox()
    with mail_server(box) as port:
        delivery = mail_channel(port).send(a_message())
    mail = only_mail(box)
    html = mail.get_body(("html",))
    text = mail.get_body(("plain",))

    assert delivery.outcome is Outcome.OK
    assert box.mails[0].rcpt_tos == ["ann@example.org"]
    assert (mail["From"], mail["To"]) == ("desk@example.org", "ann@example.org")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "Sickbay <sickbay.example.org>"
    assert text is not None
    assert "<script>" in text.get_content()
    assert html is not None
    assert "<script>" not in html.get_content()


def test_text_of_a_ticket_makes_no_header() -> None:
    mail = mail_of(a_message(), "desk@example.org")

    assert mail["Bcc"] is None
    assert "Bcc: all@example.org" in mail["Subject"]


def test_subject_with_a_line_break_is_given_up() -> None:
    message = a_message(payload={"subject": "a\r\nBcc: x@example.org", "body": ""})
    delivery = mail_channel(1).send(message)

    assert delivery.outcome is Outcome.GIVE_UP
    assert delivery.reason.startswith("no mail can be made for 'ann@example.org'")


@pytest.mark.parametrize("address", ["", "a@b\r\nBcc: c@d", "a@example.org, b@example.org", "@@"])
def test_what_is_no_address_is_given_up(address: str) -> None:
    assert mail_channel(1).send(a_message(address=address)).outcome is Outcome.GIVE_UP


def test_message_id_is_the_keys() -> None:
    """A repetition is the same mail to a mail program; another message is not."""
    one = mail_of(a_message(), "desk@example.org")
    again = mail_of(a_message(repeats=1), "desk@example.org")
    other = mail_of(a_message(key="other"), "desk@example.org")

    assert one["Message-ID"] == again["Message-ID"]
    assert one["Message-ID"] != other["Message-ID"]


@pytest.mark.parametrize("tls", [MailTls.STARTTLS, MailTls.TLS])
def test_encrypted_with_account(tls: MailTls, tmp_path: Path) -> None:
    context, file = certificates(tmp_path, NAME)
    box = Mailbox()
    login = {"authenticator": accept_s3cret, "auth_required": True}
    options = (
        {"tls_context": context, "require_starttls": True, **login}
        if tls is MailTls.STARTTLS
        else {"ssl_context": context, "auth_require_tls": False, "authenticator": accept_s3cret}
    )
    account = {"tls": tls, "username": "desk", "secret": Secret(env="PASSWORD")}
    with mail_server(box, **options) as port:
        sent = mail_channel(port, ca_file=file, **account).send(a_message())
        stranger = mail_channel(port, **account).send(a_message())

    assert sent.outcome is Outcome.OK
    assert (stranger.outcome, stranger.unreachable) == (Outcome.RETRY, True)
    assert "certificate" in stranger.reason
    assert len(box.mails) == 1


def test_wrong_password_is_said_and_tried_later(tmp_path: Path) -> None:
    context, file = certificates(tmp_path, NAME)
    options = {"tls_context": context, "authenticator": accept_s3cret, "auth_required": True}
    password = tmp_path / "password"
    password.write_text("wrong\n")
    with mail_server(Mailbox(), **options) as port:
        delivery = mail_channel(
            port,
            tls=MailTls.STARTTLS,
            ca_file=file,
            username="desk",
            secret=Secret(file=str(password)),
        ).send(a_message())

    assert (delivery.outcome, delivery.unreachable) == (Outcome.RETRY, True)
    assert "refuses the account: 535" in delivery.reason


def test_server_without_starttls_gets_nothing() -> None:
    box = Mailbox()
    with mail_server(box) as port:
        delivery = mail_channel(port, tls=MailTls.STARTTLS).send(a_message())

    assert (delivery.outcome, box.mails) == (Outcome.RETRY, [])
    assert "STARTTLS" in delivery.reason


@pytest.mark.parametrize(
    ("box", "outcome"),
    [
        pytest.param(Mailbox(rcpt="550 no such user"), Outcome.GIVE_UP, id="no such user"),
        pytest.param(Mailbox(rcpt="451 greylisted"), Outcome.RETRY, id="greylisted"),
        pytest.param(Mailbox(data="554 spam"), Outcome.GIVE_UP, id="refused"),
        pytest.param(Mailbox(data="452 full"), Outcome.RETRY, id="full"),
    ],
)
def test_answer_of_the_server_decides(box: Mailbox, outcome: Outcome) -> None:
    with mail_server(box) as port:
        delivery = mail_channel(port).send(a_message())

    assert delivery.outcome is outcome
    assert not delivery.unreachable


def test_server_that_is_down_is_tried_later() -> None:
    delivery = mail_channel(free_ports(1)[0]).send(a_message())

    assert (delivery.outcome, delivery.unreachable) == (Outcome.RETRY, True)


def test_server_of_a_network_that_is_not_allowed_is_refused() -> None:
    delivery = mail_channel(25, host="169.254.169.254").send(a_message())

    assert delivery.outcome is Outcome.GIVE_UP
    assert "notify_allow" in delivery.reason
