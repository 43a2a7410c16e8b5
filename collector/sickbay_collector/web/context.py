"""What every handler needs, put into the app by `make_api` and taken out by type."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.access.scope import Reach, Scope
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.counts import CountDevices
from sickbay_collector.services.gaps_ahead import GapsAhead
from sickbay_collector.services.kept_glances import Glances
from sickbay_collector.services.lookups import ListDevices
from sickbay_collector.services.oidc_sign_in import OidcSignIn
from sickbay_collector.services.ports import Clock, OpenUnitOfWork
from sickbay_collector.services.sign_in import SignIn
from sickbay_collector.web.live import Live


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What a device needs to join, beside a token."""

    collector: str
    """Address of the agents' port, as the certificate has it: "collector.example:7443"."""
    enrollment: str
    """Address of the enrollment port."""
    fingerprint: str
    """Of the authority; it stands behind the dot of a token."""


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
    joining: Callable[[], Joining]
    """Returns what a device needs to join, once all ports listen."""
    glances: Glances
    """What was seen of the fleet of late."""
    gaps_ahead: GapsAhead
    """Where it was found what the desk book leaves uncovered."""
    live: Live
    """Tells open pages what changed."""
    sample_interval_s: float = 60.0
    """How often agents are told to measure."""
    oidc: OidcSignIn | None = None
    """Where else people sign in; None for nowhere."""

    def reaching(self, scope: Scope) -> "WebContext":
        """Return the same for somebody who sees no more than this scope."""
        if scope.is_everything:
            return self
        reach = Reach(scope=scope, at=self.clock())
        return replace(
            self,
            open_reads=partial(self.open_reads, reach=reach),
            open_writes=partial(self.open_writes, reach=reach),
            list_devices=partial(self.list_devices, reach=reach),
            count_devices=partial(self.count_devices, reach=reach),
        )


Asking = Callable[[Request], Principal]
"""Returns who asks; raises what the application answers to those who are nobody."""


def install_context(app: FastAPI, context: WebContext) -> None:
    """Give the app's handlers their context."""
    app.state.sickbay = context


def install_asking(app: FastAPI, asking: Asking) -> None:
    """Tell the app how it knows who asks."""
    app.state.asking = asking


def whole_context(request: Request) -> WebContext:
    """Return the context of the app that serves the request, whoever asks."""
    context = request.app.state.sickbay
    assert isinstance(context, WebContext)  # noqa: S101 - `install_context` put it there
    return context


def principal_in(request: Request) -> Principal:
    """Return who asks; looked up once for a request."""
    found = getattr(request.state, "principal", None)
    if not isinstance(found, Principal):
        found = request.state.principal = request.app.state.asking(request)
    assert isinstance(found, Principal)  # noqa: S101 - `install_asking` says so
    return found


def context_of(request: Request) -> WebContext:
    """Return the context in which is what who asks may see."""
    return whole_context(request).reaching(principal_in(request).scope)


Context = Annotated[WebContext, Depends(context_of)]
WholeContext = Annotated[WebContext, Depends(whole_context)]
"""For what nobody has to sign in for, and for what checks by itself who asks."""
