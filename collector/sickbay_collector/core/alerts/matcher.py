"""Which alerts a silence or a maintenance window is about: patterns over device and alert.

All fields that are named must match, each by one of its patterns. A pattern is text with `*`, `?`
and `[...]`; the names of devices match in any case.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fnmatch import translate
from types import MappingProxyType

from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.device import Device, DeviceClass
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId

PATTERN_LIMIT = 253
"""Characters of a pattern; RFC 1035 allows no longer host names."""
PATTERNS_LIMIT = 20
"""Patterns of one field."""

_SPECIAL = re.compile(r"[*?\[]")
_Test = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An alert on a device, as matchers see it."""

    device_id: DeviceId
    hostname: str
    device_class: DeviceClass
    site: str
    """Id of its site; "" where none is known."""
    rule_id: str
    family: str
    instance: str
    instance_label: str
    category: str
    """"" where the rule is not in force; then no matcher that names a category matches."""
    priority: Priority | None
    """None where the rule is not in force; the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """What must match. An empty field matches everything; build it with `Matcher.of`."""

    device: tuple[str, ...] = ()
    """Host names or ids."""
    device_class: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    """Ids of sites."""
    rule: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    instance: tuple[str, ...] = ()
    """Instances or what people call them: a mount point, "drive S4EVNX0R"."""
    _tests: Mapping[str, tuple[_Test, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the patterns, so that an alert costs comparisons only."""
        names = self.to_plain()
        folded = [one.lower() for one in self.device]
        tests = {name: tuple(map(_test, names[name])) for name in names if name != "device"}
        if folded:
            tests["device"] = tuple(map(_test, folded))
        object.__setattr__(self, "_tests", MappingProxyType(tests))

    @classmethod
    def of(cls, plain: Mapping[str, Sequence[str]]) -> "Matcher":
        """Return the matcher with these patterns by field.

        Raises:
            InvalidError: A field or pattern is not allowed, or nothing is named.
        """
        unknown = sorted(set(plain) - set(FIELDS))
        if unknown:
            raise InvalidError(
                "matcher: no field %(unknown)r; fields: %(fields)s",
                unknown=unknown[0],
                fields=", ".join(FIELDS),
            )
        checked = {name: _checked(name, patterns) for name, patterns in plain.items()}
        if not any(checked.values()):
            raise InvalidError(
                "matcher: names nothing; give one of %(fields)s, or device * for everything",
                fields=", ".join(FIELDS),
            )
        return cls(**checked)

    def to_plain(self) -> dict[str, list[str]]:
        """Return the patterns by field; empty fields are left out."""
        return {name: list(getattr(self, name)) for name in FIELDS if getattr(self, name)}

    def matches(self, subject: Subject) -> bool:
        """Return whether an alert is meant."""
        return all(
            any(test(value) for test in tests for value in _VALUES[name](subject))
            for name, tests in self._tests.items()
        )

    def covers(self, device: Device, site: str) -> bool:
        """Return whether a device at that site is meant, whatever its alerts."""
        return (
            self._one("device", device.hostname.lower(), device.device_id)
            and self._one("device_class", device.device_class)
            and self._one("site", site)
        )

    def words(self) -> str:
        """Return "device ws-*, ws-17; rule disk.*"."""
        return "; ".join(
            f"{name.replace('_', ' ')} {', '.join(patterns)}"
            for name, patterns in self.to_plain().items()
        )

    def _one(self, name: str, *values: str) -> bool:
        tests = self._tests.get(name)
        return tests is None or any(test(value) for test in tests for value in values if value)


FIELDS = tuple(one.name for one in fields(Matcher) if one.init)
"""The fields that may be named."""

_VALUES: Mapping[str, Callable[[Subject], tuple[str, ...]]] = MappingProxyType(
    {
        "device": lambda one: (one.hostname.lower(), one.device_id),
        "device_class": lambda one: (one.device_class,),
        "site": lambda one: (one.site,) if one.site else (),
        "rule": lambda one: (one.rule_id,),
        "family": lambda one: (one.family,),
        "category": lambda one: (one.category,) if one.category else (),
        "priority": lambda one: (one.priority,) if one.priority else (),
        "instance": lambda one: (one.instance, one.instance_label),
    }
)
_CLOSED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"device_class": tuple(DeviceClass), "priority": tuple(Priority)}
)


def is_plain(pattern: str) -> bool:
    """Return whether a pattern is about one name only."""
    return not _SPECIAL.search(pattern)


def _test(pattern: str) -> _Test:
    if is_plain(pattern):
        return pattern.__eq__
    stem = pattern[:-1]
    if pattern[-1] == "*" and not _SPECIAL.search(stem):
        return lambda value: value.startswith(stem)
    return re.compile(translate(pattern)).match


def _checked(name: str, patterns: Sequence[str]) -> tuple[str, ...]:
    if len(patterns) > PATTERNS_LIMIT:
        raise InvalidError(
            "matcher: %(name)s has %(patterns)s patterns; at most %(limit)s are allowed",
            name=name,
            patterns=len(patterns),
            limit=PATTERNS_LIMIT,
        )
    allowed = _CLOSED.get(name)
    for pattern in patterns:
        if not pattern or len(pattern) > PATTERN_LIMIT or not pattern.isprintable():
            raise InvalidError(
                "matcher: %(name)s %(pattern)r: 1 to %(limit)s printable characters",
                name=name,
                pattern=pattern[:40],
                limit=PATTERN_LIMIT,
            )
        if allowed and pattern not in allowed:
            raise InvalidError(
                "matcher: %(name)s %(pattern)r: one of %(allowed)s",
                name=name,
                pattern=pattern,
                allowed=", ".join(allowed),
            )
    return tuple(dict.fromkeys(patterns))
