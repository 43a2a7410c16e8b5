"""What a file of persons would change: a pure plan, applied or only shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from sickbay_collector.core.audit import AuditEvent, change_event
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import CHECKS, Person
from sickbay_collector.core.sheet import CellChange, CellError, Fields, Sheet, SheetRow, truth

PERSON_FIELDS = Fields(
    names=(
        "person_id",
        "name",
        "email",
        "phone",
        "department",
        "site",
        "language",
        "vip",
        "login",
        "active",
    ),
    aliases=MappingProxyType(
        {
            "id": "person_id",
            "displayname": "name",
            "fullname": "name",
            "mail": "email",
            "emailaddress": "email",
            "telephone": "phone",
            "telephonenumber": "phone",
            "phonenumber": "phone",
            "preferredlanguage": "language",
            "username": "login",
        }
    ),
)
"""Columns of a file of persons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPlan:
    """What a file would do."""

    added: tuple[Person, ...]
    changed: tuple[tuple[Person, Person], ...]
    """As they are and as they would be, in the order of the file."""
    unchanged: int
    changes: tuple[CellChange, ...]
    errors: tuple[CellError, ...]


def person_cells(person: Person) -> Mapping[str, str]:
    """Return a person's cells, by field."""
    return {
        "person_id": person.person_id,
        **{name: getattr(person, name) for name in CHECKS},
        "vip": "yes" if person.vip else "no",
        "active": "yes" if person.deactivated_at is None else "no",
    }


def plan_people(
    known: Iterable[Person],
    sheet: Sheet,
    *,
    check_site: Callable[[str], None],
    now: datetime,
    new_id: Callable[[], str],
) -> PersonPlan:
    """Return what the file would do.

    A row is the person's with its `person_id`, else its e-mail address, else its login; nobody's is
    a new person's. Columns that the file has not stay as they are; an empty cell empties its field.

    Args:
        known: Everybody.
        sheet: The file.
        check_site: Raises `InvalidError` for a site that there is none of.
        now: The present time.
        new_id: Makes ids.
    """
    planner = _Planner(sheet=sheet, check_site=check_site, now=now, new_id=new_id)
    for person in known:
        planner.know(person)
    for row in sheet.rows:
        planner.take(row)
    return PersonPlan(
        added=tuple(planner.added),
        changed=tuple(planner.changed),
        unchanged=planner.unchanged,
        changes=tuple(planner.changes),
        errors=tuple(sorted([*sheet.errors, *planner.errors], key=lambda one: one.line)),
    )


def person_event(before: Person | None, after: Person, *, actor: str, at: datetime) -> AuditEvent:
    """Return what the audit keeps of a person who was added or changed."""
    return change_event(
        at=at,
        actor=actor,
        object_kind="person",
        object_id=after.person_id,
        before=None if before is None else _without_id(before),
        after=_without_id(after),
    )


def _without_id(person: Person) -> Mapping[str, str]:
    return {name: cell for name, cell in person_cells(person).items() if name != "person_id"}


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


@dataclass(slots=True, kw_only=True)
class _Planner:
    sheet: Sheet
    check_site: Callable[[str], None]
    now: datetime
    new_id: Callable[[], str]
    people: dict[PersonId, Person] = field(default_factory=dict)
    owners: dict[tuple[str, str], PersonId] = field(default_factory=dict)
    """Who has an e-mail address or login, as it stands after the rows so far."""
    lines: dict[PersonId, int] = field(default_factory=dict)
    added: list[Person] = field(default_factory=list)
    changed: list[tuple[Person, Person]] = field(default_factory=list)
    unchanged: int = 0
    changes: list[CellChange] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)

    def know(self, person: Person) -> None:
        self.people[person.person_id] = person
        self.owners.update(dict.fromkeys(_keys(person), person.person_id))

    def take(self, row: SheetRow) -> None:
        try:
            cells = _checked(row)
            before = self._found(cells)
            after = self._after(before, cells, row.line)
        except _Wrong as error:
            column = self.sheet.titles.get(error.name, "")
            self.errors.append(CellError(line=row.line, column=column, detail=str(error)))
            return
        self.lines[after.person_id] = row.line
        self._note(before, after, row.line)

    def _found(self, cells: Mapping[str, str]) -> Person | None:
        """Return whose row it is.

        Raises:
            _Wrong: It cannot be told, or is several persons'.
        """
        if person_id := cells.get("person_id", ""):
            person = self.people.get(PersonId(person_id))
            if person is None:
                raise _Wrong("person_id", f"no person has the id {person_id[:40]}")
            return person
        keys = [(name, cells.get(name, "").lower()) for name in ("email", "login")]
        if not any(key for _, key in keys):
            raise _Wrong("", "needs a person_id, email or login, by which it is found again")
        found = {self.owners[key]: key[0] for key in keys if key in self.owners}
        if len(found) > 1:
            raise _Wrong("login", "is another person's than the e-mail address")
        return self.people[next(iter(found))] if found else None

    def _after(self, before: Person | None, cells: Mapping[str, str], line: int) -> Person:
        if before is not None and before.person_id in self.lines:
            first = self.lines[before.person_id]
            raise _Wrong("", f"{before.name} is on line {first} already")
        if before is None and not cells.get("name"):
            raise _Wrong("name", "a new person needs a name")
        base = before or Person(person_id=PersonId(f"line {line}"), name="")
        after = _with(base, cells, self.now)
        if after.site != base.site:
            self._known_site(after.site)
        for key in _keys(after):
            owner = self.owners.get(key, after.person_id)
            if owner != after.person_id:
                raise _Wrong(key[0], f"{self.people[owner].name} has {key[1]} already")
        return after if before else replace(after, person_id=PersonId(self.new_id()))

    def _known_site(self, site: str) -> None:
        try:
            self.check_site(site)
        except InvalidError as error:
            raise _Wrong("site", str(error).removeprefix("site: ")) from error

    def _note(self, before: Person | None, after: Person, line: int) -> None:
        if before == after:
            self.unchanged += 1
            return
        if before is None:
            self.added.append(after)
        else:
            self.changed.append((before, after))
            for key in _keys(before):
                self.owners.pop(key, None)
        self.know(after)
        old = {} if before is None else person_cells(before)
        for name, value in person_cells(after).items():
            if name != "person_id" and old.get(name, "") != value:
                change = CellChange(
                    line=line, name=after.name, field=name, before=old.get(name, ""), after=value
                )
                self.changes.append(change)


def _checked(row: SheetRow) -> Mapping[str, str]:
    """Return the cells as they are kept.

    Raises:
        _Wrong: One of them is wrong.
    """
    kept = {}
    for name, text in row.cells.items():
        try:
            if name in CHECKS:
                kept[name] = CHECKS[name](text)
            elif name in {"vip", "active"}:
                kept[name] = "yes" if truth(text, empty=name == "active") else "no"
            else:
                kept[name] = text.strip().lower()
        except InvalidError as error:
            raise _Wrong(name, str(error).removeprefix(f"{name}: ")) from error
    return kept


def _with(person: Person, cells: Mapping[str, str], now: datetime) -> Person:
    after = replace(
        person,
        name=cells.get("name", person.name),
        email=cells.get("email", person.email),
        phone=cells.get("phone", person.phone),
        department=cells.get("department", person.department),
        site=cells.get("site", person.site),
        language=cells.get("language", person.language),
        login=cells.get("login", person.login),
    )
    if "vip" in cells:
        after = replace(after, vip=cells["vip"] == "yes")
    if cells.get("active") == "yes":
        after = replace(after, deactivated_at=None)
    elif cells.get("active") == "no":
        after = replace(after, deactivated_at=person.deactivated_at or now)
    return after


def _keys(person: Person) -> list[tuple[str, str]]:
    keys = (("email", person.email.lower()), ("login", person.login.lower()))
    return [key for key in keys if key[1]]
