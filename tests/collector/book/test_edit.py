"""Changing one entry: only what differs from a file or a default is kept, secrets stay."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.services.book.all_kinds import ALL_KINDS
from sickbay_collector.services.book.apply import Applied, Applying, apply
from sickbay_collector.services.book.edit import (
    EntryNow,
    check_new,
    check_same,
    edited,
    entry_now,
    switched,
)
from sickbay_collector.services.book.kind import marked
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.listing import Source
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.book.shelf import Shelf
from tests.fakes import FakeDatabase

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FILE = """\
sites: [{id: oslo, name: Oslo, zone: Europe/Oslo}]
technicians: [{login: ann, name: Ann, email: ann@example.org, tiers: [L1]}]
channels: [{id: chat, kind: slack, url: "https://chat.example.org/s3cret"}]
services: [{id: password, enabled: false}]
"""


class Bay:
    """A desk with a file, whose entries are edited one by one."""

    def __init__(self, folder: Path) -> None:
        desk = folder / "desk.d"
        desk.mkdir()
        (desk / "site.yaml").write_text(FILE)
        self.database = FakeDatabase()
        places = Places(rules=folder / "rules.d", sla=folder / "sla.d", desk=desk)
        self.shelf = Shelf(places, self.database.read, lambda: NOW, lambda _: None)
        self.shelf.start()

    def see(self, kind: str, name: str) -> EntryNow:
        """Return an entry as it is."""
        with self.database.read() as uow:
            return entry_now(self.shelf.now, uow.config.all(), ALL_KINDS[kind], name)

    def say(self, kind: str, content: dict[str, Plain]) -> Applied:
        """Save an entry that says this."""
        with self.database.read() as uow:
            stored = uow.config.all()
        return self.do(edited(self.shelf.now.base, stored, ALL_KINDS[kind], said(content)))

    def switch(self, kind: str, name: str, *, on: bool) -> Applied:
        """Let an entry count or not."""
        with self.database.read() as uow:
            stored = uow.config.all()
        return self.do(switched(self.shelf.now.base, stored, ALL_KINDS[kind], name, on=on))

    def do(self, wanted: Wanted) -> Applied:
        """Apply it."""
        applying = Applying(wanted=wanted, revision=None, user="bob", now=NOW)
        done = apply(self.database.open, self.shelf.now.base, applying)
        self.shelf.follow()
        return done

    def stored(self) -> dict[tuple[str, str], str]:
        """Return what is applied, as text."""
        with self.database.read() as uow:
            return {(one.kind, one.id): one.text for one in uow.config.all()}


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    """Return a desk with a file."""
    return Bay(tmp_path)


def said(content: dict[str, Plain]) -> Marked:
    return marked(content, "form")


ANN: dict[str, Plain] = {
    "login": "ann",
    "name": "Ann",
    "email": "ann@example.org",
    "tiers": ["L1"],
}


def test_only_what_differs_is_kept(bay: Bay) -> None:
    bay.say("technicians", {**ANN, "phone": "+47 1", "tiers": ["L1", "L2"]})

    assert bay.stored() == {
        ("technicians", "ann"): '{"login":"ann","phone":"+47 1","tiers":["L1","L2"]}'
    }
    now = bay.see("technicians", "ann")
    assert (now.source, now.content["name"], now.beneath) == (Source.APPLIED, "Ann", "site.yaml:2")


def test_saying_what_stands_beneath_takes_the_applied_entry_away(bay: Bay) -> None:
    bay.say("technicians", {**ANN, "phone": "+47 1"})
    bay.say("technicians", ANN)

    assert bay.stored() == {}
    assert bay.see("technicians", "ann").source is Source.FILE


def test_what_only_was_applied_can_be_left_out_again(bay: Bay) -> None:
    cleo: dict[str, Plain] = {"login": "cleo", "tiers": ["L2"]}
    bay.say("technicians", {**cleo, "phone": "+47 1"})
    bay.say("technicians", cleo)

    assert bay.see("technicians", "cleo").content == cleo
    assert bay.see("technicians", "cleo").beneath == ""


def test_what_a_file_says_cannot_be_left_out(bay: Bay) -> None:
    with pytest.raises(InvalidError, match=r"ann: email: stands in site\.yaml:2, so it can be"):
        bay.say("technicians", {key: value for key, value in ANN.items() if key != "email"})


def test_secrets_are_not_shown_and_stay(bay: Bay) -> None:
    """Of a file, and applied; until another one is said, or where it is found."""
    bay.say("channels", {"id": "chat", "kind": "slack", "rate_limit": 10})
    hook: dict[str, Plain] = {"id": "hook", "kind": "webhook"}
    bay.say("channels", {**hook, "url": "https://example.org/s3cret"})
    bay.say("channels", {**hook, "rate_limit": 5})

    assert bay.stored()["channels", "chat"] == '{"id":"chat","rate_limit":10}'
    assert "s3cret" in bay.stored()["channels", "hook"]
    now = bay.see("channels", "hook")
    assert (now.secrets, "url" in now.content) == (("url",), False)
    bay.say("channels", {**hook, "url_file": "/run/secrets/hook"})
    assert "s3cret" not in bay.stored()["channels", "hook"]


def test_secret_goes_with_the_kind_that_it_was_for(bay: Bay) -> None:
    bay.say("channels", {"id": "hook", "kind": "webhook", "url": "https://example.org/s3cret"})
    bay.say("channels", {"id": "hook", "kind": "log"})

    assert bay.stored()["channels", "hook"] == '{"id":"hook","kind":"log"}'


def test_entry_is_switched_off_and_on(bay: Bay) -> None:
    bay.say("technicians", {**ANN, "phone": "+47 1"})
    bay.switch("technicians", "ann", on=False)
    off = bay.see("technicians", "ann")
    bay.switch("technicians", "ann", on=True)
    on = bay.see("technicians", "ann")

    assert (off.is_on, off.content["phone"]) == (False, "+47 1")
    assert (on.is_on, on.content["phone"]) == (True, "+47 1")
    assert "enabled" not in bay.stored()["technicians", "ann"]


def test_what_is_off_in_a_file_is_switched_on(bay: Bay) -> None:
    assert not bay.see("services", "password").is_on

    bay.switch("services", "password", on=True)

    assert bay.see("services", "password").is_on
    assert bay.stored() == {("services", "password"): '{"enabled":true,"id":"password"}'}
    bay.switch("services", "password", on=False)
    assert bay.stored() == {}


def test_saving_what_is_off_without_saying_so_switches_it_on(bay: Bay) -> None:
    now = bay.see("services", "password")
    bay.say("services", {key: one for key, one in now.content.items() if key != "enabled"})

    assert bay.see("services", "password").is_on


def test_ids_are_new_or_stay(bay: Bay) -> None:
    kind = ALL_KINDS["technicians"]
    ann = said(ANN)
    with pytest.raises(InvalidError, match="'ann' is there already"):
        check_new(bay.shelf.now, [], kind, ann)
    with pytest.raises(InvalidError, match="must stay 'bob'"):
        check_same(kind, "bob", ann)
    with pytest.raises(InvalidError, match="login: must be 1 to 64"):
        check_new(bay.shelf.now, [], kind, said({"login": "../x"}))
    check_same(kind, "ann", ann)

    assert check_new(bay.shelf.now, [], kind, replace(ann, value=said({"login": "x"}).value)) == "x"


def test_entry_that_is_not_there(bay: Bay) -> None:
    with pytest.raises(NotFoundError, match="there is no technician 'nobody'"):
        bay.see("technicians", "nobody")
