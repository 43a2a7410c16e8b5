"""Pages in an invented language, in which every text stands in brackets."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment
from starlette.testclient import TestClient

from sickbay_collector.core.access.role import Role
from sickbay_collector.web.console.languages import DOMAIN, Catalogs
from sickbay_collector.web.console.template_texts import install_texts
from sickbay_collector.web.console.texts import speaking
from sickbay_collector.web.site import Site
from tests.collector.clinic import Clinic
from tests.collector.served import site_on
from tests.collector.web.console.conftest import PASSWORD, add_accounts
from tests.collector.web.console.test_pages import PATHS
from tests.kit.texts import TEMPLATE

BRACKETED = "qps"
NAMED = frozenset({"th", "button", "label", "dt", "legend", "summary", "h2", "h3", "caption"})
_BLOCK = re.compile(r'<script type="application/json" id="texts">(.*?)</script>')
# What the database, the configuration, a rule or a service says in words that texts have, too.
_CATEGORIES = "access hardware network other performance power security software storage updates"
_PARTS = "enp0s31f6 sda SN1"
_DATA = frozenset(
    {
        *("Sickbay", "yes", "no", "opened", "Volume free /", "Drive reports failure"),
        *("ws-sick", "ws-well"),
        *f"{_CATEGORIES} {_PARTS}".split(),
        *(role.value for role in Role),
        *(role.value.capitalize() for role in Role),
    }
)
# Keys of a record or a rule, as they are stored.
_KEYS = ("/audit", "/alerts/", "/rules/disk.full.crit/versions")


def bracketed(folder: Path, tag: str = BRACKETED) -> Path:
    """Write a catalog that says everything in brackets; return the folder of languages."""
    made = Catalog(locale=None, charset="utf-8")
    with TEMPLATE.open("rb") as file:
        for message in read_po(file):
            if message.id:
                said = (
                    f"⟦{message.id}⟧"
                    if isinstance(message.id, str)
                    else tuple(f"⟦{one}⟧" for one in message.id)
                )
                made.add(message.id, said, context=message.context)
    path = folder / tag / "LC_MESSAGES" / f"{DOMAIN}.mo"
    path.parent.mkdir(parents=True)
    out = io.BytesIO()
    write_mo(out, made)
    path.write_bytes(out.getvalue())
    return folder


@pytest.fixture
def stranger(clinic: Clinic, tmp_path: Path) -> Iterator[TestClient]:
    """Somebody who reads brackets only, and has not signed in."""
    add_accounts(clinic)
    clinic.shelf.start()
    shared = site_on(clinic.context())
    site = Site(shared.api, shared.console, Catalogs(bracketed(tmp_path)))
    with TestClient(
        site,
        raise_server_exceptions=False,
        follow_redirects=False,
        headers={"Accept-Language": f"{BRACKETED}, en;q=0.5"},
    ) as client:
        yield client


@pytest.fixture
def reader(stranger: TestClient) -> TestClient:
    """An administrator who reads brackets only."""
    form = {"login": Role.ADMINISTRATOR.value, "password": PASSWORD}
    assert stranger.post("/sign-in", data=form).status_code == 303
    return stranger


class Words(HTMLParser):
    """Collects what a page says outside of brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.bare: list[tuple[str, str]] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within.append(tag)
        for name, value in attrs:
            if name in {"title", "aria-label", "placeholder", "data-name"} and value:
                self._said(f"{tag} {name}", value)

    def handle_endtag(self, tag: str) -> None:
        while tag in self.within and self.within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.within[-1:] != ["script"]:
            self._said(self.within[-1] if self.within else "", data)

    def _said(self, where: str, text: str) -> None:
        for part in re.split(r"([⟦⟧])", text):
            if part == "⟦":
                self.depth += 1
            elif part == "⟧":
                self.depth -= 1
            elif self.depth == 0 and re.search(r"[A-Za-z]{2}", part):
                self.bare.append((where, " ".join(part.split())))


def bare_on(page: str) -> list[tuple[str, str]]:
    """Return what a page says outside of brackets: where, and what."""
    words = Words()
    words.feed(page)
    assert words.depth == 0
    return words.bare


def test_every_page_speaks_the_language_of_its_reader(reader: TestClient) -> None:
    """What is left in English came from the database or a service; headings and buttons never."""
    with TEMPLATE.open("rb") as file:
        texts = {one.id for one in read_po(file)}
    for path in PATHS:
        page = reader.get(path).text
        left = [
            (where, said)
            for where, said in bare_on(page)
            if (where in NAMED or said in texts) and said not in _DATA
        ]
        if path.startswith(_KEYS):
            left = [one for one in left if one[0] not in {"dt", "td", "ins", "a"}]

        assert (path, left) == (path, [])
        assert f'<html lang="{BRACKETED}">' in page
        assert "%(" not in _BLOCK.sub("", page), f"a placeholder was not filled: {path}"


def test_constants_are_said_when_a_page_is_rendered(tmp_path: Path) -> None:
    """Not when its template is compiled, which is once for all languages."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    install_texts(environment, ())
    template = environment.from_string(
        "{{ 'Home'|translated }} {{ 'in_progress'|plain }} {{ _('Home') }}"
    )
    brackets = Catalogs(bracketed(tmp_path)).best(BRACKETED)

    assert template.render() == "Home in progress Home"
    with speaking(brackets):
        assert template.render() == "⟦Home⟧ ⟦in progress⟧ ⟦Home⟧"


def test_strangers_and_mistakes_are_spoken_to(stranger: TestClient) -> None:
    for path in ("/sign-in", "/sign-in/link", "/nowhere"):
        page = stranger.get(path).text

        assert f'<html lang="{BRACKETED}">' in page
        assert {said for _, said in bare_on(page)} <= {"· Sickbay", "Sickbay", "sickbay user add"}


def test_who_reads_english_gets_no_catalog(reader: TestClient) -> None:
    page = reader.get("/", headers={"Accept-Language": "fr, en"}).text

    assert "⟦" not in page
    assert '<html lang="en">' in page
    assert 'id="texts"' not in page


def test_scripts_get_their_texts_from_the_page(reader: TestClient) -> None:
    (block,) = _BLOCK.findall(reader.get("/").text)

    assert json.loads(block)["Copy"] == "⟦Copy⟧"


def test_values_are_escaped_in_translations(clinic: Clinic, reader: TestClient) -> None:
    """A translated text is HTML as its English one is; what stands in it is not."""
    with clinic.open_writes() as uow:
        ticket = uow.tickets.by_number(1)
        assert ticket is not None
        hostile = replace(ticket, assignee="<b>{%x%}</b>%(n)s")
        assert uow.tickets.save(hostile, expected_version=ticket.version)
        uow.commit()

    page = reader.get("/tickets/1").text

    assert "⟦Assignee <b>&lt;b&gt;{%x%}&lt;/b&gt;%(n)s</b>⟧" in page


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        pytest.param("", "en", id="nothing said"),
        pytest.param("*", "en", id="anything"),
        pytest.param("de", "de", id="as it is called"),
        pytest.param("DE-at", "de", id="a region that has no own"),
        pytest.param("pt-BR, pt", "pt-BR", id="a region that has"),
        pytest.param("pt", "en", id="only the other region is there"),
        pytest.param("fr, de;q=0.3", "de", id="the next best"),
        pytest.param("de;q=0.2, en;q=0.8", "en", id="by weight"),
        pytest.param("de;q=0, fr", "en", id="refused"),
        pytest.param("de;q=x,;;==,é;q=nan,", "en", id="no header at all"),
        pytest.param("x," * 499 + "de", "de", id="1000 characters"),
        pytest.param("x," * 500 + "de", "en", id="more than are read"),
    ],
)
def test_the_best_language_is_chosen(tmp_path: Path, accepted: str, tag: str) -> None:
    for one in ("de", "pt_BR"):
        bracketed(tmp_path, one)

    assert Catalogs(tmp_path).best(accepted).tag == tag
