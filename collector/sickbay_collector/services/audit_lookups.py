"""Reading the audit in the order of writing, without holding all of it."""

from collections.abc import Iterator

from sickbay_collector.core.audit_chain import AuditEntry
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.ports import OpenUnitOfWork

# Read at once; a transaction for each, so that none is held for minutes.
_BATCH = 1000


def walk_audit(
    open_reads: OpenUnitOfWork, wanted: AuditFilter, *, batch: int = _BATCH
) -> Iterator[AuditEntry]:
    """Yield every change that passes the filter, in the order of writing, without holding all."""
    after = 0
    while True:
        with open_reads() as uow:
            found = uow.audit.walk(wanted, limit=batch, after=after)
        yield from found
        if len(found) < batch:
            return
        after = found[-1].entry
