"""Accounts: who may change whom, and that every act is in the audit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.access.principal import principal
from sickbay_collector.core.access.role import Role
from sickbay_collector.core.access.scope import Area
from sickbay_collector.core.account import TRIES, Account
from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.errors import DeniedError, InvalidError, NotFoundError
from sickbay_collector.services.access import TokenWish, make_api_token, revoke_api_token
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.accounts import (
    add_account,
    change_role,
    disable,
    enable,
    end_session,
    end_sessions,
    set_password,
)
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.sign_in import SignIn, Visitor
from tests.collector.desk_builders import NOW
from tests.collector.services.test_sign_in import PASSWORD, PlainHasher
from tests.fakes import FakeDatabase

ROOT = By.somebody(principal("root", Role.ADMINISTRATOR), NOW)
GATE = By.somebody(principal("gil", Role.ACCESS_MANAGER), NOW)
LEAD = By.somebody(principal("leo", Role.LEAD), NOW)
HERE = Visitor(address="10.0.0.1", agent="Browser")


def add(uow: UnitOfWork, login: str, role: Role, by: By = ROOT) -> Account:
    return add_account(
        uow, PlainHasher(), login=login, name=login, role=role, password=PASSWORD, by=by
    )


@pytest.fixture
def database() -> FakeDatabase:
    """An administrator, who manages access, and a technician."""
    made = FakeDatabase()
    with made.open() as uow:
        for login, role in (
            ("root", Role.ADMINISTRATOR),
            ("gil", Role.ACCESS_MANAGER),
            ("ada", Role.TECHNICIAN),
        ):
            add(uow, login, role, By(at=NOW))
        uow.commit()
    return made


def events(database: FakeDatabase, object_id: str) -> list[AuditEvent]:
    with database.read() as uow:
        found = uow.audit.walk(AuditFilter(object_id=object_id), limit=1000)
    return [one.event for one in found]


ACTS: list[Callable[[UnitOfWork, str, By], object]] = [
    lambda uow, login, by: set_password(
        uow, PlainHasher(), login=login, password="another long one", by=by
    ),
    lambda uow, login, by: change_role(uow, login=login, role=Role.READER, by=by),
    lambda uow, login, by: disable(uow, login=login, by=by),
    lambda uow, login, by: enable(uow, login=login, by=by),
]


@pytest.mark.parametrize("act", ACTS, ids=["password", "role", "disable", "enable"])
def test_who_manages_access_changes_no_administrator(
    database: FakeDatabase, act: Callable[[UnitOfWork, str, By], object]
) -> None:
    """A new password for an administrator would make one of who sets it."""
    with database.open() as uow:
        with pytest.raises(DeniedError, match="may not give, change or take"):
            act(uow, "root", GATE)
        with pytest.raises(DeniedError, match="may not give, change or take"):
            act(uow, "ada", LEAD)
        with pytest.raises(NotFoundError, match="no account 'eve'"):
            act(uow, "eve", ROOT)
        act(uow, "ada", GATE)
        act(uow, "gil", ROOT)


def test_nobody_gives_more_than_they_may(database: FakeDatabase) -> None:
    with database.open() as uow:
        for role in (Role.ADMINISTRATOR, Role.ACCESS_MANAGER):
            with pytest.raises(DeniedError, match=f"the role {role}"):
                change_role(uow, login="ada", role=role, by=GATE)
            with pytest.raises(DeniedError, match=f"the role {role}"):
                add(uow, "ben", role, GATE)
        assert change_role(uow, login="ada", role=Role.ADMINISTRATOR, by=ROOT).role


def test_nobody_locks_themselves_out(database: FakeDatabase) -> None:
    with database.open() as uow:
        with pytest.raises(DeniedError, match="your own account"):
            disable(uow, login="root", by=ROOT)
        with pytest.raises(DeniedError, match="your own account"):
            change_role(uow, login="root", role=Role.READER, by=ROOT)
        disable(uow, login="root", by=By(at=NOW, user="somebody"))


def test_every_act_on_an_account_is_written_down(database: FakeDatabase) -> None:
    with database.open() as uow:
        area = Area(sites=frozenset(), tags=frozenset({"lab"}))
        change_role(uow, login="ada", role=Role.ANALYST, by=ROOT, area=area)
        change_role(uow, login="ada", role=Role.ANALYST, by=ROOT, area=area)
        set_password(uow, PlainHasher(), login="ada", password="another long one", by=GATE)
        for act in (disable, disable, enable, enable):
            act(uow, login="ada", by=ROOT)
        assert end_sessions(uow, login="ada", by=ROOT) == 0
        uow.commit()
    found = events(database, "ada")

    assert [(one.actor, one.action) for one in found] == [
        ("sickbay", "added"),
        ("root", "role changed"),
        ("gil", "password set"),
        ("root", "disabled"),
        ("root", "enabled"),
    ]
    assert found[1].before == {"role": "technician"}
    assert found[1].after == {"role": "analyst", "tags": "lab"}
    assert "long" not in str(found)


def test_sessions_are_written_down_with_where_they_come_from(database: FakeDatabase) -> None:
    door = SignIn(database.read, database.open, PlainHasher())
    first, second, third = (door.sign_in("ada", PASSWORD, HERE, now=NOW) for _ in range(3))
    door.sign_out(first, now=NOW)
    door.sign_out(first, now=NOW)
    with database.open() as uow:
        session = uow.accounts.sessions("ada")[0]
        with pytest.raises(NotFoundError, match="over already"):
            end_session(uow, login="root", session_id=session.session_id, by=ROOT)
        end_session(uow, login="ada", session_id=session.session_id, by=ROOT)
        with pytest.raises(NotFoundError, match="over already"):
            end_session(uow, login="ada", session_id=session.session_id, by=ROOT)
        assert end_sessions(uow, login="ada", by=ROOT) == 1
        uow.commit()
    found = events(database, "ada")[1:]

    assert [(one.actor, one.action) for one in found] == [
        *[("ada", "signed in")] * 3,
        ("ada", "signed out"),
        ("root", "session ended"),
        ("root", "sessions ended"),
    ]
    assert found[0].after == {"by": "password", "address": "10.0.0.1", "agent": "Browser"}
    assert not any(secret in str(found) for secret in (first, second, third))


def test_refused_sign_ins_are_written_down_but_not_what_was_typed(database: FakeDatabase) -> None:
    """Somebody types a password where the login goes, now and then."""
    door = SignIn(database.read, database.open, PlainHasher())
    with database.open() as uow:
        disable(uow, login="gil", by=ROOT)
        uow.commit()
    for login, password in (("ada", "wrong"), ("my secret", "x"), ("gil", PASSWORD)):
        with pytest.raises(DeniedError):
            door.sign_in(login, password, HERE, now=NOW)
    with database.read() as uow:
        found = uow.audit.walk(AuditFilter(action="sign-in refused"), limit=10)

    assert [(one.event.object_id, one.event.after["why"]) for one in found] == [
        ("ada", "password"),
        ("", "no such account"),
        ("gil", "disabled"),
    ]
    assert "my secret" not in str(found)


def test_throttled_attempts_are_counted_not_written_down_one_by_one(
    database: FakeDatabase,
) -> None:
    door = SignIn(database.read, database.open, PlainHasher())
    for _ in range(TRIES + 150):
        with pytest.raises(DeniedError):
            door.sign_in("ada", "wrong", HERE, now=NOW)
    with database.read() as uow:
        found = uow.audit.walk(AuditFilter(action="sign-in refused"), limit=1000)
    throttled = [one.event.after for one in found if one.event.after["why"] == "too many"]

    assert len(found) == TRIES + 3
    assert [one["attempts"] for one in throttled] == ["11", "20", "110"]


def test_tokens_made_and_revoked_are_written_down(database: FakeDatabase) -> None:
    wish = TokenWish(user="ci", role=Role.READER, lifetime=timedelta(days=1))
    with database.open() as uow:
        made = make_api_token(uow, wish, by=ROOT, new_id=lambda: "t-1")
        revoke_api_token(uow, "t-1", by=replace(GATE, at=NOW))
        with pytest.raises(NotFoundError, match="no live API token"):
            revoke_api_token(uow, "t-1", by=ROOT)
        uow.commit()
    found = events(database, "t-1")

    assert [(one.actor, one.action) for one in found] == [("root", "made"), ("gil", "revoked")]
    assert found[0].after == found[1].before
    assert (found[0].after["user"], found[0].after["role"]) == ("ci", "reader")
    assert made.secret not in str(found)


@pytest.mark.parametrize("login", ["a/b", "..", "a?b", "a#b", "a%2fb", "a\\b"])
def test_a_login_that_cannot_stand_in_an_address(database: FakeDatabase, login: str) -> None:
    with database.open() as uow, pytest.raises(InvalidError, match="stands in addresses"):
        add(uow, login, Role.READER)
