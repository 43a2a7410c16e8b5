from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier, Lock, Thread

import pytest

from sickbay_collector.core.account import (
    MAX_PASSWORD,
    MIN_PASSWORD,
    SESSION_IDLE,
    SESSION_LIFETIME,
    TRIES,
    TRIES_WITHIN,
)
from sickbay_collector.core.errors import (
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    SickbayError,
)
from sickbay_collector.services.access import Role
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.accounts import add_account, disable, enable, set_password
from sickbay_collector.services.sign_in import SignIn, Visitor
from tests.collector.desk_builders import NOW
from tests.fakes import FakeDatabase

PASSWORD = "correct horse battery"
HERE = Visitor(address="10.0.0.1", agent="Browser")
TICK = timedelta(seconds=1)


@dataclass
class PlainHasher:
    """Keeps passwords as they are, and counts how many were looked at."""

    looked: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def hash(self, password: str) -> str:
        return f"plain:{password}"

    def matches(self, password_hash: str, password: str) -> bool:
        with self.lock:
            self.looked.append(password)
        return password_hash == f"plain:{password}"


@pytest.fixture
def database() -> FakeDatabase:
    """One account, ada."""
    made = FakeDatabase()
    with made.open() as uow:
        add_account(
            uow,
            PlainHasher(),
            login="ada",
            name="Ada Byron",
            role=Role.TECHNICIAN,
            password=PASSWORD,
            by=By(at=NOW),
        )
        uow.commit()
    return made


@pytest.fixture
def hasher() -> PlainHasher:
    return PlainHasher()


@pytest.fixture
def door(database: FakeDatabase, hasher: PlainHasher) -> SignIn:
    return SignIn(database.read, database.open, hasher)


def denied(door: SignIn, login: str, password: str, now: datetime = NOW) -> str:
    with pytest.raises(DeniedError) as caught:
        door.sign_in(login, password, HERE, now=now)
    return str(caught.value)


def test_who_knows_the_password_is_known_by_the_session(door: SignIn) -> None:
    secret = door.sign_in("ada", PASSWORD, HERE, now=NOW)

    principal = door.whose(secret, now=NOW)

    assert principal is not None
    assert (principal.user, principal.role) == ("ada", Role.TECHNICIAN)
    assert door.whose(secret + "x", now=NOW) is None
    assert door.whose("ä", now=NOW) is None


def test_nothing_tells_an_account_that_is_not_there_from_a_wrong_password(
    database: FakeDatabase, door: SignIn, hasher: PlainHasher
) -> None:
    """The message is the same, and a password is compared in any case."""
    said = {denied(door, "ada", "wrong"), denied(door, "nobody", "wrong")}
    with database.open() as uow:
        disable(uow, login="ada", by=By(at=NOW))
        uow.commit()
    said.add(denied(door, "ada", PASSWORD))

    assert len(said) == 1
    assert len(hasher.looked) == 3


@pytest.mark.parametrize(
    ("used_at", "asked_at", "is_live"),
    [
        pytest.param([], NOW + SESSION_IDLE - TICK, True, id="just within"),
        pytest.param([], NOW + SESSION_IDLE, False, id="not used for too long"),
        pytest.param([NOW + SESSION_IDLE / 2], NOW + SESSION_IDLE, True, id="used since"),
        pytest.param(
            [NOW + hours * SESSION_IDLE / 2 for hours in range(1, 42)],
            NOW + SESSION_LIFETIME,
            False,
            id="used all the time, for too long",
        ),
    ],
)
def test_sessions_end(
    door: SignIn, used_at: list[datetime], asked_at: datetime, *, is_live: bool
) -> None:
    secret = door.sign_in("ada", PASSWORD, HERE, now=NOW)
    for at in used_at:
        assert door.whose(secret, now=at) is not None

    assert (door.whose(secret, now=asked_at) is not None) is is_live


def test_signing_out_disabling_and_a_new_password_end_sessions(
    database: FakeDatabase, door: SignIn, hasher: PlainHasher
) -> None:
    out, off, new = (door.sign_in("ada", PASSWORD, HERE, now=NOW) for _ in range(3))

    door.sign_out(out, now=NOW)
    assert door.whose(out, now=NOW) is None
    assert door.whose(off, now=NOW) is not None
    with database.open() as uow:
        disable(uow, login="ada", by=By(at=NOW))
        uow.commit()
    assert door.whose(off, now=NOW) is None
    with database.open() as uow:
        enable(uow, login="ada", by=By(at=NOW))
        set_password(uow, hasher, login="ada", password="another long one", by=By(at=NOW))
        uow.commit()
    assert door.whose(new, now=NOW) is None
    assert door.sign_in("ada", "another long one", HERE, now=NOW)


def test_too_many_attempts_are_not_looked_at(door: SignIn, hasher: PlainHasher) -> None:
    """Not even with the right password, until the stretch is over."""
    for _ in range(TRIES):
        denied(door, "ada", "wrong")

    assert "too many attempts" in denied(door, "ada", PASSWORD)
    assert len(hasher.looked) == TRIES
    assert door.sign_in("ada", PASSWORD, HERE, now=NOW + TRIES_WITHIN)


def test_attempts_from_one_address_count_over_all_accounts(door: SignIn) -> None:
    for number in range(TRIES):
        denied(door, f"guess-{number}", "wrong")

    assert "too many attempts" in denied(door, "ada", PASSWORD)
    elsewhere = Visitor(address="10.0.0.2", agent="")
    assert door.sign_in("ada", PASSWORD, elsewhere, now=NOW)


def test_attempts_at_the_same_time_are_counted_before_they_are_looked_at(
    door: SignIn, hasher: PlainHasher
) -> None:
    """200 at once: ten are looked at."""
    barrier = Barrier(20)

    def attempts() -> None:
        barrier.wait()
        for _ in range(10):
            denied(door, "ada", "wrong")

    threads = [Thread(target=attempts) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(hasher.looked) == TRIES


@pytest.mark.parametrize(
    ("login", "password", "error", "said"),
    [
        pytest.param("ada", PASSWORD, ConflictError, "there is an account", id="twice"),
        pytest.param("b b", PASSWORD, InvalidError, "no login name", id="no login"),
        pytest.param("ben", "x" * (MIN_PASSWORD - 1), InvalidError, "12 to 256", id="short"),
        pytest.param("ben", "x" * (MAX_PASSWORD + 1), InvalidError, "12 to 256", id="long"),
        pytest.param("ben", "Benjamin is here", InvalidError, "contain the login", id="own name"),
    ],
)
def test_accounts_that_are_refused(
    database: FakeDatabase, login: str, password: str, error: type[SickbayError], said: str
) -> None:
    with database.open() as uow, pytest.raises(error, match=said):
        add_account(
            uow,
            PlainHasher(),
            login=login,
            name="Ben",
            role=Role.READER,
            password=password,
            by=By(at=NOW),
        )


def test_passwords_at_the_limits_are_taken(database: FakeDatabase) -> None:
    with database.open() as uow:
        for length in (MIN_PASSWORD, MAX_PASSWORD):
            set_password(uow, PlainHasher(), login="ada", password="x" * length, by=By(at=NOW))
        with pytest.raises(NotFoundError, match="no account 'eve'"):
            set_password(uow, PlainHasher(), login="eve", password=PASSWORD, by=By(at=NOW))
