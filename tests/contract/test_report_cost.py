"""What a report costs the database when nothing happened: the state's row and the line."""

import secrets
from datetime import timedelta

from sqlalchemy import Engine, event

from sickbay_collector.core.device import Goodbye
from sickbay_collector.core.record import Report
from sickbay_collector.db.frames import open_hour
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.ingest import Ingest
from sickbay_collector.services.rulebook import load_rules
from tests.collector.core.judging import NOW, a_record, a_sample
from tests.contract.conftest import Stores
from tests.contract.records import ONE, TWO, a_device, add_devices

# Of SQLite's transaction; PostgreSQL's begins and ends in the driver.
_FRAME = frozenset({"BEGIN", "SAVEPOINT", "RELEASE"})
AGENT = a_device(ONE)


def _report(seq: int) -> Report:
    at = NOW + timedelta(minutes=seq)
    return Report(
        device_id=ONE,
        records=(a_record(a_sample(at), seq=seq),),
        received_at=at,
        sent_at=at,
        goodbye=Goodbye.NONE,
        report_interval_s=60.0,
        agent_version=AGENT.agent_version,
        capabilities=AGENT.capabilities,
        platform="linux",
        size_bytes=100,
    )


def test_a_report_without_news_writes_its_devices_rows_and_reads_nothing(engine: Engine) -> None:
    add_devices(Stores(open_unit_of_work(engine), open_read_only(engine)), ONE, TWO)
    rules = load_rules([])
    ingest = Ingest(
        open_unit_of_work(engine),
        lambda: rules,
        open_hour,
        lambda: secrets.token_hex(8),
        sample_interval_s=60.0,
    )
    ingest.commit([_report(1)])
    seen: list[str] = []

    def note(_c: object, _cursor: object, sql: str, *_rest: object) -> None:
        seen.append(sql.split(maxsplit=1)[0])

    event.listen(engine, "before_cursor_execute", note)
    ingest.commit([_report(2)])
    event.remove(engine, "before_cursor_execute", note)

    assert [one for one in seen if one not in _FRAME] in (["UPDATE", "UPDATE"], ["WITH"])
