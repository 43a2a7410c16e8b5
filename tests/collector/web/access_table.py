"""Who may open what: one table, from which the test of every role on every route follows.

The first rule that fits says which right a route needs. A route that fits none, or that asks for
another right than its rule says, fails `test_access_matrix`.
"""

import re
from dataclasses import dataclass

from sickbay_collector.core.access.right import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a route needs."""

    methods: str
    """"GET", or "*" for all."""
    pattern: str
    """Of the whole path."""
    right: Right | None
    """None where everybody may, who is signed in or not; `why` says why."""
    everywhere: bool = False
    """Whether somebody who sees a part only may not."""
    why: str = ""

    def fits(self, method: str, path: str) -> bool:
        """Return whether the rule is about a route."""
        return self.methods in {"*", method} and re.fullmatch(self.pattern, path) is not None


def _rule(
    methods: str, pattern: str, right: Right | None, *, everywhere: bool = False, why: str = ""
) -> Rule:
    return Rule(methods=methods, pattern=pattern, right=right, everywhere=everywhere, why=why)


API = (
    _rule("*", "/api/openapi.json", None, why="says nothing of this desk"),
    _rule("GET", r"/api/v1/(rotas|technicians)/[^/]+\.ics", None, why="its address has a secret"),
    _rule("GET", "/api/v1/(version|me)", None, why="any token or session"),
    _rule("GET", "/api/v1/(devices|possible-duplicates).*", Right.DEVICES_READ),
    _rule("GET", "/api/v1/(tags|assets/export)", Right.DEVICES_READ),
    _rule("POST", "/api/v1/devices/(tags|{device}/(sign-in-link|revoke))", Right.DEVICES_WRITE),
    _rule("*", "/api/v1/devices/{device}/asset.*", Right.ASSETS_WRITE),
    _rule("POST", "/api/v1/assets/import", Right.ASSETS_WRITE, everywhere=True),
    _rule("GET", "/api/v1/tickets/{ticket}/macros/{macro}", Right.TICKETS_WORK),
    _rule("GET", "/api/v1/macros", Right.DESK_READ),
    _rule("GET", "/api/v1/(tickets|problems|notifications).*", Right.TICKETS_READ),
    _rule("GET", "/api/v1/sla", Right.TICKETS_READ),
    _rule("POST", "/api/v1/tickets", Right.CONTACTS_LOG),
    _rule("GET", "/api/v1/contacts/callers", Right.CONTACTS_LOG),
    _rule(
        "POST",
        "/api/v1/tickets/(bulk|{ticket}/(assign|major|updates|subscribers|merge|split))",
        Right.TICKETS_ASSIGN,
    ),
    _rule("*", "/api/v1/(tickets|problems|notifications)/.*", Right.TICKETS_WORK),
    _rule("POST", "/api/v1/alertmanager", Right.TICKETS_WORK, everywhere=True),
    _rule("GET", "/api/v1/(alerts|silences|windows|rules).*", Right.ALERTS_READ),
    _rule("POST", "/api/v1/(silences|windows)/preview", Right.ALERTS_READ),
    _rule("*", "/api/v1/(silences|windows).*", Right.QUIET_WRITE),
    _rule("*", "/api/v1/rules.*", Right.RULES_WRITE, everywhere=True),
    _rule("GET", "/api/v1/people.*", Right.PEOPLE_READ),
    _rule("POST", "/api/v1/people/import", Right.PEOPLE_WRITE, everywhere=True),
    _rule("*", "/api/v1/people.*", Right.PEOPLE_WRITE),
    _rule("GET", "/api/v1/(rotas|coverage).*", Right.DESK_READ),
    _rule("*", "/api/v1/(rotas|feeds).*", Right.COVERAGE_WRITE),
    _rule("*", "/api/v1/views.*", Right.DEVICES_READ),
    _rule("GET", "/api/v1/home", Right.TICKETS_READ),
    _rule("GET", "/api/v1/search", Right.DEVICES_READ),
    _rule("GET", "/api/v1/kpis", Right.KPIS_READ, everywhere=True),
    _rule("GET", "/api/v1/config/.*", Right.DESK_READ),
    _rule("*", "/api/v1/(config|channels).*", Right.DESK_WRITE, everywhere=True),
    _rule("*", "/api/v1/audit.*", Right.AUDIT_READ, everywhere=True),
    _rule("GET", "/api/v1/revoked-devices", Right.DEVICES_READ, everywhere=True),
    _rule("*", "/api/v1/revoked-devices.*", Right.DEVICES_WRITE, everywhere=True),
    _rule(
        "*", "/api/v1/(pending-devices|possible-duplicates).*", Right.TOKENS_WRITE, everywhere=True
    ),
    _rule("GET", "/api/v1/own/.*", Right.OWN_READ),
    _rule("POST", "/api/v1/own/.*", Right.OWN_WRITE),
    _rule("*", "/api/v1/accounts.*", Right.ACCOUNTS_WRITE, everywhere=True),
    _rule("*", "/api/v1/.*tokens.*", Right.TOKENS_WRITE, everywhere=True),
)
CONSOLE = (
    _rule("*", "/sign-(in|out).*", None, why="who is nobody yet signs in"),
    _rule("*", "/ack/{token}", None, why="its address has a secret"),
    _rule("GET", "/assets/{name}", None, why="style and script"),
    _rule("GET", "/(events)?", Right.TICKETS_READ),
    _rule("GET", "/devices.*", Right.DEVICES_READ),
    _rule("POST", "/devices/(tags|{name}/revoke)", Right.DEVICES_WRITE),
    _rule("POST", "/devices/{name}/(asset|repairs).*", Right.ASSETS_WRITE),
    _rule("POST", "/devices/views.*", Right.DEVICES_READ),
    _rule("GET", "/search.*", Right.DEVICES_READ),
    _rule("GET", r"/kpis(\.csv)?", Right.KPIS_READ, everywhere=True),
    _rule("GET", "/tickets/{name}/macros/{macro}", Right.TICKETS_WORK),
    _rule("GET", "/tickets/{name}/split", Right.TICKETS_ASSIGN),
    _rule("GET", "/(tickets|problems).*", Right.TICKETS_READ),
    _rule("POST", "/tickets/(bulk|{name}/(assign|merge|major|split))", Right.TICKETS_ASSIGN),
    _rule("POST", "/(tickets|problems).*", Right.TICKETS_WORK),
    _rule("*", "/contacts.*", Right.CONTACTS_LOG),
    _rule("GET", "/rules/new-rule", Right.RULES_WRITE, everywhere=True),
    _rule("GET", "/(silences|windows)/new", Right.QUIET_WRITE),
    _rule("GET", "/(alerts|rules|silences|windows).*", Right.ALERTS_READ),
    _rule("POST", "/(silences|windows)/preview", Right.ALERTS_READ),
    _rule("POST", "/(silences|windows).*", Right.QUIET_WRITE),
    _rule("POST", "/rules.*", Right.RULES_WRITE, everywhere=True),
    _rule("GET", "/coverage.*", Right.DESK_READ),
    _rule("POST", "/coverage.*", Right.COVERAGE_WRITE),
    _rule("GET", "/messages.*", Right.TICKETS_READ),
    _rule("POST", "/messages.*", Right.TICKETS_WORK),
    _rule("*", "/settings/accounts.*", Right.ACCOUNTS_WRITE, everywhere=True),
    _rule("POST", "/settings/enrollment/shut-out", Right.DEVICES_WRITE, everywhere=True),
    _rule("*", "/settings/(tokens|enrollment).*", Right.TOKENS_WRITE, everywhere=True),
    _rule("GET", "/settings/(new/{kind}|{kind}/{entry}/remove)", Right.DESK_WRITE, everywhere=True),
    _rule("GET", "/settings.*", Right.DESK_READ),
    _rule("POST", "/settings.*", Right.DESK_WRITE, everywhere=True),
    _rule("GET", "/own/new", Right.OWN_WRITE),
    _rule("GET", "/own.*", Right.OWN_READ),
    _rule("POST", "/own.*", Right.OWN_WRITE),
    _rule("*", "/audit.*", Right.AUDIT_READ, everywhere=True),
)


def rule_of(method: str, path: str) -> Rule | None:
    """Return the rule of a route; None where none fits."""
    rules = API if path.startswith("/api/") else CONSOLE
    return next((rule for rule in rules if rule.fits(method, path)), None)
