"""The side of the clock: who runs the jobs, under whose leases, and where messages go."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_network

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.bootstrap.foundation import Foundation
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.jobs import Jobs
from sickbay_collector.notify.guard import Guard, system_resolve
from sickbay_collector.notify.hooks import Tools
from sickbay_collector.notify.post import Poster
from sickbay_collector.notify.registry import Channels
from sickbay_collector.scheduler import Scheduler
from sickbay_collector.services.fleet import FleetTimers
from sickbay_collector.services.leases import LeasedJobs
from sickbay_collector.services.quiet_timers import QuietTimers
from sickbay_collector.services.timers import TimerHandler
from sickbay_collector.services.window_run import Steps

log = logging.getLogger(__name__)

_STOP_S = 10.0
"""What jobs under way get when a collector stops."""


class Clockwork:
    """Runs the jobs of a collector.

    Args:
        foundation: What it stands on.
        pages: What open pages need each second, by name.
    """

    def __init__(
        self, foundation: Foundation, pages: Mapping[str, Callable[[datetime], object]]
    ) -> None:
        # No process ever has this name again.
        holder = f"{socket.gethostname()}/{new_id()}"
        self._leases = LeasedJobs(open_uow=foundation.storage.open_uow, holder=holder)
        stop = threading.Event()
        jobs = Jobs(
            foundation.config,
            foundation.storage,
            foundation.metrics,
            pulse=foundation.pulse,
            shelf=foundation.shelf,
            leases=self._leases,
            channels=_channels(foundation),
            stop=stop,
        )
        self.scheduler = Scheduler(
            jobs.jobs(_timer_handlers(foundation), pages),
            clock=utc_now,
            monotonic=time.monotonic,
            stop=stop,
        )

    def start(self) -> None:
        """Start every job."""
        self.scheduler.start()

    def stop(self) -> None:
        """Stop the jobs, then let other collectors have them at once."""
        self.scheduler.close(timeout_s=_STOP_S)
        try:
            self._leases.release(utc_now())
        except SickbayError as error:
            log.warning("leases.kept error=%s", error)


def _channels(foundation: Foundation) -> Channels:
    allowed = [ip_network(one) for one in foundation.config.notify_allow]
    guard = Guard(allowed, system_resolve)
    tools = Tools(guard=guard, poster=Poster(guard), environ=os.environ, clock=utc_now)
    return Channels(foundation.storage.book, tools)


def _timer_handlers(foundation: Foundation) -> Mapping[str, TimerHandler]:
    """Return who handles timers that need more than the transaction, by kind."""
    steps = Steps(started_at=foundation.started_at, new_id=new_id)
    quiet = QuietTimers(foundation.shelf.rules, steps)
    return {**quiet.handlers(), **FleetTimers(new_id).handlers()}
