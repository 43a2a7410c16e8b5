"""What a device is to its owners: bought when, for how much, whose, where, under which warranty.

Three sources may say what a field is: the device itself, a file that was imported, a person. What
each says is kept; which of them counts is a rule, so that nothing is lost when one goes first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class AssetField(StrEnum):
    """What is known about a device beside what it measures."""

    OWNER = "owner"
    """A person's id."""
    DEPARTMENT = "department"
    SITE = "site"
    """A site's id."""
    LOCATION = "location"
    """Where at the site: a room, a rack."""
    PURCHASED_ON = "purchased_on"
    COST = "cost"
    """What it cost: "1299.00 EUR"."""
    SUPPLIER = "supplier"
    WARRANTY_UNTIL = "warranty_until"
    CONTRACT = "contract"
    END_OF_LIFE = "end_of_life"
    ASSET_TAG = "asset_tag"
    VENDOR = "vendor"
    MODEL = "model"
    SERIAL = "serial"
    CHASSIS = "chassis"


class Source(StrEnum):
    """Who says what a field is."""

    DISCOVERED = "discovered"
    IMPORTED = "imported"
    MANUAL = "manual"


HARDWARE = frozenset({AssetField.VENDOR, AssetField.MODEL, AssetField.SERIAL, AssetField.CHASSIS})
"""What a device knows better than a list. Of an asset tag it does not: makers fill it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one source says that a field is. A field has at most one of each."""

    field: AssetField
    source: Source
    value: str
    """"" says that there is nothing."""
    at: datetime
    by: str
    """Login name; "" for the device itself."""
    until: datetime | None = None
    """Of a manual one: how long it goes before the others; None for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a field is."""

    claim: Claim
    """The one that counts."""
    conflicts: tuple[Claim, ...]
    """Those that say otherwise, the one that would count next first."""

    @property
    def value(self) -> str:
        """Return the value."""
        return self.claim.value


def settle(field: AssetField, claims: Iterable[Claim], now: datetime) -> Settled | None:
    """Return what a field is; None where nobody says anything.

    What a person says goes first until its date, then the file, then the device; of its hardware
    the device goes before the file. What a person said counts after its date where nobody else
    says anything.

    Args:
        field: Which.
        claims: What is said, of this field and others.
        now: The present time.
    """
    order = _HARDWARE_ORDER if field in HARDWARE else _ORDER

    def rank(claim: Claim) -> int:
        is_over = claim.until is not None and claim.until <= now
        return len(order) if is_over else order.index(claim.source)

    mine = sorted((one for one in claims if one.field is field), key=rank)
    if not mine:
        return None
    others = tuple(one for one in mine[1:] if one.value != mine[0].value)
    return Settled(claim=mine[0], conflicts=others)


def settle_all(claims: Iterable[Claim], now: datetime) -> Mapping[AssetField, Settled]:
    """Return what every field is of which somebody says something, in the fields' order."""
    said = tuple(claims)
    settled = ((field, settle(field, said, now)) for field in AssetField)
    return {field: one for field, one in settled if one is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a field is, and what it is once what a person said is over."""

    value: str = ""
    then: str = ""
    turns_at: datetime | None = None
    """None where it stays."""


def course(field: AssetField, claims: Iterable[Claim]) -> Course:
    """Return what `settle` says of a field at any time: only a person's word ends.

    Args:
        field: Which.
        claims: What is said, of this field and others.
    """
    mine = [one for one in claims if one.field is field]
    first = settle(field, mine, _BEGINNING)
    if first is None:
        return Course()
    if first.claim.until is None:
        return Course(value=first.value)
    last = settle(field, mine, first.claim.until) or first
    return Course(value=first.value, then=last.value, turns_at=first.claim.until)


_BEGINNING = datetime.min.replace(tzinfo=UTC)
_ORDER = (Source.MANUAL, Source.IMPORTED, Source.DISCOVERED)
_HARDWARE_ORDER = (Source.MANUAL, Source.DISCOVERED, Source.IMPORTED)
