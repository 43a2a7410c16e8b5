"""`sickbay audit verify` and `export`: words, exit codes, files."""

import json

import pytest
from click.testing import Result

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.db.config_tables import audit_event
from sickbay_collector.services.access import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import NOW, Clinic

EVENT = AuditEvent(
    at=NOW,
    actor="ann",
    action="changed",
    object_kind="person",
    object_id="p-1",
    before={"name": "Anne"},
    after={"name": "Änne"},
)


@pytest.fixture
def desk(bare_run: Run, clinic: Clinic, url: str) -> Run:
    """Run `sickbay` as an administrator, after one event."""
    with clinic.open_writes() as uow:
        uow.audit.add(EVENT)
        uow.commit()

    def run(*arguments: str) -> Result:
        token = clinic.tokens[Role.ADMINISTRATOR]
        return bare_run(*arguments, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    return run


def test_a_whole_chain_prints_what_to_note(desk: Run) -> None:
    found = desk("audit", "verify")
    noted = found.output.rpartition(" ")[2].strip()
    again = desk("audit", "verify", "--holds", noted)
    other = desk("audit", "verify", "--holds", f"1:{'0' * 64}")

    assert (found.exit_code, again.exit_code, other.exit_code) == (0, 0, 1)
    assert found.output.startswith("whole: ")
    assert "broken at event 1: it is missing, or its hash is not the one" in other.output


def test_a_broken_chain_is_one_line_and_exit_code_one(desk: Run, clinic: Clinic) -> None:
    with clinic.open_reads() as uow:
        entry = uow.audit.head().entry + 1
    fields = {name: getattr(EVENT, name) for name in AuditEvent.__dataclass_fields__}
    with clinic.engine.begin() as connection:
        connection.execute(audit_event.insert().values(entry=entry, previous="", hash="", **fields))
    words = desk("audit", "verify")
    plain = desk("audit", "verify", "-o", "json")

    assert (words.exit_code, plain.exit_code) == (1, 1)
    assert (
        f"Error: the audit is broken at event {entry}: it stands behind the last one"
        in words.output
    )
    assert json.loads(plain.stdout)["broken"]["entry"] == entry


def test_the_export_is_what_the_collector_streams(desk: Run) -> None:
    lines = desk("audit", "export", "--actor", "ann").output.splitlines()
    sheet = desk("audit", "export", "--format", "csv", "--kind", "person").output

    assert [json.loads(line)["after"] for line in lines] == [{"name": "Änne"}]
    assert sheet.splitlines()[0].startswith('\ufeff"entry","at","actor"')


def test_what_is_mistyped(desk: Run) -> None:
    assert desk("audit", "verify", "--holds", "1:x").exit_code == 2
    assert "like 1204:9f86" in desk("audit", "verify", "--holds", "1:x").output
    assert desk("audit", "nonsense").exit_code == 2
    assert desk("audit", "export", "--format", "xlsx").exit_code == 2


def test_without_a_command_it_lists(desk: Run) -> None:
    assert "person/p-1" in desk("audit", "--actor", "ann").output
    assert "person/p-1" in desk("audit", "ls").output
    assert "Commands" in desk("audit", "--help").output
