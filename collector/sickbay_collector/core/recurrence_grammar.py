"""What a rule of iCalendar may say, by what it is for.

Rules come from people, and some of what iCalendar allows never comes, or comes each second. A
window's rule always finds its next date soon; a rota's may be rarer, and is looked at by its dates.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.errors import InvalidError

RULE_LIMIT = 200
"""Characters of a rule."""

_DAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_DATE = r"(?:[1-9]|[12][0-9]|3[01])"
_SURE_DATE = r"(?:[1-9]|1[0-9]|2[0-8]|-1)"
_MONTH = r"(?:[1-9]|1[0-2])"
_INTERVAL = r"[0-9]{1,3}"


def _list_of(one: str, most: int) -> str:
    return rf"{one}(?:,{one}){{0,{most - 1}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Which rules are taken."""

    parts: Mapping[str, Mapping[str, str]]
    """By frequency: each part with the pattern of its value."""
    apart: tuple[tuple[str, str], ...]
    """Parts that do not go together."""
    max_interval: int

    @property
    def known(self) -> tuple[str, ...]:
        """Return the names of all parts."""
        return ("FREQ", *dict.fromkeys(name for parts in self.parts.values() for name in parts))

    def takers(self, name: str, value: str) -> list[str]:
        """Return the frequencies with which a part may have a value."""
        return [
            frequency
            for frequency, parts in self.parts.items()
            if name in parts and re.fullmatch(parts[name], value)
        ]


_ANY = MappingProxyType(
    {
        "INTERVAL": _INTERVAL,
        "BYDAY": _list_of(_DAY, 20),
        "BYMONTH": _list_of(_MONTH, 12),
        "BYHOUR": _list_of(r"[0-9]{1,2}", 24),
        "BYMINUTE": _list_of(r"[0-9]{1,2}", 4),
        "WKST": _DAY,
        "COUNT": r"[0-9]{1,5}",
        "UNTIL": r"[0-9]{8}(?:T[0-9]{6})?",
    }
)
_IN_A_MONTH = MappingProxyType(
    {
        **_ANY,
        "BYDAY": _list_of(rf"(?:[+-]?[1-5])?{_DAY}", 20),
        "BYMONTHDAY": _list_of(rf"-?{_DATE}", 31),
        "BYSETPOS": _list_of(r"-?[0-9]{1,2}", 10),
    }
)
ROTA = Grammar(
    parts=MappingProxyType(
        {"DAILY": _ANY, "WEEKLY": _ANY, "MONTHLY": _IN_A_MONTH, "YEARLY": _IN_A_MONTH}
    ),
    apart=(("COUNT", "UNTIL"),),
    max_interval=366,
)
"""Of shifts and handovers."""
WINDOW = Grammar(
    parts=MappingProxyType(
        {
            # Every so many days on a Monday may never come; a week's days and a month's always do.
            "DAILY": MappingProxyType({"INTERVAL": _INTERVAL}),
            "WEEKLY": MappingProxyType(
                {"INTERVAL": _INTERVAL, "WKST": _DAY, "BYDAY": _list_of(_DAY, 7)}
            ),
            "MONTHLY": MappingProxyType(
                {
                    "INTERVAL": _INTERVAL,
                    "WKST": _DAY,
                    "BYDAY": _list_of(rf"(?:[1-4]|-1){_DAY}", 7),
                    "BYMONTHDAY": _list_of(_SURE_DATE, 10),
                }
            ),
        }
    ),
    apart=(("BYDAY", "BYMONTHDAY"),),
    max_interval=99,
)
"""Of maintenance windows."""


def checked_parts(rule: str, grammar: Grammar) -> Mapping[str, str]:
    """Return the parts of a rule with their values.

    Raises:
        InvalidError: It is too long, has a part or a value that is not taken, or parts that do not
            go together.
    """
    if len(rule) > RULE_LIMIT:
        raise InvalidError("a rule has at most %(limit)s characters", limit=RULE_LIMIT)
    found = _split(rule, grammar)
    frequency = found.get("FREQ")
    if frequency is None:
        raise InvalidError("needs a FREQ, for example FREQ=WEEKLY;BYDAY=MO")
    if frequency not in grammar.parts:
        raise InvalidError(
            "'FREQ=%(frequency)s': %(grammar)s",
            frequency=frequency[:35],
            grammar=_no_frequency(grammar),
        )
    for name, value in found.items():
        if name != "FREQ":
            _check_value(name, value, frequency, grammar)
    _check_together(found, grammar)
    return found


def _split(rule: str, grammar: Grammar) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in rule.split(";"):
        name, _, value = part.partition("=")
        if name not in grammar.known:
            allowed = ", ".join(grammar.known)
            raise InvalidError(
                "%(part)r is no part of a rule; use %(allowed)s", part=part[:40], allowed=allowed
            )
        if name in found:
            raise InvalidError("%(name)s is there twice", name=name)
        found[name] = value
    return found


def _no_frequency(grammar: Grammar) -> str:
    hint = "; BYHOUR names several times of a day" if "BYHOUR" in grammar.known else ""
    return f"FREQ is one of {', '.join(grammar.parts)}{hint}"


def _check_value(name: str, value: str, frequency: str, grammar: Grammar) -> None:
    takers = grammar.takers(name, value)
    if frequency in takers:
        return
    part = f"{name}={value}"[:40]
    if takers:
        raise InvalidError("%(part)r needs FREQ=%(takers)s", part=part, takers=" or ".join(takers))
    if name == "UNTIL":
        means = "UNTIL is a date or time on the wall clock, like 20261231 or 20261231T170000"
    else:
        means = f"{name} has a value that is not taken"
    raise InvalidError("%(part)r: %(means)s", part=part, means=means)


def _check_together(found: Mapping[str, str], grammar: Grammar) -> None:
    """Refuse combinations that may never occur, so that no search for a moment is endless."""
    interval = int(found.get("INTERVAL", "1"))
    if not 1 <= interval <= grammar.max_interval:
        raise InvalidError("INTERVAL is from 1 to %(most)s", most=grammar.max_interval)
    if found["FREQ"] == "DAILY" and interval > 1 and "BYDAY" in found:
        raise InvalidError("BYDAY with every few days may never come; use FREQ=WEEKLY")
    for one, other in grammar.apart:
        if one in found and other in found:
            raise InvalidError("%(one)s and %(other)s do not go together", one=one, other=other)
