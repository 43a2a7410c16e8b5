"""The command `sickbay notify`."""

import csv
import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from click.testing import Result

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.desk.message import MessageState, OutboxMessage, Outcome
from sickbay_collector.notify.channel import Channel, Delivery, Message
from sickbay_collector.notify.log import LogChannel
from sickbay_collector.notify.worker import Worker
from tests.collector.cli.conftest import Run
from tests.collector.clinic import NOW, Clinic

DEAD = OutboxMessage(
    key="t:1:receipt/person:ada",
    channel="mail",
    payload={},
    created_at=NOW,
    not_before=NOW,
    recipient="person:ada",
    state=MessageState.DEAD,
    last_error="550 no such user",
)


class RefusingChannel(LogChannel):
    """Gives everything up."""

    def send(self, message: Message) -> Delivery:
        """Refuse."""
        return Delivery(outcome=Outcome.GIVE_UP, reason=f"not for {message.recipient}")


@contextmanager
def delivering(clinic: Clinic, channel: Channel) -> Iterator[None]:
    """Deliver in a thread, as a collector does each second."""
    over = threading.Event()
    worker = Worker(
        clinic.open_writes,
        lambda: {channel.name: channel},
        draw=lambda: 1.0,
        elapsed=lambda: 0.0,
        observe=lambda _kind, _state: None,
        template_failed=lambda: None,
    )

    def deliver() -> None:
        while not over.wait(0.02):
            worker.deliver(clinic.now)

    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(autouse=True)
def messages(clinic: Clinic) -> None:
    """Put a dead and a waiting message in the outbox."""
    with clinic.open_writes() as uow:
        uow.outbox.add(DEAD)
        waiting = replace(DEAD, key="t:2", state=MessageState.RETRIED, last_error="503")
        uow.outbox.add(replace(waiting, attempts=2))
        uow.commit()


@pytest.fixture
def administrator(bare_run: Run, clinic: Clinic, url: str) -> Run:
    """Run `sickbay` as an administrator, who may try channels."""

    def run_there(*arguments: str) -> Result:
        token = clinic.tokens[Role.ADMINISTRATOR]
        return bare_run(*arguments, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    return run_there


def test_what_waits_and_what_is_dead(run: Run) -> None:
    both = list(csv.DictReader(io.StringIO(run("notify", "ls", "-o", "csv").stdout)))
    dead = json.loads(run("notify", "dead", "-o", "json").stdout)

    assert [(one["state"], one["last_error"]) for one in both] == [
        ("dead", "550 no such user"),
        ("retried", "503"),
    ]
    assert [one["key"] for one in dead] == [DEAD.key]
    assert re.search(r"dead +person:ada +mail", run("notify", "dead").stdout)
    assert "no messages" in run("notify", "ls", "--state", "sent").stdout


def test_dead_message_is_sent_again_once(run: Run) -> None:
    again = run("notify", "retry", DEAD.key)
    twice = run("notify", "retry", DEAD.key)
    unknown = run("notify", "retry", "none")

    assert (again.exit_code, "queued" in again.stdout) == (0, True)
    assert (twice.exit_code, "is queued, not dead" in twice.stderr) == (1, True)
    assert (unknown.exit_code, "no message has the key 'none'" in unknown.stderr) == (1, True)


def test_channel_that_works(administrator: Run, clinic: Clinic) -> None:
    with delivering(clinic, LogChannel()):
        found = administrator("notify", "test", "log", "-o", "json")

    (message,) = json.loads(found.stdout)
    assert (found.exit_code, message["state"]) == (0, "delivered")


def test_channel_that_refuses_says_why(administrator: Run, clinic: Clinic) -> None:
    channel = RefusingChannel()
    with delivering(clinic, channel):
        found = administrator("notify", "test", "log")

    assert found.exit_code == 1
    assert "channel log: not for technician:administrator.doe" in found.stderr


def test_channel_that_nobody_empties_is_waited_for(administrator: Run) -> None:
    found = administrator("notify", "test", "log", "--wait", "0")

    assert (found.exit_code, "still queued" in found.stderr) == (1, True)


def test_only_who_sets_the_desk_up_tries_channels(run: Run, administrator: Run) -> None:
    refused = run("notify", "test", "log", "--wait", "0")
    unknown = administrator("notify", "test", "pigeon")

    assert (refused.exit_code, unknown.exit_code) == (1, 1)
    assert "desk.write" in refused.stderr
    assert "there is no channel 'pigeon'" in unknown.stderr


@pytest.mark.parametrize("value", ["-1", "601", "long"])
def test_wait_that_cannot_be(administrator: Run, value: str) -> None:
    assert administrator("notify", "test", "log", "--wait", value).exit_code == 2
