"""What templates and scripts say, by Jinja's own extension for gettext.

English texts in templates are trusted HTML, and so are their translations; values are escaped
when they are put in. A text that comes from Python is said by `|translated` and escaped whole.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from sickbay_collector.web.console.deeds import did
from sickbay_collector.web.console.texts import ENGLISH, gettext, spoken
from sickbay_collector.web.console.words import plain

# A call with a text as JavaScript and JSON both write it.
_IN_SCRIPT = re.compile(r'\b_\(("(?:[^"\\]|\\.)*")')


def install_texts(environment: Environment, scripts: Iterable[str]) -> None:
    """Let templates say texts in the language of the request.

    Args:
        environment: Of the templates; it has `jinja2.ext.i18n`.
        scripts: The console's own scripts, whose texts a page takes along.
    """
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined] # the extension's
    speech = _Speech()
    texts = texts_in(scripts)
    environment.globals.update(
        _=speech.gettext,
        gettext=speech.gettext,
        ngettext=speech.ngettext,
        language=_language,
        script_texts=lambda: said_in_scripts(texts),
    )
    environment.filters["translated"] = at_render(_translated)
    environment.filters["plain"] = at_render(plain)
    environment.filters["did"] = at_render(did)


def at_render(say: Callable[[object], str]) -> Callable[[Context, object], str]:
    """Return a filter that says something when a page is rendered.

    Jinja works other filters of constants out when it compiles a template, for all readers alike.
    """

    @pass_context
    def said(_context: Context, value: object) -> str:
        return say(value)

    return said


def texts_in(scripts: Iterable[str]) -> tuple[str, ...]:
    """Return what scripts say, in English."""
    found = {json.loads(one): None for script in scripts for one in _IN_SCRIPT.findall(script)}
    return tuple(found)


def said_in_scripts(texts: Iterable[str]) -> Mapping[str, str]:
    """Return the texts of scripts that are said otherwise than in English."""
    said = {text: gettext(text) for text in texts}
    return {text: other for text, other in said.items() if other != text}


class _Speech:
    """The functions that marked texts call; they do what those of Jinja do, in a third of the time.

    A page has hundreds of texts, the same each time: those without a value are kept ready by
    language. Templates name constants only, so that there are as many as the catalog has.
    """

    def __init__(self) -> None:
        self._ready: dict[str, dict[str, Markup]] = defaultdict(dict)

    def gettext(self, text: str, /, **values: object) -> Markup:
        language = spoken()
        if values:
            said = text if language is ENGLISH else language.catalog.gettext(text)
            return _filled(said, values)
        ready = self._ready[language.tag]
        kept = ready.get(text)
        if kept is None:
            kept = ready[text] = _filled(language.catalog.gettext(text), values)
        return kept

    def ngettext(self, one: str, several: str, count: int, /, **values: object) -> Markup:
        return _filled(spoken().catalog.ngettext(one, several, count), {"num": count, **values})


def _filled(text: str, values: Mapping[str, object]) -> Markup:
    return Markup(text % {name: escape(value) for name, value in values.items()})  # noqa: S704 - escaped


def _language() -> str:
    return spoken().tag


def _translated(text: object) -> str:
    """Return a text that Python marked, as it is said now."""
    return gettext(str(text))
