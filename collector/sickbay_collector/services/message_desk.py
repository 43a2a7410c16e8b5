"""Looking after messages: what waits or is dead, sending it again, and trying a channel."""

from datetime import datetime

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.desk.channel_spec import LOG_CHANNEL, ChannelKind
from sickbay_collector.core.desk.message import URGENT_RANK, MessageState, OutboxMessage
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.services.notice_routes import routes
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.recipients import Recipient

TEST = "channel-test"
"""The event of a message that tries a channel."""


def find_message(uow: UnitOfWork, key: str) -> OutboxMessage:
    """Return a message to somebody.

    Raises:
        NotFoundError: There is none with this key.
    """
    message = uow.seen.outbox.get(key)
    if message is None or not message.recipient:
        raise NotFoundError("no message has the key %(key)r", key=key[:80])
    return message


def retry_message(open_uow: OpenUnitOfWork, key: str, *, user: str, now: datetime) -> OutboxMessage:
    """Queue a dead message again as if it were new, and record who did.

    Raises:
        NotFoundError: There is none with this key.
        ConflictError: It is not dead.
    """
    with open_uow() as uow:
        before = find_message(uow, key)
        if not uow.outbox.revive(key, now=now):
            raise ConflictError(
                "message %(key)r is %(state)s, not dead", key=key[:80], state=before.state
            )
        uow.audit.add(
            AuditEvent(
                at=now,
                actor=user,
                action="retried",
                object_kind="notification",
                object_id=key,
                before={"state": before.state.value, "last_error": before.last_error},
                after={"state": MessageState.QUEUED.value},
            )
        )
        after = find_message(uow, key)
        uow.commit()
    return after


def try_channel(
    open_uow: OpenUnitOfWork, channel: str, *, user: str, test_id: str, now: datetime
) -> OutboxMessage:
    """Queue a message to oneself on one channel and no other; it goes out at once.

    Raises:
        NotFoundError: There is no such channel.
        InvalidError: The channel is for mail, and the user has no address.
    """
    to = Recipient.technician(user)
    with open_uow() as uow:
        spec = uow.book.channels.get(channel)
        if spec is None and channel != LOG_CHANNEL.id:
            raise NotFoundError("there is no channel %(channel)r", channel=channel[:64])
        (route,) = routes(uow.book, {}, to, channel=channel, priority=Priority.URGENT, at=now)
        if spec is not None and spec.kind is ChannelKind.EMAIL and not route.address:
            raise InvalidError(
                "%(user)s has no e-mail address; set `email` of technician %(user)s", user=user
            )
        message = OutboxMessage(
            key=f"{TEST}:{channel}:{test_id}",
            channel=channel,
            payload={
                "event": TEST,
                "subject": f"Sickbay: a test of channel {channel}",
                "body": f"{user} tries the channel {channel}. It works.",
            },
            created_at=now,
            not_before=now,
            recipient=str(to),
            address=route.address,
            rank=URGENT_RANK,
        )
        uow.outbox.add(message)
        uow.audit.add(
            AuditEvent(
                at=now,
                actor=user,
                action="tried",
                object_kind="config/channels",
                object_id=channel,
                before={},
                after={"to": route.address},
            )
        )
        uow.commit()
    return message
