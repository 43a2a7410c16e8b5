"""Which languages the pages have, and which of them somebody reads best.

A language is a folder of `texts/` with a compiled catalog; English is always there. A browser
says what its user reads in Accept-Language.
"""

from collections.abc import Mapping
from gettext import GNUTranslations
from pathlib import Path
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sickbay_collector.web.console.texts import ENGLISH, Language, speaking

FOLDER = Path(__file__).parent / "texts"
"""The catalogs that come with the collector."""
DOMAIN = "console"
_HEADER_CHARS = 1000
"""Characters of Accept-Language that are read; browsers send some dozens."""


class Catalogs:
    """The languages of a folder, read once.

    Args:
        folder: Holds `<language>/LC_MESSAGES/console.mo` for each.

    Raises:
        OSError: A catalog cannot be read, or is none.
        UnicodeDecodeError: A catalog is not what its header says.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        found = {ENGLISH.tag: ENGLISH}
        for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
            # A folder is called as gettext has it, de_CH; pages say de-CH.
            tag = path.parts[-3].replace("_", "-")
            with path.open("rb") as file:
                found[tag] = Language(tag=tag, catalog=GNUTranslations(file))
        self._by_tag: Mapping[str, Language] = MappingProxyType(
            {tag.lower(): language for tag, language in found.items()}
        )

    def best(self, accepted: str) -> Language:
        """Return the language that somebody reads best.

        Args:
            accepted: What Accept-Language says; English where it names none that is there.

        Source: RFC 9110 section 12.5.4, RFC 4647 section 3.4 (lookup).
        """
        for tag in _ranges(accepted[:_HEADER_CHARS]):
            parts = tag.lower().split("-")
            while parts:
                found = self._by_tag.get("-".join(parts))
                if found is not None:
                    return found
                parts.pop()
        return ENGLISH


def _ranges(accepted: str) -> list[str]:
    """Return the languages that a header names, the most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, parameter = part.partition(";")
        name, _, quality = parameter.partition("=")
        try:
            weight = float(quality) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        if weight > 0 and tag.strip():
            wanted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(wanted, key=lambda one: -one[0])]


class Translated:
    """Answers each request in the language that its sender reads best.

    Args:
        app: What answers.
        catalogs: The languages.
    """

    def __init__(self, app: ASGIApp, catalogs: Catalogs) -> None:
        self._app = app
        self._catalogs = catalogs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepted = Headers(scope=scope).get("accept-language", "")
        with speaking(self._catalogs.best(accepted)):
            await self._app(scope, receive, send)
