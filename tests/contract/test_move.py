"""A collector moves from one database to the other with everything it has."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text

from sickbay_collector.core.desk.message import DeliveryRecord, MessageState, OutboxMessage
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.device import EnrollmentToken
from sickbay_collector.core.device_pair import Alias, Apart
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.errors import StoreError
from sickbay_collector.core.identity import IdentityRecord, Judgement, Verdict
from sickbay_collector.core.identity_clues import Clue, ClueKind
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.person import Person
from sickbay_collector.db import migrate
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.move import move
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.rule_ports import RuleChange
from sickbay_collector.services.token_ports import ApiToken
from tests.contract import test_escalations as escalations
from tests.contract import test_quiet as quiet
from tests.contract.records import (
    NOW,
    ONE,
    TWO,
    a_clock,
    a_device,
    a_fact,
    a_line,
    a_ranking,
    a_state,
    a_ticket,
    an_alert,
    an_entry,
    an_item,
)
from tests.contract.test_accounts import ADA, a_session
from tests.contract.test_assets import REPAIR, owner
from tests.contract.test_audit_chain import CHECKPOINT
from tests.contract.test_config import ENTRY, EVENT
from tests.contract.test_coverage import FEED
from tests.contract.test_majors import an_incident
from tests.contract.test_presence import ADA as PRESENCE
from tests.contract.test_problems import PROBLEM
from tests.contract.test_sign_in_links import LINK
from tests.contract.test_ticket_parts import add_parts
from tests.contract.test_views import VIEW
from tests.kit.postgres import Cluster

HISTORY = [table for table in metadata.sorted_tables if table.name.startswith("history_")]
PARTITIONED = [table for table in HISTORY if table.dialect_options["postgresql"]["partition_by"]]
KEYS = {"hour": int(NOW.timestamp()) // 3600, "day": int(NOW.timestamp()) // 86400, "month": 682}
DEVICES = 1_203
"""More than fit into one batch, and the last is not full."""


def nothing(_table: str, _done: int, _total: int) -> None:
    """Tell nobody."""


@pytest.fixture
def make(tmp_path: Path, cluster: Cluster) -> Iterator[Callable[[str], Engine]]:
    """Make empty databases of a kind."""
    made: list[Engine] = []

    def one(kind: str) -> Engine:
        url = f"sqlite:///{tmp_path}/{len(made)}.db" if kind == "sqlite" else cluster.create()
        made.append(open_engine(url))
        return made[-1]

    yield one
    for engine in made:
        engine.dispose()


def fill_watch(uow: UnitOfWork, ticket: Ticket) -> None:
    """Let a ticket be escalated, and be a major incident."""
    uow.timers.set("snooze", "k", NOW)
    uow.escalations.add(escalations.a_run(ticket))
    uow.escalations.log(escalations.a_step(ticket))
    uow.majors.save(an_incident(ticket))
    uow.majors.subscribe(ticket.ticket_id, "person:p")
    uow.presence.see(PRESENCE)
    uow.ack_links.make_key()
    uow.people.add(Person(person_id=LINK.person_id, name="Link"))
    uow.sign_in_links.add(LINK)


RULE_CHANGE = RuleChange(
    rule_id="disk.full",
    version="sha-1",
    enabled=True,
    revision=1,
    action="changed",
    at=NOW,
    by="mia",
    note="",
)


def fill(engine: Engine) -> None:
    """Put something into every table, with what is hard to move: bytes, text, absences."""
    migrate.upgrade(engine)
    with open_unit_of_work(engine)() as uow:
        for number in range(DEVICES):
            device_id = DeviceId(f"0195b000-0000-7000-8000-{number:012d}")
            uow.devices.add(a_device(device_id, enroll_nonce=str(number)))
        # The older device is the copy: its row refers to one that comes later.
        uow.devices.add(a_device(TWO))
        uow.devices.add(a_device(ONE, hostname="größe\t\\N\n", possible_duplicate_of=TWO))
        uow.states.save([a_state(ONE, state=bytes(range(256)), score=1 / 3, frames=b"")])
        uow.sections.put(
            b"\x00\xff" * 16, SectionContent(kind="system", facts={"serial": "42X"}, rows={})
        )
        uow.sections.attach(ONE, "system", b"\x00\xff" * 16, at=NOW)
        uow.alerts.record_rule("v1", "disk.full.crit", "text", at=NOW)
        uow.rules.log([RULE_CHANGE])
        opened = uow.tickets.insert_open(a_ticket())
        assert opened is not None
        uow.tickets.log(an_entry(opened))
        uow.tickets.add_evidence(an_item(opened))
        uow.sla.append(a_line(opened))
        uow.sla.save(a_clock(opened))
        uow.alerts.add(an_alert(ticket_id=opened.ticket_id))
        uow.outbox.add(
            OutboxMessage(
                key="k", channel="log", payload={"ä": "b"}, created_at=NOW, not_before=NOW
            )
        )
        uow.deliveries.add(
            DeliveryRecord(
                key="k",
                ticket_id=opened.ticket_id,
                channel="log",
                recipient="technician:ann",
                at=NOW,
                state=MessageState.SENT,
                reason="",
                sent_as="k",
            )
        )
        uow.leases.take("tidy", "ada", now=NOW, until=NOW + timedelta(hours=1))
        uow.tokens.add(_TOKEN)
        _fill_identity(uow)
        uow.enrollments.put(
            EnrollmentRecord(device_id=ONE, at=NOW, token_id=_TOKEN.token_id, address="::1")
        )
        uow.api_tokens.add(_API_TOKEN)
        fill_watch(uow, opened)
        uow.config.put([ENTRY])
        uow.config.advance(uow.config.begin() + 1)
        uow.audit.add(EVENT)
        uow.audit.keep_checkpoint(CHECKPOINT)
        uow.facts.append([a_fact(opened)])
        uow.accounts.put(ADA)
        uow.accounts.open_session(a_session(1))
        uow.accounts.count_try("k", now=NOW, since=NOW - timedelta(minutes=1))
        uow.routing.add(a_ranking(opened.ticket_id))
        _fill_quiet(uow)
        uow.people.add(Person(person_id=PersonId("p1"), name="Ann"))
        uow.coverage.add_feed(FEED)
        uow.assets.save_all([AssetWrite(device_id=ONE, version=0, put=(owner("p1"),))])
        uow.assets.add_repair(REPAIR)
        uow.tags.add(["lab"], [ONE], at=NOW, by="bo")
        uow.views.save(VIEW)
        add_parts(uow, opened, opened)
        uow.commit()
    with engine.begin() as connection:
        for table in HISTORY:
            keys = [(name, now) for name, now in KEYS.items() if name in table.columns]
            for (name, now), data in product(keys, (b"", b"\\x00", b"\xff")):
                row = {"device_id": ONE, name: now - 13 * len(data), "data": data}
                connection.execute(
                    insert(table), {one.name: row[one.name] for one in table.columns}
                )


def _fill_identity(uow: UnitOfWork) -> None:
    uow.identity.put_clues(ONE, [Clue(ClueKind.SERIAL, "größe-1")])
    alias = Alias(
        device_id=TWO, hostname="größe", survivor=ONE, at=NOW, by="ann", reason="eine Größe"
    )
    uow.pairs.put_alias(alias)
    uow.pairs.put_apart(Apart(one=ONE, other=TWO, at=NOW, by="ann", reason="eine Größe"))
    uow.identity.put(
        IdentityRecord(device_id=TWO, at=NOW, judgement=Judgement(verdict=Verdict.NEW, other=ONE))
    )


def _fill_quiet(uow: UnitOfWork) -> None:
    uow.problems.add(PROBLEM)
    uow.quiet.touch()
    uow.quiet.add_silence(quiet.SILENCE)
    window = uow.quiet.add_window(quiet.WINDOW).number
    uow.quiet.save_occurrence(quiet.an_occurrence(window))
    uow.quiet.save_baselines([quiet.a_baseline(window)])
    uow.quiet.mute(quiet.a_mute())


def contents(engine: Engine) -> dict[str, list[str]]:
    """Return everything, as the stores would read it."""
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(table.select()))
            for table in metadata.sorted_tables
            if table.name != "lease"
        }


@pytest.mark.parametrize(
    ("here", "there"),
    [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")],
)
def test_everything_moves_but_the_leases(
    make: Callable[[str], Engine], here: str, there: str
) -> None:
    source, target = make(here), make(there)
    fill(source)
    told: list[tuple[str, int, int]] = []

    counts = move(source, target, now=NOW, progress=lambda *step: told.append(step))

    assert contents(target) == contents(source)
    assert set(counts) == {table.name for table in metadata.sorted_tables} - {"lease"}
    assert min(counts.values()) >= 1
    assert [step for step in told if step[0] == "device"] == [
        ("device", done, DEVICES + 2) for done in (0, 500, 1000, DEVICES + 2)
    ]
    assert all(a[1] <= b[1] for a, b in pairwise(told) if a[0] == b[0])


def test_numbers_go_on_where_they_were(make: Callable[[str], Engine]) -> None:
    source, target = make("sqlite"), make("postgresql")
    fill(source)
    move(source, target, now=NOW, progress=nothing)
    with open_read_only(source)() as uow:
        (before,) = uow.tickets.list()
    with open_unit_of_work(target)() as uow:
        following = uow.tickets.insert_open(a_ticket("bbb", family="other"))
        assert following is not None
        uow.tickets.log(an_entry(following))
        uow.tickets.add_evidence(an_item(following))
        uow.commit()

    assert following.number == before.number + 1


def test_history_goes_straight_into_its_partitions(make: Callable[[str], Engine]) -> None:
    source, target = make("sqlite"), make("postgresql")
    fill(source)
    move(source, target, now=NOW, progress=nothing)
    with target.connect() as connection:
        waiting = [
            connection.execute(text(f"SELECT count(*) FROM {table.name}_default")).scalar()  # noqa: S608
            for table in PARTITIONED
        ]

    assert waiting == [0] * len(PARTITIONED)
    assert waiting


def test_a_target_with_something_in_it_is_refused(make: Callable[[str], Engine]) -> None:
    source, target = make("sqlite"), make("postgresql")
    fill(source)
    fill(target)
    before = contents(target)

    with pytest.raises(StoreError, match=r"target is not empty: table [a-z_]+ has rows"):
        move(source, target, now=NOW, progress=nothing)
    assert contents(target) == before


@pytest.mark.parametrize("old", ["source", "target"])
def test_other_revisions_of_the_schema_are_refused(make: Callable[[str], Engine], old: str) -> None:
    engines = {"source": make("sqlite"), "target": make("postgresql")}
    for engine in engines.values():
        migrate.upgrade(engine)
    migrate.downgrade(engines[old], "0001")

    with pytest.raises(StoreError, match="has schema 0001, this program needs"):
        move(engines["source"], engines["target"], now=NOW, progress=nothing)


def test_a_move_that_fails_leaves_nothing_and_can_be_begun_again(
    make: Callable[[str], Engine],
) -> None:
    """PostgreSQL has no text with a zero byte, which SQLite takes."""
    source, target = make("sqlite"), make("postgresql")
    fill(source)
    _set_rule(source, "a\x00b")
    with pytest.raises(StoreError, match=r"table rule_version: .*nothing was moved"):
        move(source, target, now=NOW, progress=nothing)
    assert not any(contents(target).values())
    _set_rule(source, "ab")
    move(source, target, now=NOW, progress=nothing)

    assert contents(target) == contents(source)


def test_what_arrives_otherwise_than_it_was_sent_is_noticed(
    make: Callable[[str], Engine],
) -> None:
    """Here by a trigger; the count alone would not tell."""
    source, target = make("sqlite"), make("sqlite")
    fill(source)
    migrate.upgrade(target)
    with target.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER lie AFTER INSERT ON rule_version "
            "BEGIN UPDATE rule_version SET text = 'other'; END"
        )

    with pytest.raises(StoreError, match="rule_version: 1 rows were sent, 1 arrived"):
        move(source, target, now=NOW, progress=nothing)
    assert not any(contents(target).values())


def _set_rule(engine: Engine, value: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE rule_version SET text = :text"), {"text": value})


_TOKEN = EnrollmentToken(
    token_id="t1",
    secret_hash="h1",
    created_at=NOW,
    expires_at=NOW,
    max_uses=5,
    uses=2,
    revoked_at=None,
    comment="",
)
_API_TOKEN = ApiToken(
    token_id="a1",
    secret_hash="h2",
    user="ada",
    role="reader",
    created_at=NOW,
    expires_at=None,
    revoked_at=NOW,
)
