"""What somebody may do, apart from where."""

from enum import StrEnum


class Right(StrEnum):
    """One thing that a role allows. A route needs one of them."""

    DEVICES_READ = "devices.read"
    DEVICES_WRITE = "devices.write"
    """Tag, classify and revoke devices; make links for their users."""
    ASSETS_WRITE = "assets.write"
    """Asset records, repairs, and importing them."""
    TICKETS_READ = "tickets.read"
    """Tickets with all that belongs to them, problems and messages."""
    TICKETS_WORK = "tickets.work"
    """Acknowledge, note, escalate, resolve, book time."""
    TICKETS_ASSIGN = "tickets.assign"
    """Give tickets to others, merge them, and lead major incidents."""
    CONTACTS_LOG = "contacts.log"
    """Open tickets for people who call."""
    ALERTS_READ = "alerts.read"
    """Alerts, rules, silences and maintenance windows."""
    RULES_WRITE = "rules.write"
    QUIET_WRITE = "quiet.write"
    """Silences and maintenance windows."""
    DESK_READ = "desk.read"
    """Rotas, coverage, and how the desk is set up."""
    DESK_WRITE = "desk.write"
    """How the desk is set up: tiers, SLAs, routing, escalation, channels."""
    COVERAGE_WRITE = "coverage.write"
    """Who stands in for whom; calendar feeds."""
    PEOPLE_READ = "people.read"
    PEOPLE_WRITE = "people.write"
    KPIS_READ = "kpis.read"
    AUDIT_READ = "audit.read"
    ACCOUNTS_WRITE = "accounts.write"
    """Accounts, their roles, scopes and sessions."""
    TOKENS_WRITE = "tokens.write"
    """Tokens of the API and of enrollment."""
    OWN_READ = "own.read"
    """A requester's own tickets and devices."""
    OWN_WRITE = "own.write"
    """A requester's own requests and comments."""


NEVER_IN_PART = frozenset(
    {
        Right.RULES_WRITE,
        Right.DESK_WRITE,
        Right.KPIS_READ,
        Right.AUDIT_READ,
        Right.ACCOUNTS_WRITE,
        Right.TOKENS_WRITE,
    }
)
"""Rights to what concerns everything: whoever is narrowed to a part cannot use them."""
