"""What each page and form of the console is in `/api/v1`: whatever people do, programs can.

A page that shows several things has several. `test_page_table` fails for a page that is not here,
for an operation that there is not, and where a page is for people whom the API sends away.
"""

from collections.abc import Mapping
from types import MappingProxyType

BROWSER = "browser: "
"""Begins why something is for browsers only."""

_SIGN_IN = f"{BROWSER}it opens or ends a session; programs have tokens"
_FILE = f"{BROWSER}style and script"
_TICKET = "/api/v1/tickets/{ticket}"
_DEVICE = "/api/v1/devices/{device}"
_PAIR = "/api/v1/possible-duplicates/{device}/{other}"
_RULE = "/api/v1/rules/{rule}"
_ROTA = "/api/v1/rotas/{rota}"
_ACCOUNT = "/api/v1/accounts/{login}"
_ENTRY = "/api/v1/config/{kind}/{entry}"

PAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "GET /assets/{name}": (_FILE,),
        "GET /sign-in": (_SIGN_IN,),
        "POST /sign-in": (_SIGN_IN,),
        "POST /sign-out": (_SIGN_IN,),
        "GET /sign-in/oidc": (_SIGN_IN,),
        "GET /sign-in/oidc/done": (_SIGN_IN,),
        "GET /sign-in/link": (_SIGN_IN,),
        "POST /sign-in/link": (_SIGN_IN,),
        "GET /sign-in/link/{secret}": (_SIGN_IN,),
        "POST /sign-in/link/{secret}": (_SIGN_IN,),
        "GET /ack/{token}": (f"{BROWSER}a link in a message, for who has no token at hand",),
        "POST /ack/{token}": (f"{BROWSER}as above; with a token it is `acknowledge`",),
        "GET /events": (f"{BROWSER}it says that an open page is behind; programs read again",),
        # A requester's own.
        "GET /own": ("GET /api/v1/own/tickets", "GET /api/v1/own/devices"),
        "GET /own/new": ("GET /api/v1/own/devices",),
        "POST /own/new": ("POST /api/v1/own/tickets",),
        "GET /own/tickets/{name}": ("GET /api/v1/own/tickets/{ticket}",),
        "POST /own/tickets/{name}/comment": ("POST /api/v1/own/tickets/{ticket}/comments",),
        # Home, search.
        "GET /": ("GET /api/v1/home",),
        "GET /search": ("GET /api/v1/search",),
        "GET /search/hits": ("GET /api/v1/search",),
        "GET /kpis": ("GET /api/v1/kpis",),
        "GET /kpis.csv": ("GET /api/v1/kpis",),
        # Devices.
        "GET /devices": ("GET /api/v1/devices", "GET /api/v1/views", "GET /api/v1/tags"),
        "GET /devices.csv": ("GET /api/v1/devices.csv",),
        "POST /devices/views": ("POST /api/v1/views",),
        "POST /devices/views/{view}/drop": ("DELETE /api/v1/views/{view}",),
        "POST /devices/tags": ("POST /api/v1/devices/tags",),
        "GET /devices/{name}": (
            f"GET {_DEVICE}",
            f"GET {_DEVICE}/score",
            f"GET {_DEVICE}/history",
            f"GET {_DEVICE}/marks",
            f"GET {_DEVICE}/sections/{{kind}}",
            f"GET {_DEVICE}/software",
            f"GET {_DEVICE}/changes",
            f"GET {_DEVICE}/difference",
            "GET /api/v1/tickets",
            f"GET {_DEVICE}/asset",
            f"GET {_DEVICE}/asset/history",
            f"GET {_DEVICE}/asset/repairs",
        ),
        "POST /devices/{name}/asset": (f"PATCH {_DEVICE}/asset",),
        "POST /devices/{name}/asset/withdraw": (f"PATCH {_DEVICE}/asset",),
        "POST /devices/{name}/asset/class": (f"PATCH {_DEVICE}/asset",),
        "POST /devices/{name}/repairs": (f"POST {_DEVICE}/asset/repairs",),
        "POST /devices/{name}/repairs/{repair}/drop": (
            f"DELETE {_DEVICE}/asset/repairs/{{repair}}",
        ),
        "POST /devices/{name}/revoke": (f"POST {_DEVICE}/revoke",),
        # Tickets.
        "GET /tickets": ("GET /api/v1/tickets", "GET /api/v1/tickets/queues"),
        "POST /tickets/bulk": ("POST /api/v1/tickets/bulk",),
        "GET /tickets/{name}": (
            f"GET {_TICKET}",
            f"GET {_TICKET}/sla",
            f"GET {_TICKET}/escalation",
            f"GET {_TICKET}/history",
            f"GET {_TICKET}/similar",
            f"GET {_TICKET}/parts",
            f"GET {_TICKET}/routing",
            f"GET {_TICKET}/deliveries",
            f"GET {_TICKET}/presence",
            "GET /api/v1/macros",
        ),
        "GET /tickets/{name}/around": (f"GET {_TICKET}/similar", f"GET {_DEVICE}/changes"),
        "POST /tickets/{name}/take": (f"POST {_TICKET}/take",),
        "POST /tickets/{name}/acknowledge": (f"POST {_TICKET}/acknowledge",),
        "POST /tickets/{name}/snooze": (f"POST {_TICKET}/snooze",),
        "POST /tickets/{name}/resolve": (f"POST {_TICKET}/resolve",),
        "POST /tickets/{name}/reopen": (f"POST {_TICKET}/reopen",),
        "POST /tickets/{name}/assign": (f"POST {_TICKET}/assign",),
        "POST /tickets/{name}/wait": (f"POST {_TICKET}/wait",),
        "POST /tickets/{name}/escalate": (f"POST {_TICKET}/escalate",),
        "POST /tickets/{name}/reroute": (f"POST {_TICKET}/reroute",),
        "POST /tickets/{name}/edit": (f"PATCH {_TICKET}",),
        "POST /tickets/{name}/merge": (f"POST {_TICKET}/merge",),
        "POST /tickets/{name}/cancel": (f"POST {_TICKET}/cancel",),
        "POST /tickets/{name}/major": (f"POST {_TICKET}/major",),
        "POST /tickets/{name}/macro": (f"POST {_TICKET}/macros/{{macro}}",),
        "GET /tickets/{name}/macros/{macro}": (f"GET {_TICKET}/macros/{{macro}}",),
        "POST /tickets/{name}/note": (f"POST {_TICKET}/notes",),
        "POST /tickets/{name}/here": (f"PUT {_TICKET}/presence",),
        "POST /tickets/{name}/move": (
            f"POST {_TICKET}/take",
            f"POST {_TICKET}/wait",
            f"POST {_TICKET}/resolve",
            f"POST {_TICKET}/reopen",
        ),
        "GET /tickets/{name}/split": (f"GET {_TICKET}",),
        "POST /tickets/{name}/split": (f"POST {_TICKET}/split",),
        "POST /tickets/{name}/link": (f"POST {_TICKET}/links",),
        "POST /tickets/{name}/unlink": (f"DELETE {_TICKET}/links/{{kind}}/{{other}}",),
        "POST /tickets/{name}/watch": (f"POST {_TICKET}/watchers",),
        "POST /tickets/{name}/unwatch": (f"DELETE {_TICKET}/watchers/{{kind}}/{{watcher}}",),
        "POST /tickets/{name}/time": (f"POST {_TICKET}/time",),
        "POST /tickets/{name}/part": (f"POST {_TICKET}/materials",),
        "POST /tickets/{name}/costs/{cost_id}/drop": (f"DELETE {_TICKET}/costs/{{cost_id}}",),
        "POST /tickets/{name}/case": (f"POST {_TICKET}/vendor-cases",),
        "POST /tickets/{name}/cases/{case_id}/close": (
            f"POST {_TICKET}/vendor-cases/{{case_id}}/close",
        ),
        # Contacts.
        "GET /contacts/new": ("GET /api/v1/contacts/callers", "GET /api/v1/tickets/suggest"),
        "GET /contacts/callers": ("GET /api/v1/contacts/callers",),
        "GET /contacts/about": ("GET /api/v1/tickets/suggest",),
        "POST /contacts": ("POST /api/v1/tickets",),
        # Alerts, rules and what keeps them quiet.
        "GET /alerts": ("GET /api/v1/alerts",),
        "GET /alerts/{alert}": ("GET /api/v1/alerts/{alert}", f"GET {_DEVICE}/history"),
        "GET /rules": ("GET /api/v1/rules",),
        "GET /rules/new-rule": ("GET /api/v1/rules",),
        "POST /rules/new-rule": (f"PUT {_RULE}", "POST /api/v1/rules/try"),
        "GET /rules/{rule}": (f"GET {_RULE}",),
        "POST /rules/{rule}": (f"PUT {_RULE}", "POST /api/v1/rules/try"),
        "POST /rules/{rule}/switch": (f"POST {_RULE}/enable", f"POST {_RULE}/disable"),
        "POST /rules/{rule}/restore": (f"POST {_RULE}/restore",),
        "POST /rules/{rule}/reset": (f"DELETE {_RULE}",),
        "GET /rules/{rule}/versions": (
            f"GET {_RULE}/versions",
            f"GET {_RULE}/versions/{{version}}",
            f"GET {_RULE}/diff",
        ),
        "GET /silences": ("GET /api/v1/silences",),
        "GET /silences/new": ("POST /api/v1/silences/preview",),
        "POST /silences/new": ("POST /api/v1/silences", "POST /api/v1/silences/preview"),
        "GET /silences/{number}": ("GET /api/v1/silences/{number}",),
        "POST /silences/{number}/expire": ("POST /api/v1/silences/{number}/expire",),
        "POST /silences/{number}/extend": ("POST /api/v1/silences/{number}/extend",),
        "GET /windows": ("GET /api/v1/windows",),
        "GET /windows/new": ("POST /api/v1/windows/preview",),
        "POST /windows/new": ("POST /api/v1/windows", "POST /api/v1/windows/preview"),
        "GET /windows/{number}": (
            "GET /api/v1/windows/{number}",
            "GET /api/v1/windows/{number}/occurrences",
        ),
        "POST /windows/{number}/cancel": ("POST /api/v1/windows/{number}/cancel",),
        # Problems, coverage.
        "GET /problems": ("GET /api/v1/problems",),
        "GET /problems/{number}": ("GET /api/v1/problems/{number}",),
        "POST /problems/{number}/{action}": tuple(
            f"POST /api/v1/problems/{{number}}/{one}"
            for one in ("own", "known-error", "workaround", "fix", "resolve", "close")
        ),
        "GET /coverage": ("GET /api/v1/coverage",),
        "GET /coverage/who": ("GET /api/v1/coverage/now",),
        "GET /coverage/staff": ("GET /api/v1/coverage/staffing",),
        "GET /coverage/rotas": ("GET /api/v1/rotas",),
        "GET /coverage/rotas/{rota}": (f"GET {_ROTA}", f"GET {_ROTA}/on-call"),
        "POST /coverage/rotas/{rota}/overrides": (f"POST {_ROTA}/overrides",),
        "POST /coverage/rotas/{rota}/overrides/{override}/remove": (
            f"DELETE {_ROTA}/overrides/{{override}}",
        ),
        "POST /coverage/feeds": ("POST /api/v1/feeds",),
        "POST /coverage/feeds/{feed}/revoke": ("DELETE /api/v1/feeds/{feed}",),
        # Messages, audit.
        "GET /messages": ("GET /api/v1/notifications",),
        "GET /messages/state/{key:path}": ("GET /api/v1/notifications/{key:path}",),
        "GET /messages/{key:path}": ("GET /api/v1/notifications/{key:path}",),
        "POST /messages/{key:path}/retry": ("POST /api/v1/notifications/{key:path}/retry",),
        "GET /audit": ("GET /api/v1/audit", "GET /api/v1/audit/export"),
        "GET /audit/chain": ("GET /api/v1/audit/checkpoint",),
        "POST /audit/chain": ("POST /api/v1/audit/checkpoint",),
        # Access.
        "GET /settings/accounts": ("GET /api/v1/accounts",),
        "POST /settings/accounts": ("POST /api/v1/accounts",),
        "GET /settings/accounts/{login}": (f"GET {_ACCOUNT}", f"GET {_ACCOUNT}/sessions"),
        "POST /settings/accounts/{login}/role": (f"POST {_ACCOUNT}/role",),
        "POST /settings/accounts/{login}/password": (f"POST {_ACCOUNT}/password",),
        "POST /settings/accounts/{login}/sessions/end": (f"DELETE {_ACCOUNT}/sessions",),
        "POST /settings/accounts/{login}/sessions/{session_id}/end": (
            f"DELETE {_ACCOUNT}/sessions/{{session_id}}",
        ),
        "POST /settings/accounts/{login}/{switch}": tuple(
            f"POST {_ACCOUNT}/{one}" for one in ("disable", "enable", "detach")
        ),
        "GET /settings/tokens": ("GET /api/v1/api-tokens",),
        "POST /settings/tokens": ("POST /api/v1/api-tokens",),
        "POST /settings/tokens/{token_id}/revoke": ("DELETE /api/v1/api-tokens/{token_id}",),
        "GET /settings/enrollment": (
            "GET /api/v1/enrollment-tokens",
            "GET /api/v1/pending-devices",
            "GET /api/v1/possible-duplicates",
            "GET /api/v1/revoked-devices",
        ),
        "POST /settings/enrollment": ("POST /api/v1/enrollment-tokens",),
        "POST /settings/enrollment/{token_id}/revoke": (
            "DELETE /api/v1/enrollment-tokens/{token_id}",
        ),
        "POST /settings/enrollment/pending/{device}/approve": (
            "POST /api/v1/pending-devices/{device}/approve",
        ),
        "POST /settings/enrollment/pending/{device}/refuse": (
            "POST /api/v1/pending-devices/{device}/refuse",
        ),
        "GET /settings/enrollment/pairs/{device}/{other}": (f"GET {_PAIR}",),
        "POST /settings/enrollment/pairs/{device}/{other}/different": (f"POST {_PAIR}/different",),
        "POST /settings/enrollment/pairs/{device}/{other}/same": (f"POST {_PAIR}/same",),
        "POST /settings/enrollment/shut-out": ("POST /api/v1/revoked-devices/{device}",),
        # The configuration.
        "GET /settings": ("GET /api/v1/config/{kind}",),
        "GET /settings/{kind}": ("GET /api/v1/config/{kind}",),
        "GET /settings/{kind}/{entry}": (f"GET {_ENTRY}",),
        "GET /settings/new/{kind}": ("GET /api/v1/config/{kind}",),
        "POST /settings/new/{kind}": ("POST /api/v1/config",),
        "POST /settings/{kind}/{entry}": ("POST /api/v1/config",),
        "GET /settings/{kind}/{entry}/remove": (f"GET {_ENTRY}",),
        "POST /settings/{kind}/{entry}/remove": (f"DELETE {_ENTRY}", "POST /api/v1/config"),
        "POST /settings/channels/{entry}/test": ("POST /api/v1/channels/{channel}/test",),
    }
)
"""By method and path of the console."""
