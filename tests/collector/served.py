"""The HTTP applications, built once for all tests of a process, because it takes a second.

They keep nothing but their context, which is another one for each test.
"""

from fastapi import FastAPI

from sickbay_collector.web.app import make_api
from sickbay_collector.web.context import WebContext, install_context
from sickbay_collector.web.site import Site, make_site

_APIS: list[FastAPI] = []
_SITES: list[Site] = []


def api_on(context: WebContext) -> FastAPI:
    """Return the API on this context; whoever changes its routes makes an own one."""
    if not _APIS:
        _APIS.append(make_api(context))
    install_context(_APIS[0], context)
    return _APIS[0]


def site_on(context: WebContext) -> Site:
    """Return the API and the console on this context."""
    if not _SITES:
        _SITES.append(make_site(context))
    for app in (_SITES[0].api, _SITES[0].console):
        install_context(app, context)
    return _SITES[0]
