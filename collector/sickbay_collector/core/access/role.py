"""The roles: presets of rights. Whoever needs another mix gets another preset here."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.access.right import Right


class Role(StrEnum):
    """What an account or a token is for."""

    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    READER = "reader"
    """Sees devices and desk, and changes nothing."""
    REQUESTER = "requester"
    """Asks the desk for something; sees own tickets and devices only."""
    ANALYST = "analyst"
    """Service desk, first contact."""
    SPECIALIST = "specialist"
    ENGINEER = "engineer"
    LEAD = "lead"
    ACCESS_MANAGER = "access_manager"
    """Grants and reviews who may do what."""
    OPERATIONS_MANAGER = "operations_manager"
    """Targets, SLAs, coverage."""
    ASSET_MANAGER = "asset_manager"
    AUDITOR = "auditor"


_OWN = frozenset({Right.OWN_READ, Right.OWN_WRITE})
_LOOKS = frozenset(
    {
        Right.DEVICES_READ,
        Right.TICKETS_READ,
        Right.ALERTS_READ,
        Right.DESK_READ,
        Right.PEOPLE_READ,
        Right.KPIS_READ,
    }
)
_ANALYST = _LOOKS | {Right.CONTACTS_LOG, Right.TICKETS_WORK, Right.PEOPLE_WRITE}
_SPECIALIST = _LOOKS | {
    Right.CONTACTS_LOG,
    Right.TICKETS_WORK,
    Right.TICKETS_ASSIGN,
    Right.DEVICES_WRITE,
    Right.ASSETS_WRITE,
    Right.QUIET_WRITE,
    Right.COVERAGE_WRITE,
}
_TECHNICIAN = _ANALYST | _SPECIALIST

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.REQUESTER: _OWN,
        Role.READER: _LOOKS,
        Role.AUDITOR: _LOOKS | {Right.AUDIT_READ},
        Role.ANALYST: _ANALYST,
        Role.TECHNICIAN: _TECHNICIAN,
        Role.SPECIALIST: _SPECIALIST,
        Role.ENGINEER: _SPECIALIST | {Right.RULES_WRITE},
        Role.LEAD: _TECHNICIAN | {Right.RULES_WRITE},
        Role.ASSET_MANAGER: _LOOKS | {Right.ASSETS_WRITE, Right.DEVICES_WRITE},
        Role.ACCESS_MANAGER: _LOOKS
        | {Right.PEOPLE_WRITE, Right.ACCOUNTS_WRITE, Right.TOKENS_WRITE, Right.AUDIT_READ},
        Role.OPERATIONS_MANAGER: _LOOKS
        | {
            Right.TICKETS_ASSIGN,
            Right.RULES_WRITE,
            Right.QUIET_WRITE,
            Right.DESK_WRITE,
            Right.COVERAGE_WRITE,
            Right.AUDIT_READ,
        },
        Role.ADMINISTRATOR: frozenset(Right) - _OWN,
    }
)
"""What each role may do."""
