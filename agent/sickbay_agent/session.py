"""A connection of an enrolled device: sees to it that there is a certificate, and that it is good.

The agent looks at its own certificate before it dials, because a refused handshake tells a client
nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sickbay_agent.errors import AgentError, IdentityError
from sickbay_agent.exchange import Collector
from sickbay_agent.identity.keeper import IdentityKeeper, renewal_due_at
from sickbay_agent.identity.store import Identity

log = logging.getLogger(__name__)

# A renewal that failed is not tried again sooner; there are twelve hours left by then.
_RENEWAL_PAUSE = timedelta(minutes=10)


class Session:
    """The collector, by way of an identity.

    Args:
        keeper: Gets and renews the identity.
        enroll: Returns a first identity.
        dial: Returns the collector as seen with an identity; connects later.
    """

    def __init__(
        self,
        keeper: IdentityKeeper,
        *,
        enroll: Callable[[], Identity],
        dial: Callable[[Identity], Collector],
    ) -> None:
        self._keeper = keeper
        self._enroll = enroll
        self._dial = dial
        self._identity: Identity | None = keeper.load()
        self._collector: Collector | None = None
        self._not_before: datetime | None = None

    @property
    def identity(self) -> Identity | None:
        """The identity; None before the first enrollment."""
        return self._identity

    def collector(self, now: datetime) -> Collector:
        """Return the collector, with a certificate that is valid as far as can be told.

        Raises:
            IdentityError: There is no certificate to be had.
            CallError: The collector did not give one.
        """
        if self._identity is None:
            self._take(self._enroll())
        identity = self._identity
        if identity is None:
            raise IdentityError("this device is not enrolled")
        if now >= identity.not_after:
            identity = self._late(identity, now)
        elif now < identity.not_before:
            raise IdentityError(
                f"the certificate is valid from {identity.not_before:%Y-%m-%d %H:%M} UTC on, and "
                f"the clock says {now:%Y-%m-%d %H:%M}: set the clock"
            )
        if self._collector is None:
            self._collector = self._dial(identity)
        return self._collector

    def renew_if_due(self, now: datetime) -> None:
        """Renew the certificate at its half-life; a failure is logged and tried again later."""
        identity, collector = self._identity, self._collector
        if identity is None or collector is None or now < renewal_due_at(identity):
            return
        if self._not_before is not None and now < self._not_before:
            return
        self._not_before = now + _RENEWAL_PAUSE
        try:
            self._take(self._keeper.renew(collector, identity))
        except AgentError as error:
            log.warning("certificate not renewed: %s", error)

    def close(self) -> None:
        """Let the connection go; the next use makes a new one."""
        if self._collector is not None:
            self._collector.close()

    def _late(self, identity: Identity, now: datetime) -> Identity:
        """Return a fresh identity, or the same where this clock must be the one that is wrong.

        A certificate that has "expired" as soon as it was issued tells that the clock is ahead;
        the collector judges by its own.
        """
        if self._not_before is not None and now < self._not_before:
            return identity
        renewed = self._keeper.renew_expired(identity, now=now)
        self._take(renewed)
        if now >= renewed.not_after:
            log.warning("clock is ahead: certificate valid until=%s", renewed.not_after.isoformat())
            self._not_before = now + _RENEWAL_PAUSE
        return renewed

    def _take(self, identity: Identity) -> None:
        self.close()
        self._identity = identity
        self._collector = None
