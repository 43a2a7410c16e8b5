"""Debian's Chromium, and what a page does in it that no page of the console may do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 60_000.0
"""How long a page may take to do what it does at once on a quiet machine."""
AXE = Path("collector/assets/node_modules/axe-core/axe.min.js")
"""What judges whether everybody can use a page; fetched by `make setup-dev`."""

_ARGUMENTS = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
# Charts are drawn once their figures came.
_SETTLED = "() => !document.querySelector('[data-chart][aria-busy=true]')"
_DRAWN = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
_WIDER = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return "";
  const wide = [...document.querySelectorAll("body *")].filter((one) =>
    one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest(".wide, .tabs"));
  const names = wide.slice(-3).map((one) => one.outerHTML.slice(0, 120));
  return `${root.scrollWidth} px wide: ${names.join(" | ")}`;
}"""
_VIOLATIONS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map((one) =>
    `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Run Chromium without a screen."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(_ARGUMENTS), timeout=PATIENCE_MS
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass  # without slots: Playwright keeps what it wraps on the object
class Watch:
    """What went wrong on a page since it was last asked."""

    found: list[str] = field(default_factory=list)

    def taken(self) -> list[str]:
        """Return what went wrong, and forget it."""
        found, self.found = self.found, []
        return found

    def on_console(self, message: ConsoleMessage) -> None:
        """Note what the browser complains of, refusals by the content policy too."""
        if message.type in {"error", "warning"}:
            self.found.append(f"console: {message.text}")

    def on_error(self, error: Error) -> None:
        """Note a script that failed."""
        self.found.append(f"script: {error}")

    def on_response(self, response: Response) -> None:
        """Note what was refused."""
        if response.status >= 400:
            self.found.append(f"{response.status} {response.url}")

    def on_failed(self, request: Request) -> None:
        """Note what did not come; what a page that was left asked for is not needed any more."""
        if request.failure and "ERR_ABORTED" not in request.failure:
            self.found.append(f"{request.failure} {request.url}")

    def on_dialog(self, dialog: Dialog) -> None:
        """Note a dialog: nothing in the console opens one."""
        self.found.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def watched(context: BrowserContext) -> tuple[Page, Watch]:
    """Open a page and watch it."""
    page, watch = context.new_page(), Watch()
    page.on("console", watch.on_console)
    page.on("pageerror", watch.on_error)
    page.on("response", watch.on_response)
    page.on("requestfailed", watch.on_failed)
    page.on("dialog", watch.on_dialog)
    return page, watch


def ready(page: Page) -> None:
    """Wait until the page's scripts have begun, which hear keys and see that forms are sent once.

    Whoever followed a link or sent a form is on the new page before them.
    """
    page.wait_for_load_state("load")


@contextmanager
def next_page(page: Page) -> Iterator[None]:
    """Wait until what is done inside has led to another page, and that one is ready."""
    with page.expect_event("load"):
        yield


def settle(page: Page) -> None:
    """Wait until the page is there, its charts are drawn, and what watches sizes has seen them."""
    ready(page)
    page.wait_for_function(_SETTLED)
    page.evaluate(_DRAWN)


def resize(page: Page, width: int) -> None:
    """Make the window so wide, and wait until the page is drawn anew."""
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("width => innerWidth === width", arg=width)
    page.evaluate(_DRAWN)


def overflow(page: Page) -> list[str]:
    """Return what makes the page wider than the window."""
    wider = str(page.evaluate(_WIDER))
    return [wider] if wider else []


def violations(page: Page) -> list[str]:
    """Return what axe-core, which must be in the page, finds."""
    return [str(one) for one in page.evaluate(_VIOLATIONS)]
