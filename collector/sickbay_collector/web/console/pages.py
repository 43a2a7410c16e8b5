"""Turns templates into answers. Everything that comes from outside is escaped by default."""

from collections.abc import Mapping
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from sickbay_collector.core.alerts.words import measured
from sickbay_collector.core.device import certificate_state
from sickbay_collector.core.words import percent, quantity, size, span
from sickbay_collector.services.device_rows import presence_reason
from sickbay_collector.web.console import words
from sickbay_collector.web.console.assets import Assets
from sickbay_collector.web.console.rich_text import markdown
from sickbay_collector.web.console.template_texts import install_texts
from sickbay_collector.web.console.viewer import Viewer

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load: the console's own files, and nothing that stands in the page itself."""


class Pages:
    """The templates of one application.

    Args:
        assets: Where style and script are served.
        version: The collector's version.
    """

    def __init__(self, assets: Assets, version: str) -> None:
        self._environment = Environment(
            loader=PackageLoader("sickbay_collector.web.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        install_texts(self._environment, assets.scripts())
        self._environment.globals.update(
            asset=assets.path,
            version=version,
            tone=words.tone,
            due=words.due,
            ago=words.ago,
            wall=words.wall,
            presence_reason=presence_reason,
            certificate_state=certificate_state,
        )
        self._environment.filters.update(
            markdown=markdown,
            when=words.when,
            span=span,
            size=size,
            percent=percent,
            quantity=quantity,
            measured=measured,
        )

    def warm(self) -> None:
        """Compile the templates of the first pages, so that nobody waits for it."""
        for name in ("sign_in.html", "home.html", "macros.html"):
            self._environment.get_template(name)

    def page(
        self,
        name: str,
        viewer: Viewer | None,
        values: Mapping[str, object],
        *,
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """Return a page or a part of one.

        Args:
            name: Of the template.
            viewer: Who is signed in; None where nobody is.
            values: What the template names.
            status: Of the answer.
            headers: Beside those of every page.
        """
        template = self._environment.get_template(name)
        text = template.render({**values, "viewer": viewer})
        return HTMLResponse(
            text, status, headers={"Content-Security-Policy": CSP, **(headers or {})}
        )
