"""What the handlers of pages take: templates, who looks, and what a form says."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI, Form, Request
from pydantic import ValidationError
from starlette.datastructures import FormData

from sickbay_collector.core.access.right import NEVER_IN_PART, Right
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.auth import check_right
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.viewer import Viewer, check_form, viewer_of

__all__ = [
    "Fields",
    "Needs",
    "Render",
    "body_of",
    "install_parts",
    "pages_of",
    "plain",
]

_READING = frozenset({"GET", "HEAD"})
_Sent = TypeVar("_Sent", bound=Body)


def install_parts(app: FastAPI, pages: Pages) -> None:
    """Give the app's handlers their templates."""
    app.state.pages = pages


def pages_of(request: Request) -> Pages:
    """Return the templates of the app that serves the request."""
    pages = request.app.state.pages
    assert isinstance(pages, Pages)  # noqa: S101 - `install_parts` put it there
    return pages


class Needs:
    """Lets a viewer pass who has a right; forms must be the console's own.

    A dependency of every page that is not for everybody who is signed in.

    Args:
        right: Which.
        everywhere: Whether the viewer must have it for everything.
    """

    def __init__(self, right: Right, *, everywhere: bool = False) -> None:
        self.right = right
        self.everywhere = everywhere or right in NEVER_IN_PART

    def __call__(
        self,
        request: Request,
        viewer: Annotated[Viewer, Depends(viewer_of)],
        csrf: Annotated[str, Form(max_length=128)] = "",
    ) -> Viewer:
        """Return who looks.

        Raises:
            ApiError: The viewer has not the right, or another site sent the form: 403.
        """
        if request.method not in _READING:
            check_form(request, viewer, csrf)
        check_right(viewer.principal, self.right, everywhere=self.everywhere)
        return viewer


async def _fields(request: Request) -> FormData:
    return await request.form()


def plain(fields: FormData) -> dict[str, str]:
    """Return what a form says, without fields that were left empty and without files."""
    found = {name: value for name, value in fields.items() if isinstance(value, str)}
    return {name: value.strip() for name, value in found.items() if value.strip()}


def body_of(model: type[_Sent], said: Mapping[str, object]) -> _Sent:
    """Return what a form says as the API would take it; other fields than its own are left out.

    Raises:
        InvalidError: A field is wrong; the message begins with its name.
    """
    mine = {name: said[name] for name in model.model_fields if name in said}
    try:
        return model.model_validate(mine)
    except ValidationError as error:
        wrong = error.errors()[:3]
        raise InvalidError(
            "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong)
        ) from error


Fields = Annotated[FormData, Depends(_fields)]
"""What a form says."""
Render = Annotated[Pages, Depends(pages_of)]
