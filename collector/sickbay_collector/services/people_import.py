"""Persons from and to a file of a spreadsheet."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.person_sheet import (
    PERSON_FIELDS,
    PersonPlan,
    person_cells,
    person_event,
    plan_people,
)
from sickbay_collector.core.sheet import read_sheet, write_sheet
from sickbay_collector.services.imports import ImportOptions, ImportReport, take_over
from sickbay_collector.services.known_sites import check_site
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork


def import_people(
    open_reads: OpenUnitOfWork,
    open_writes: OpenUnitOfWork,
    data: bytes,
    options: ImportOptions,
    *,
    actor: str,
    now: datetime,
    new_id: Callable[[], str],
) -> ImportReport:
    """Take a file of persons over, in one transaction.

    Args:
        open_reads: Opens where the plan is made; writers go on meanwhile.
        open_writes: Opens where it is carried out.
        data: The file.
        options: How.
        actor: Who does it.
        now: The present time.
        new_id: Makes ids.

    Raises:
        InvalidError: It is no such file.
        ConflictError: Somebody changed persons at the same time; nothing was changed.
    """
    sheet = read_sheet(data, PERSON_FIELDS, mapping=options.mapping)
    with open_reads() as uow:
        plan = plan_people(
            uow.people.all(), sheet, check_site=partial(check_site, uow), now=now, new_id=new_id
        )

    def carry_out() -> None:
        with open_writes() as uow:
            _carry_out(uow, plan, actor, now)
            uow.commit()

    return take_over(plan, sheet, options, carry_out, added=len(plan.added))


def export_people(uow: UnitOfWork) -> str:
    """Return everybody as CSV, which changes nothing when it is imported again."""
    rows = (person_cells(person) for person in uow.people.all())
    names = PERSON_FIELDS.names
    return write_sheet(names, ([row[name] for name in names] for row in rows))


def _carry_out(uow: UnitOfWork, plan: PersonPlan, actor: str, now: datetime) -> None:
    # Changes free what new persons take; the file's order frees what later changes take.
    if not uow.people.save_all([after for _, after in plan.changed]):
        raise ConflictError("somebody changed persons at the same time; import again")
    uow.people.add_all(plan.added)
    new = [(None, after) for after in plan.added]
    uow.audit.add_all([person_event(*pair, actor=actor, at=now) for pair in (*plan.changed, *new)])
