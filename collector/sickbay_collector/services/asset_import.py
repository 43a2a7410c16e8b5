"""Asset records from and to a file of a spreadsheet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sickbay_collector.core.asset import AssetField, Source, settle_all
from sickbay_collector.core.asset_sheet import (
    ASSET_FIELDS,
    AssetPlan,
    KnownAsset,
    PlannedAsset,
    plan_assets,
)
from sickbay_collector.core.audit import AuditEvent, change_event
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.core.person import Person
from sickbay_collector.core.sheet import read_sheet, write_sheet
from sickbay_collector.services.asset_ports import AssetWrite, StoredAsset
from sickbay_collector.services.assets import (
    AUDIT_KIND,
    AssetChange,
    AssetView,
    audited,
    classified,
    discovered,
)
from sickbay_collector.services.imports import ImportOptions, ImportReport, take_over
from sickbay_collector.services.known_sites import check_site
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork


def import_assets(
    open_reads: OpenUnitOfWork,
    open_writes: OpenUnitOfWork,
    data: bytes,
    options: ImportOptions,
    *,
    actor: str,
    now: datetime,
) -> ImportReport:
    """Take a file of asset records over, in one transaction. No device is made.

    Args:
        open_reads: Opens where the plan is made; writers go on meanwhile.
        open_writes: Opens where it is carried out.
        data: The file.
        options: How.
        actor: Who does it.
        now: The present time.

    Raises:
        InvalidError: It is no such file.
        ConflictError: Somebody changed records at the same time; nothing was changed.
    """
    sheet = read_sheet(data, ASSET_FIELDS, mapping=options.mapping)
    with open_reads() as uow:
        people = _Directory()
        people.know(uow.people.all())
        plan = plan_assets(
            known_assets(uow),
            sheet,
            owner_of=people.owner_of,
            check_site=partial(check_site, uow),
            actor=actor,
            now=now,
        )

    def carry_out() -> None:
        with open_writes() as uow:
            _carry_out(uow, plan, actor, now)
            uow.commit()

    return take_over(plan, sheet, options, carry_out)


def export_assets(uow: UnitOfWork, *, now: datetime) -> str:
    """Return every device's record as CSV, which changes nothing when it is imported again."""
    people: dict[str, Person] = {person.person_id: person for person in uow.people.all()}
    names = ASSET_FIELDS.names
    rows = (_cells(one, people, now) for one in known_assets(uow))
    return write_sheet(names, ([row.get(name, "") for name in names] for row in rows))


def known_assets(uow: UnitOfWork) -> Sequence[KnownAsset]:
    """Return every device with what is said about it."""
    stored, facts = uow.assets.load(), uow.assets.system_facts()
    nothing = StoredAsset()
    return [
        KnownAsset(
            device=device,
            version=stored.get(device.device_id, nothing).version,
            claims=(
                *stored.get(device.device_id, nothing).claims,
                *discovered(device, facts.get(device.device_id)),
            ),
        )
        for device in uow.devices.all()
    ]


@dataclass(slots=True)
class _Directory:
    """Persons by what a cell may call them."""

    ids: dict[str, str] = field(default_factory=dict)

    def know(self, people: Iterable[Person]) -> None:
        for person in people:
            for name in (person.login, person.email, person.person_id):
                if name:
                    self.ids[name.lower()] = person.person_id

    def owner_of(self, name: str) -> str:
        """Return a person's id.

        Raises:
            InvalidError: Nobody is called so.
        """
        found = self.ids.get(name.lower())
        if found is None:
            raise InvalidError(
                "no person has the e-mail address, login or id %(name)s", name=name[:80]
            )
        return found


def _cells(known: KnownAsset, people: Mapping[str, Person], now: datetime) -> Mapping[str, str]:
    device = known.device
    cells = {
        "device_id": str(device.device_id),
        "hostname": device.hostname,
        "device_class": device.device_class.value,
        "criticality": device.criticality.value,
    }
    for name, settled in settle_all(known.claims, now).items():
        cells[name.value] = settled.value
    owner = people.get(cells.get(AssetField.OWNER, ""))
    if owner is not None:
        cells[AssetField.OWNER.value] = owner.email or owner.login or owner.person_id
    return cells


def _carry_out(uow: UnitOfWork, plan: AssetPlan, actor: str, now: datetime) -> None:
    writes = [
        AssetWrite(
            device_id=one.device.device_id,
            version=one.known.version,
            put=one.put,
            withdraw=one.withdraw,
        )
        for one in plan.changed
    ]
    if not uow.assets.save_all(writes):
        raise ConflictError("somebody changed records at the same time; import again")
    for one in plan.changed:
        change = AssetChange(
            device_class=one.device.device_class, criticality=one.device.criticality
        )
        classified(uow, one.known.device, change)
    uow.audit.add_all([_event(one, actor, now) for one in plan.changed])


def _event(one: PlannedAsset, actor: str, now: datetime) -> AuditEvent:
    before = AssetView(
        device=one.known.device, version=one.known.version, fields=one.before, owner=None
    )
    after = AssetView(
        device=one.device, version=one.known.version + 1, fields=one.after, owner=None
    )
    said = {f"{claim.field} in the file": claim.value for claim in one.put}
    gone = {
        f"{claim.field} in the file": claim.value
        for claim in one.known.claims
        if claim.source is Source.IMPORTED
        and (claim.field, claim.source)
        in {*one.withdraw, *((put.field, put.source) for put in one.put)}
    }
    return change_event(
        at=now,
        actor=actor,
        object_kind=AUDIT_KIND,
        object_id=one.device.device_id,
        before={**audited(before, now), **gone},
        after={**audited(after, now), **said},
    )
