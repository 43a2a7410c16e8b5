import re
from pathlib import Path

import pytest

from sickbay_collector.web.console.languages import FOLDER
from sickbay_collector.web.console.texts import gettext, ngettext
from tests.kit.texts import CONSOLE, ENVIRONMENT, TEMPLATE, compile_all, make_template
from tests.kit.unmarked import unmarked_in, unmarked_in_module

TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
SCRIPTS = sorted((CONSOLE / "static").glob("*.js"))
# Where a script shows text: what stands there in quotes was not marked.
_SHOWN = re.compile(
    r"(?:textContent\s*=|textContent:|\.title\s*=|say\(box,|\"aria-label\",|placeholder\s*=)"
    r"\s*[\"'`](?=[^\"'`]*[A-Za-z])"
)


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
