"""Collects the English texts of the console into one catalog, and compiles translations of it.

`make texts` runs it. The catalog is a function of the sources: sorted, without dates and lines.
"""

import ast
import io
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.alerts.change import ChangeKind as AlertChangeKind
from sickbay_collector.core.alerts.replay import Verdict
from sickbay_collector.core.alerts.rule import Effect, Kind, Minutes, VolumeScope
from sickbay_collector.core.alerts.window import OccurrenceState
from sickbay_collector.core.asset import AssetField
from sickbay_collector.core.asset import Source as AssetSource
from sickbay_collector.core.desk.channel_spec import ChannelKind, MailTls
from sickbay_collector.core.desk.codes import CauseCode, ClosureCode, ResolutionCode, ResolutionMode
from sickbay_collector.core.desk.escalation_run import RunState
from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.core.desk.factors import FactorName
from sickbay_collector.core.desk.kpi import KpiGroup
from sickbay_collector.core.desk.message import MessageState
from sickbay_collector.core.desk.parts import LinkKind, WatcherKind
from sickbay_collector.core.desk.problem import ProblemState
from sickbay_collector.core.desk.ranking import Missing
from sickbay_collector.core.desk.sla import SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketKind,
    TicketSource,
    TicketStatus,
)
from sickbay_collector.core.desk.ticket_search import TicketOrder
from sickbay_collector.core.desk.tier_spec import AssignMode
from sickbay_collector.core.device import (
    CertificateState,
    Criticality,
    DeviceClass,
    DeviceStatus,
    Goodbye,
    Presence,
)
from sickbay_collector.core.errors import (
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
)
from sickbay_collector.core.health.model import Axis, Category, Grade
from sickbay_collector.core.identity_words import (
    HINDRANCES,
    HOUSINGS,
    KINDS,
    OBJECTIONS,
    OUTCOMES,
    VERDICTS,
)
from sickbay_collector.core.inventory import ChangeKind
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.metric import METRICS
from sickbay_collector.core.repair import RepairKind
from sickbay_collector.services.alert_lookups import HappenedKind
from sickbay_collector.services.book.plan import Change
from sickbay_collector.services.device_detail import SECTION_KINDS
from sickbay_collector.services.device_marks import MarkKind
from sickbay_collector.services.device_sheet import COLUMNS
from sickbay_collector.services.routing_ports import RoutingCause
from sickbay_collector.web.api.alerts import AlertStatus
from sickbay_collector.web.console.languages import DOMAIN, FOLDER
from sickbay_collector.web.console.settings_kinds import PAGES
from tests.kit.unmarked import printed_by

TEMPLATE = FOLDER / f"{DOMAIN}.pot"
CONSOLE = FOLDER.parent
# Templates are parsed with it, never rendered.
ENVIRONMENT = Environment(
    extensions=["jinja2.ext.i18n"], autoescape=True, keep_trailing_newline=True
)

STATES: tuple[type[StrEnum], ...] = (
    AlertChangeKind,
    AlertStatus,
    AssetField,
    AssetSource,
    AssignMode,
    Axis,
    Category,
    CauseCode,
    CertificateState,
    Change,
    ChangeKind,
    ChannelKind,
    ClosureCode,
    Criticality,
    DeviceClass,
    DeviceStatus,
    Effect,
    FactorName,
    Goodbye,
    Grade,
    HappenedKind,
    Kind,
    KpiGroup,
    Lane,
    LinkKind,
    MailTls,
    MarkKind,
    MessageState,
    Minutes,
    Missing,
    OccurrenceState,
    Presence,
    Priority,
    ProblemState,
    RepairKind,
    ResolutionCode,
    ResolutionMode,
    Role,
    RoutingCause,
    RunState,
    SlaState,
    SlaTarget,
    TicketEventKind,
    TicketKind,
    TicketOrder,
    TicketSource,
    TicketStatus,
    Verdict,
    VolumeScope,
    WatcherKind,
)
"""Closed sets whose values pages write as words, by `|plain` or `chip`."""

ROOMS = (FOLDER.parents[2] / "core", FOLDER.parents[2] / "services")
ERRORS = frozenset(
    kind.__name__ for kind in (NotFoundError, InvalidError, ConflictError, DeniedError)
)
"""Errors whose first argument is a text that pages say."""

_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("static/*.js", "javascript")]
_JINJA = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_HEADER = """\
# English texts of the console. Made by `make texts`: change the sources instead.
# A translation is <language>/LC_MESSAGES/console.po beside this; `make texts` compiles it.
# In texts of templates HTML is meant as such, and %% is a percent sign.
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def make_template() -> str:
    """Return the catalog of all texts, without a translation."""
    catalog = Catalog(charset="utf-8")
    for place, context, text in _marked():
        catalog.add(text, locations=[(place, 1)], context=context)
    for place, title in (*_titles(), *_errors()):
        catalog.add(title, locations=[(place, 1)])
    for place, word in _words():
        catalog.add(word.replace("_", " "), locations=[(place, 1)], context="state")
    out = io.BytesIO()
    write_po(out, catalog, width=100, omit_header=True, sort_output=True, include_lineno=False)
    return _HEADER + out.getvalue().decode()


def compile_all(folder: Path) -> Mapping[Path, bytes]:
    """Return every translation of a folder as the collector reads it, by where it belongs."""
    made: dict[Path, bytes] = {}
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.parts[-3])
        out = io.BytesIO()
        write_mo(out, catalog)
        made[path.with_suffix(".mo")] = out.getvalue()
    return made


def _marked() -> Iterator[tuple[str, str | None, str | tuple[str, ...]]]:
    """Yield what is marked in templates, scripts and modules: where, its sense, and the text."""
    found = extract_from_dir(CONSOLE, _METHODS, {"templates/**.html": _JINJA})
    for place, _, text, _, context in found:
        yield place, context, text


def _errors() -> Iterator[tuple[str, str]]:
    """Yield what services refuse with, which pages say by `sentence`."""
    for room in ROOMS:
        for path in sorted(room.rglob("*.py")):
            for text in sentences_of(path):
                if isinstance(text, ast.Constant):
                    yield path.relative_to(room.parent).as_posix(), str(text.value)


def sentences_of(path: Path) -> Iterator[ast.expr]:
    """Yield what the errors of a module say: texts, and what is worked out there."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            said = node.args[0]
            if node.func.id in ERRORS:
                yield named.get(said.id, said) if isinstance(said, ast.Name) else said


def _titles() -> Iterator[tuple[str, str]]:
    """Yield what services call things that pages say."""
    for column in COLUMNS.values():
        yield "device_list.py", column.title
    for metric in METRICS.values():
        yield "readings.py", metric.label
    for words in (HINDRANCES, HOUSINGS, KINDS, OBJECTIONS, OUTCOMES, VERDICTS):
        for said in words.values():
            yield "devices.py", said


def _words() -> Iterator[tuple[str, str]]:
    """Yield the names of states and fields, as `|plain` and `chip` write them."""
    for kind in STATES:
        for one in kind:
            yield "words.py", one.value
    for field in fields(Ticket):
        yield "words.py", field.name
    for section in SECTION_KINDS:
        yield "words.py", section
    for page in PAGES.values():
        for column in page.columns:
            yield "settings_kinds.py", column
    for path in sorted((CONSOLE / "templates").glob("*.html")):
        for word in sorted(_chips(ENVIRONMENT.parse(path.read_text(encoding="utf-8")))):
            yield f"templates/{path.name}", word


def _chips(tree: nodes.Template) -> set[str]:
    """Return the states that a template itself names."""
    shown = [one.node for one in tree.find_all(nodes.Filter) if one.name == "plain"]
    shown += [
        call.args[0]
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "chip"
    ]
    found = (one.value for node in shown if node for one in printed_by(node))
    return {one for one in found if isinstance(one, str)}


def main() -> None:
    """Write the catalog, and compile what is translated."""
    made = {TEMPLATE: make_template().encode(), **compile_all(FOLDER)}
    for path, content in made.items():
        path.write_bytes(content)
        print(path.relative_to(CONSOLE))  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
