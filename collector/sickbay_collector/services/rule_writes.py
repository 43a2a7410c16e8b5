"""What administrators do to alert rules: change, add, switch, restore, and take back.

A rule is applied whole, over files and defaults: what it does not name is taken away from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.alerts.parse import rule_id
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.all_kinds import RULES
from sickbay_collector.services.book.apply import Applied, Applying, apply, preview
from sickbay_collector.services.book.kind import Layer
from sickbay_collector.services.book.layers import empty_layer
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.ports import OpenUnitOfWork

NOTE_LIMIT = 500
"""Characters of the reason of a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAct:
    """Who changes a rule, why, and which one he read."""

    user: str
    now: datetime
    note: str
    expected: str | None
    """The tag of the rule that was read; "" where there was none, None for any."""


def put_rule(open_uow: OpenUnitOfWork, base: Layer, entry: Marked, act: RuleAct) -> Applied:
    """Let a rule be as an entry says, on top of files and defaults.

    Raises:
        InvalidError: The entry is wrong; the message names the key. Nothing was changed.
        StaleEntryError: Somebody changed the rule meanwhile.
    """
    return apply(open_uow, base, _putting(base, entry, act))


def preview_rule(open_reads: OpenUnitOfWork, base: Layer, entry: Marked, act: RuleAct) -> Applied:
    """Return what `put_rule` would change; nothing is written.

    Raises:
        InvalidError: The entry is wrong; the message names the key.
        StaleEntryError: Somebody changed the rule meanwhile.
    """
    with open_reads() as uow:
        return preview(uow, base, _putting(base, entry, act))


def take_back_rule(open_uow: OpenUnitOfWork, base: Layer, name: str, act: RuleAct) -> Applied:
    """Take away what was applied of a rule: files and defaults count again, else it is gone.

    Raises:
        InvalidError: Without it what is in force would be wrong.
        NotFoundError: Nothing was applied of it.
        StaleEntryError: Somebody changed the rule meanwhile.
    """
    wanted = Wanted(remove=frozenset({(RULES.name, name)}))
    return apply(open_uow, base, _applying(wanted, name, act))


def switched(entry: Marked, *, on: bool) -> Marked:
    """Return a rule switched on or off."""
    keys = dict(_keys(entry))
    keys.pop("enabled", None)
    if not on:
        keys["enabled"] = Marked(value=False, where="enabled")
    return Marked(value=keys, where=entry.where)


def _putting(base: Layer, entry: Marked, act: RuleAct) -> Applying:
    name = rule_id(entry)
    layer = empty_layer()
    layer[RULES.name] = {name: _whole(base[RULES.name].get(name), entry)}
    return _applying(Wanted(layer=layer), name, act)


def _applying(wanted: Wanted, name: str, act: RuleAct) -> Applying:
    expected = {} if act.expected is None else {(RULES.name, name): act.expected}
    return Applying(
        wanted=wanted,
        revision=None,
        user=checked_login("user", act.user),
        now=act.now,
        note=_checked_note(act.note),
        expected=expected,
    )


def _whole(base: Marked | None, entry: Marked) -> Marked:
    """Return an entry that leaves nothing of what files and defaults say."""
    if base is None:
        return entry
    keys = dict(_keys(entry))
    gone = {key: Marked(value=None, where=entry.where) for key in _keys(base) if key not in keys}
    return Marked(value={**keys, **gone}, where=entry.where)


def _keys(entry: Marked) -> Mapping[str, Marked]:
    return entry.value if isinstance(entry.value, Mapping) else {}


def _checked_note(note: str) -> str:
    line = " ".join(note.split())
    if len(line) > NOTE_LIMIT or not line.isprintable():
        raise InvalidError("note: at most %(limit)s printable characters", limit=NOTE_LIMIT)
    return line
