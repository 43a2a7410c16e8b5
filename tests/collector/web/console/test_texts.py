import ast
import re
from collections.abc import Mapping
from gettext import NullTranslations
from pathlib import Path

import pytest

from sickbay_collector.core.errors import BusyError, InvalidError, NotFoundError
from sickbay_collector.web.console.languages import FOLDER
from sickbay_collector.web.console.texts import Language, gettext, ngettext, sentence, speaking
from tests.kit.texts import (
    CONSOLE,
    ENVIRONMENT,
    ROOMS,
    TEMPLATE,
    compile_all,
    make_template,
    sentences_of,
)
from tests.kit.unmarked import unmarked_in, unmarked_in_module

TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
SCRIPTS = sorted((CONSOLE / "static").glob("*.js"))
# Where a script shows text: what stands there in quotes was not marked.
_SHOWN = re.compile(
    r"(?:textContent\s*=|textContent:|\.title\s*=|say\(box,|\"aria-label\",|placeholder\s*=)"
    r"\s*[\"'`](?=[^\"'`]*[A-Za-z])"
)


# Whose errors are said in English only: programs and administrators' files get them.
_ENGLISH = (
    # What is wrong in a document or file names its line and key.
    "core/alerts/fields.py",
    "core/alerts/rule.py",
    "core/sheet.py",
    "services/book/",
    "services/marked_yaml.py",
    "services/notice_texts.py",
    "services/rule_text.py",
    "services/rulebook.py",
    "services/sla_files.py",
    # The wire, what is stored, and providers of sign-ins.
    "core/alerts/state.py",
    "core/health/",
    "core/oidc.py",
    "services/alert_tickets.py",
    "services/enrollment.py",
    "services/ingest.py",
    "services/notices.py",
    "services/oidc_sign_in.py",
    # Says what the reckoning of staffing says.
    "services/coverage_lookups.py",
)


def test_errors_of_services_are_texts_with_values() -> None:
    found = [
        f"{path.relative_to(room.parent)}: {ast.unparse(said)}"
        for room in ROOMS
        for path in sorted(room.rglob("*.py"))
        for said in sentences_of(path)
        if not isinstance(said, ast.Constant)
    ]

    assert [one for one in found if not one.startswith(_ENGLISH)] == [], (
        'write InvalidError("at most %(limit)s", limit=LIMIT), so that pages can say it otherwise'
    )


def test_an_error_is_said_in_the_language_of_the_page() -> None:
    """English stays what logs and the API say; an error within one is said with it."""
    within = NotFoundError("no device has the id %(name)s", name="<x> 5 %")
    error = InvalidError("device: %(error)s", error=within)
    catalog = _Words(
        {"no device has the id %(name)s": "kein Gerät %(name)s", "device: %(error)s": "%(error)s!"}
    )
    with speaking(Language(tag="de", catalog=catalog)):
        said = sentence(error)

    assert said == "kein Gerät <x> 5 %!"
    assert sentence(error) == str(error) == "device: no device has the id <x> 5 %"
    assert sentence(BusyError("at 100 %", retry_after_s=1.0)) == "at 100 %"


class _Words(NullTranslations):
    """A catalog of these texts."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self._words = words

    def gettext(self, message: str) -> str:
        return self._words.get(message, message)


def test_every_text_of_a_template_is_marked() -> None:
    found = [one for path in TEMPLATES for one in unmarked_in(path, ENVIRONMENT)]

    assert found == [], "mark them: {{ _('...') }} or {% trans %}...{% endtrans %}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("<p>\n Hello</p>", ["t.html:2: Hello"], id="text"),
        pytest.param("<p>{{ n }} devices</p>", ["t.html:1: devices"], id="beside a value"),
        pytest.param('<i title="Hello {{ n }}">x</i>', 2, id="attribute and text"),
        pytest.param("<b>{{ 'yes' if n else 'no' }}</b>", 2, id="printed constants"),
        pytest.param("{{ n or 'nobody' }}", 1, id="what stands for nothing"),
        pytest.param("{{ {'a': 'file'}[n] }}", 1, id="a table of words"),
        pytest.param("{{ choice('id', 'Opened within') }}", 1, id="an argument"),
        pytest.param("{% set title = 'Take it away' %}", 1, id="a variable"),
        pytest.param("{{ _(title) }}", 1, id="a variable that is marked"),
        pytest.param('<p>{{ _("Hello") }}</p>', 0, id="marked"),
        pytest.param("{% trans %}Hello{% endtrans %}", 0, id="marked block"),
        pytest.param("{% trans n %}one{% pluralize %}{{ n }}{% endtrans %}", 0, id="plural"),
        pytest.param('<i title="{% trans %}a b{% endtrans %}"></i>', 0, id="marked attribute"),
        pytest.param("{% trans %}a{% endtrans %} b", 1, id="behind a block"),
        pytest.param("<code>sickbay run</code> <kbd>j</kbd> · 5 % &nbsp;", 0, id="no words"),
        pytest.param("<b class=\"{{ 'late' if n }}\">{{ n == 'Big one' }}</b>", 0, id="no texts"),
    ],
)
def test_a_forgotten_text_is_found(tmp_path: Path, source: str, found: list[str] | int) -> None:
    path = tmp_path / "t.html"
    path.write_text(source)

    seen = unmarked_in(path, ENVIRONMENT)

    assert (seen if isinstance(found, list) else len(seen)) == found


def test_every_text_of_a_module_is_marked() -> None:
    found = [one for path in sorted(CONSOLE.glob("*.py")) for one in unmarked_in_module(path)]

    assert found == [], "mark them: _('...'), or N_('...') where they are said later"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        pytest.param("x = f'{n} of them'", 1, id="part of a text"),
        pytest.param("T = ('Overview', N_('History'))", 0, id="one word may be a name"),
        pytest.param("raise InvalidError('say until when')", 1, id="an error"),
        pytest.param("raise InvalidError(_('say until when'))", 0, id="marked"),
        pytest.param("def f():\n    'Return a thing.'", 0, id="a docstring"),
        pytest.param("log.warning('console.missing files=%s')", 0, id="a log line"),
    ],
)
def test_a_forgotten_sentence_is_found(tmp_path: Path, source: str, count: int) -> None:
    path = tmp_path / "t.py"
    path.write_text(source)

    assert len(unmarked_in_module(path)) == count


def test_every_text_that_a_script_shows_is_marked() -> None:
    found = [
        f"{path.name}:{number}: {line.strip()[:80]}"
        for path in SCRIPTS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _SHOWN.search(line)
    ]

    assert found == []


def test_the_catalog_has_the_texts_of_the_sources() -> None:
    assert TEMPLATE.read_text(encoding="utf-8") == make_template(), "run: make texts"


def test_translations_are_compiled() -> None:
    made = compile_all(FOLDER)
    there = {path: path.read_bytes() for path in FOLDER.glob("*/LC_MESSAGES/*.mo")}

    assert there == made, "run: make texts"


def test_english_needs_no_catalog() -> None:
    assert gettext("50 % done") == "50 % done"
    assert gettext("%(n)s of %(m)s", n=1, m="<b>") == "1 of <b>"
    assert gettext("") == ""
    assert [ngettext("%(num)s device", "%(num)s devices", n) for n in (0, 1, 2)] == [
        "0 devices",
        "1 device",
        "2 devices",
    ]
