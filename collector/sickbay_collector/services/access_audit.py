"""What happens to access, as the audit keeps it: accounts, sessions, tokens, certificates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.audit import AuditEvent, audit_text
from sickbay_collector.services.ports import UnitOfWork

HERE = "sickbay"
"""Who did it, where the collector itself did: a quick start."""
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Kept(StrEnum):
    """Kinds of objects of the audit that are about access."""

    ACCOUNT = "account"
    API_TOKEN = "api token"  # noqa: S105 - a word, no secret
    ENROLLMENT_TOKEN = "enrollment token"  # noqa: S105 - as above
    CERTIFICATE = "certificate"
    """Of a device; its id is the device's."""
    IDENTITY = "identity"
    """Which machine a device is; its id is the device's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes access, and when."""

    at: datetime
    user: str = HERE
    """Login name; on the collector's own machine its user's."""
    principal: Principal | None = None
    """What they may do; None on the collector's own machine, where they may do everything."""

    @classmethod
    def somebody(cls, principal: Principal, at: datetime) -> "By":
        """Return somebody who is signed in or has a token."""
        return cls(at=at, user=principal.user, principal=principal)


def record(
    uow: UnitOfWork,
    by: By,
    action: str,
    kind: Kept,
    object_id: str,
    *,
    before: Mapping[str, str] = _NOTHING,
    after: Mapping[str, str] = _NOTHING,
) -> None:
    """Write down what was done, in the transaction that does it. What is "" is left out."""
    uow.audit.add(
        AuditEvent(
            at=by.at,
            actor=by.user,
            action=action,
            object_kind=kind.value,
            object_id=object_id,
            before=_said(before),
            after=_said(after),
        )
    )


def _said(fields: Mapping[str, str]) -> Mapping[str, str]:
    return {name: audit_text(text) for name, text in fields.items() if text}
