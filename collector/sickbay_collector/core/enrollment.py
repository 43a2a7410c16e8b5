"""How a device came in: by which token and from where, or why not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.device import EnrollmentToken
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.networks import is_within


class Refusal(StrEnum):
    """Why a token lets nobody in."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED_UP = "used_up"
    NETWORK = "network"
    """It is for other networks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentRecord:
    """How a device came in, the last time that it did."""

    device_id: DeviceId
    at: datetime
    token_id: str
    address: str
    """As the collector saw it; "" where it saw none."""


def refusal_of(token: EnrollmentToken | None, *, address: str, now: datetime) -> Refusal | None:
    """Return why a token does not let in who calls from an address; None where it does."""
    if token is None:
        return Refusal.UNKNOWN
    if token.revoked_at is not None:
        return Refusal.REVOKED
    if token.expires_at <= now:
        return Refusal.EXPIRED
    if token.uses >= token.max_uses:
        return Refusal.USED_UP
    if token.networks and not is_within(address, token.networks):
        return Refusal.NETWORK
    return None
