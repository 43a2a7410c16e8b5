"""The channel `email`: one mail over SMTP, as text and as HTML.

Source: RFC 5321, RFC 5322; RFC 3834 for Auto-Submitted, RFC 2919 for List-Id.
"""

import hashlib
import html
import smtplib
import socket
import ssl
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

from sickbay_collector.core.desk.channel_spec import ChannelSpec, MailTls
from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.notify.channel import Channel, Delivery, Message
from sickbay_collector.notify.guard import RefusedError, Target
from sickbay_collector.notify.hooks import Tools
from sickbay_collector.notify.secrets import read_secret

TIMEOUT_S = 10.0
"""Of each step of the conversation."""
_REASON = 160


class EmailChannel:
    """Sends mail by one server.

    Args:
        spec: The channel.
        tools: What it works with.
    """

    kind = "email"
    confirms = False

    def __init__(self, spec: ChannelSpec, tools: Tools) -> None:
        self.name = spec.id
        self.per_minute = spec.per_minute
        self._spec = spec
        self._tools = tools

    def send(self, message: Message) -> Delivery:
        """Send one mail to the message's address."""
        spec = self._spec
        if not message.address:
            reason = f"{message.recipient[:80]} has no e-mail address"
            return Delivery(outcome=Outcome.GIVE_UP, reason=reason)
        try:
            mail = mail_of(message, spec.sender)
        except (ValueError, MessageError) as error:
            reason = f"no mail can be made for {message.address[:80]!r}: {error}"
            return Delivery(outcome=Outcome.GIVE_UP, reason=reason)
        try:
            target = self._tools.guard.target(spec.host, spec.port)
            password = read_secret(spec.secret, self._tools.environ) if spec.secret else ""
            client = self._connected(target)
        except RefusedError as error:
            return Delivery(outcome=Outcome.GIVE_UP, reason=str(error))
        except (OSError, smtplib.SMTPException, ConfigError) as error:
            return _away(f"mail server {spec.host}: {_said(error)}")
        with client:
            try:
                if password:
                    client.login(spec.username, password)
            except (OSError, smtplib.SMTPException) as error:
                return _away(f"mail server {spec.host} refuses the account: {_said(error)}")
            return self._sent(client, mail, message.address)

    def _connected(self, target: Target) -> smtplib.SMTP:
        """Return a connection to the judged address, encrypted as configured."""
        spec = self._spec
        if spec.tls is MailTls.TLS:
            return _TlsMail(target, self._context())
        client = _Mail(target)
        try:
            if spec.tls is MailTls.STARTTLS:
                client.starttls(context=self._context())
        except BaseException:
            client.close()
            raise
        return client

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._spec.ca_file or None)

    def _sent(self, client: smtplib.SMTP, mail: EmailMessage, address: str) -> Delivery:
        host = self._spec.host
        try:
            client.send_message(mail, self._spec.sender, [address])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return _answered(host, code, text)
        except smtplib.SMTPResponseException as error:
            return _answered(host, error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError as error:
            return Delivery(outcome=Outcome.GIVE_UP, reason=f"mail server {host}: {_said(error)}")
        except (OSError, smtplib.SMTPException) as error:
            reason = f"mail server {host}: cut off, it may have taken the mail: {_said(error)}"
            return Delivery(outcome=Outcome.RETRY, reason=reason, unreachable=True, uncertain=True)
        return Delivery(outcome=Outcome.OK)


def make(spec: ChannelSpec, tools: Tools) -> Channel:
    """Return the channel."""
    return EmailChannel(spec, tools)


def mail_of(message: Message, sender: str) -> EmailMessage:
    """Return the mail for a message.

    Raises:
        ValueError: An address or the subject cannot stand in a header.
        MessageError: The same.
    """
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = message.address
    if [one.addr_spec for one in mail["To"].addresses if one.domain] != [message.address]:
        raise ValueError("that is not one address")
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.created_at)
    # Of the key, so that a repetition is known by mail programs as the same mail.
    mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:40]}@{domain}>"
    mail["List-Id"] = f"Sickbay <sickbay.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.body)
    mail.add_alternative(message.payload.get("html") or _as_html(message.body), subtype="html")
    return mail


def _as_html(text: str) -> str:
    return (
        '<!doctype html><html><head><meta charset="utf-8"></head><body>'
        f'<div style="white-space: pre-wrap; font-family: sans-serif">{html.escape(text)}</div>'
        "</body></html>"
    )


class _Mail(smtplib.SMTP):
    """Connects to the judged address in the name of the host, which TLS then asks for."""

    def __init__(self, target: Target) -> None:
        self._judged = target.address
        super().__init__(
            target.host, target.port, local_hostname=socket.gethostname(), timeout=TIMEOUT_S
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        del host
        return socket.create_connection((self._judged, port), timeout)


class _TlsMail(smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""

    def __init__(self, target: Target, context: ssl.SSLContext) -> None:
        self._target = target
        self._tls = context
        super().__init__(
            target.host,
            target.port,
            local_hostname=socket.gethostname(),
            timeout=TIMEOUT_S,
            context=context,
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        del host
        plain = socket.create_connection((self._target.address, port), timeout)
        try:
            return self._tls.wrap_socket(plain, server_hostname=self._target.host)
        except BaseException:
            plain.close()
            raise


def _answered(host: str, code: int, text: bytes | str) -> Delivery:
    """Return what a refusal means: 4yz passes, 5yz stays. Source: RFC 5321 section 4.2.1."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    reason = f"mail server {host} answered {code} {' '.join(words.split())[:_REASON]}"
    return Delivery(outcome=Outcome.GIVE_UP if 500 <= code < 600 else Outcome.RETRY, reason=reason)


def _away(reason: str) -> Delivery:
    return Delivery(outcome=Outcome.RETRY, reason=reason, unreachable=True)


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer within the time"
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return f"{error.smtp_code} {' '.join(words.split())[:_REASON]}"
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:_REASON]
