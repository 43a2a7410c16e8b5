"""What every handler needs, put into the app by `make_api` and taken out by type."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.counts import CountDevices
from sickbay_collector.services.lookups import ListDevices
from sickbay_collector.services.ports import Clock, OpenUnitOfWork
from sickbay_collector.services.sign_in import SignIn
from sickbay_collector.web.live import Live


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """Where handlers read and write, and what time it is."""

    open_reads: OpenUnitOfWork
    """Opens a unit of work that is never committed."""
    open_writes: OpenUnitOfWork
    list_devices: ListDevices
    rules: Callable[[], RuleSet]
    """Returns the alert rules in force."""
    count_devices: CountDevices
    sign_in: SignIn
    is_secure: bool
    """Whether browsers come over TLS."""
    clock: Clock
    new_id: Callable[[], str]
    """Makes ids."""
    started_at: datetime
    """Since when this collector can hear devices."""
    version: str
    shelf: Shelf
    """What is configured."""
    live: Live
    """Tells open pages what changed."""


def install_context(app: FastAPI, context: WebContext) -> None:
    """Give the app's handlers their context."""
    app.state.sickbay = context


def context_of(request: Request) -> WebContext:
    """Return the context of the app that serves the request."""
    context = request.app.state.sickbay
    assert isinstance(context, WebContext)  # noqa: S101 - `install_context` put it there
    return context


Context = Annotated[WebContext, Depends(context_of)]
