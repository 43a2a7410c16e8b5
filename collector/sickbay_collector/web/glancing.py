"""The look at the fleet that the home page and the API share; it is kept for some seconds."""

from functools import partial

from sickbay_collector.core.access.scope import EVERYTHING, Scope
from sickbay_collector.services.access import Principal
from sickbay_collector.services.glances import Glance, look
from sickbay_collector.web.context import WebContext

ROWS = 8
"""Lines of each list."""
# A page is there within 100 ms, with a look at a site or without one at half of the fleet.
_WAIT_S = 0.05


def glance_for(context: WebContext, principal: Principal) -> Glance:
    """Return how the part of the fleet is that somebody may see."""
    scope = principal.scope
    return context.glances.get(scope, partial(_look, context, scope))


def glance_soon(context: WebContext, principal: Principal) -> Glance | None:
    """Return the same; None where nobody looked lately and a look takes a while. It is taken."""
    scope = principal.scope
    return context.glances.get_within(scope, partial(_look, context, scope), wait_s=_WAIT_S)


def keep_glance(context: WebContext) -> None:
    """Have a look at the whole fleet ready at any time: the first one takes longest."""
    context.glances.keep(EVERYTHING, partial(_look, context, EVERYTHING))


def _look(context: WebContext, scope: Scope) -> Glance:
    # Devices move between sites: a look that is taken again is one at the scope of then.
    context = context.reaching(scope)
    now, started_at = context.clock(), context.started_at
    counts = context.count_devices(now=now, started_at=started_at)
    with context.open_reads() as uow:
        return look(uow, counts, limit=ROWS, now=now, started_at=started_at)
