"""What the handlers of pages take from the application: templates, and who looks."""

from typing import Annotated

from fastapi import Depends, FastAPI, Form, Request

from sickbay_collector.services.access import Role
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.viewer import Viewer, check_form, viewer_of
from sickbay_collector.web.problems import ApiError

__all__ = ["Looks", "Render", "Works", "install_parts", "pages_of"]

from http import HTTPStatus


def install_parts(app: FastAPI, pages: Pages) -> None:
    """Give the app's handlers their templates."""
    app.state.pages = pages


def pages_of(request: Request) -> Pages:
    """Return the templates of the app that serves the request."""
    pages = request.app.state.pages
    assert isinstance(pages, Pages)  # noqa: S101 - `install_parts` put it there
    return pages


def _worker(
    request: Request,
    viewer: Annotated[Viewer, Depends(viewer_of)],
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Viewer:
    check_form(request, viewer, csrf)
    if not viewer.principal.may(Role.TECHNICIAN):
        raise ApiError(HTTPStatus.FORBIDDEN, "your role may look, but not change anything")
    return viewer


Render = Annotated[Pages, Depends(pages_of)]
Looks = Annotated[Viewer, Depends(viewer_of)]
"""Somebody who is signed in."""
Works = Annotated[Viewer, Depends(_worker)]
"""Somebody who may change something, by a form of the console's own."""
