"""The look at the fleet that the home page and the API share; it is kept for some seconds."""

from functools import partial

from sickbay_collector.services.access import Principal
from sickbay_collector.services.glances import Glance, look
from sickbay_collector.web.context import WebContext

ROWS = 8
"""Lines of each list."""


def glance_for(context: WebContext, principal: Principal) -> Glance:
    """Return how the part of the fleet is that somebody may see."""
    return context.glances.get(principal.scope, partial(_look, context))


def _look(context: WebContext) -> Glance:
    now, started_at = context.clock(), context.started_at
    counts = context.count_devices(now=now, started_at=started_at)
    with context.open_reads() as uow:
        return look(uow, counts, limit=ROWS, now=now, started_at=started_at)
