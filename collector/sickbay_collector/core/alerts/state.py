"""What the engine remembers of a device between two samples: small, plain, without OK instances."""

from collections.abc import ItemsView, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from sickbay_collector.core.errors import InvalidError

MAX_STATES = 16
"""Instances that are remembered at once; more do not fit into the 4 KiB of a device's state row."""
MAX_EVENTS = 16
"""Entries of a window; the oldest two are joined beyond."""
DAYS = 60
"""Days of use that are remembered."""

Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None


class Phase(StrEnum):
    """Where an alert is in its life."""

    OK = "ok"
    """Nothing is wrong; kept a while for flap detection."""
    PENDING = "pending"
    OPEN = "open"
    CLEARING = "clearing"
    CLOSED = "closed"
    """Was open; kept a while for flap detection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """One rule at one instance."""

    phase: Phase
    since: datetime
    """When the condition of this phase was first true, by the device's clock."""
    read_at: datetime
    """The last sample that said something."""
    raised_since: datetime
    """When the condition that led to the alert was first true."""
    held_s: float = 0.0
    """Time counted toward `for` or `clear_for`."""
    reads: int = 0
    bits: int = 0
    """History for flap detection."""
    flapping: bool = False
    evidence_at: datetime | None = None
    """When evidence was last given; None before the alert opened."""
    urgency: int = 0
    """The highest (lowest number) since the alert opened; 0 before."""
    low: float | None = None
    high: float | None = None
    """Lowest and highest reading of the rule's first metric while the condition was true."""
    muted: str = ""
    """Why the alert was kept from opening."""
    label: str = ""
    """What people call the instance."""
    days: int = 0
    day_ends_at: datetime | None = None
    """Days of use counted while clearing, and when the present one ends."""
    events: tuple[tuple[datetime, float], ...] = ()
    """When how many events were counted, oldest first, for windows."""

    @property
    def is_standing(self) -> bool:
        """Whether the alert is open or clearing."""
        return self.phase in {Phase.OPEN, Phase.CLEARING}


_NO_STATES: Mapping[str, AlertState] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMemory(Mapping[str, AlertState]):
    """All that the engine remembers of a device: "rule_id|instance" -> state."""

    states: Mapping[str, AlertState] = field(default_factory=lambda: _NO_STATES)
    last_at: datetime | None = None
    """The sample before; None while nothing is remembered."""
    day: int = 0
    """The newest day of use, as a proleptic ordinal."""
    day_bits: int = 0
    """Days of use: bit 0 is `day`, bit 1 the day before."""

    def __getitem__(self, key: str) -> AlertState:
        return self.states[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.states)

    def __len__(self) -> int:
        return len(self.states)

    @property
    def open_count(self) -> int:
        """How many alerts are open or clearing."""
        return sum(1 for state in self.states.values() if state.is_standing)

    def with_active_day(self, day: int) -> "AlertMemory":
        """Return the memory with active use on that day (a proleptic ordinal)."""
        ahead = day - self.day
        if ahead <= 0:
            bits = self.day_bits | (1 << -ahead if -ahead < DAYS else 0)
            return self if bits == self.day_bits else replace(self, day_bits=bits)
        kept = self.day_bits << ahead if ahead < DAYS else 0
        return replace(self, day=day, day_bits=(kept | 1) & ((1 << DAYS) - 1))

    def active_days(self, day: int, of: int) -> int:
        """Return on how many of the `of` days up to `day` the device was in active use."""
        behind = max(0, day - self.day)
        return (self.day_bits & ((1 << max(0, of - behind)) - 1)).bit_count()

    def to_plain(self) -> dict[str, Plain]:
        """Return the memory as JSON values, defaults left out."""
        plain: dict[str, Plain] = {}
        if self.states:
            plain["states"] = {key: _state_to(state) for key, state in self.states.items()}
        if self.last_at is not None:
            plain["at"] = _micros(self.last_at)
        if self.day_bits:
            plain |= {"day": self.day, "days": self.day_bits}
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Plain]) -> "AlertMemory":
        """Return the memory that was written as JSON values.

        Raises:
            InvalidError: This is not what `to_plain` writes.
        """
        try:
            return cls(
                states=MappingProxyType(
                    {key: _state_from(item) for key, item in _object(plain.get("states", {}))}
                ),
                last_at=_moment(plain["at"]) if "at" in plain else None,
                day=int(_number(plain.get("day", 0))),
                day_bits=int(_number(plain.get("days", 0))),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidError(f"stored alert memory cannot be read: {error!r}") from None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Short names, because this is written with every report of a device that has an alert.
_NUMBERS = MappingProxyType(
    {
        "held_s": "h",
        "reads": "n",
        "bits": "b",
        "urgency": "u",
        "low": "lo",
        "high": "hi",
        "days": "d",
    }
)
# Written as microseconds from `since`, which is shorter.
_TIMES = MappingProxyType(
    {"read_at": "r", "raised_since": "rs", "evidence_at": "ev", "day_ends_at": "de"}
)
_TEXTS = MappingProxyType({"muted": "m", "label": "l"})


def _state_to(state: AlertState) -> Plain:
    plain: dict[str, Plain] = {"p": state.phase.value, "s": _micros(state.since)}
    for name, short in _TIMES.items():
        moment = getattr(state, name)
        if moment is not None:
            plain[short] = _micros(moment) - _micros(state.since)
    for name, short in _NUMBERS.items():
        value = getattr(state, name)
        if value or (value is not None and name in {"low", "high"}):
            plain[short] = value
    for name, short in _TEXTS.items():
        if getattr(state, name):
            plain[short] = getattr(state, name)
    if state.flapping:
        plain["f"] = True
    if state.events:
        plain["e"] = [[_micros(at), count] for at, count in state.events]
    return plain


def _state_from(plain: Plain) -> AlertState:
    if not isinstance(plain, dict):
        raise TypeError("a state is not an object")
    since = _number(plain["s"])
    known: dict[str, object] = {
        name: _number(plain[short]) for name, short in _NUMBERS.items() if short in plain
    }
    known |= {
        name: _moment(since + _number(plain[short]))
        for name, short in _TIMES.items()
        if short in plain
    }
    known |= {name: str(plain[short]) for name, short in _TEXTS.items() if short in plain}
    return AlertState(
        phase=Phase(str(plain["p"])),
        since=_moment(since),
        flapping=plain.get("f") is True,
        events=_events(plain.get("e", [])),
        **known,  # type: ignore[arg-type]
    )


def _events(plain: Plain) -> tuple[tuple[datetime, float], ...]:
    if not isinstance(plain, list):
        raise TypeError("events are not a list")
    found: list[tuple[datetime, float]] = []
    for item in plain:
        if not isinstance(item, list):
            raise TypeError("an event is not a list")
        at, count = item
        found.append((_moment(at), _number(count)))
    return tuple(found)


def _object(plain: Plain) -> ItemsView[str, Plain]:
    if not isinstance(plain, dict):
        raise TypeError("the states are not an object")
    return plain.items()


def _number(value: Plain) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return value


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(value: Plain) -> datetime:
    return _EPOCH + timedelta(microseconds=_number(value))
