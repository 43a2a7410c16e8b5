"""Which devices a list shows and how, as addresses say it: of the API, the console, saved views."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self
from urllib.parse import urlencode

from pydantic import BeforeValidator, Field

from sickbay_collector.core.device import (
    CertificateState,
    Criticality,
    DeviceClass,
    DeviceStatus,
    Presence,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.tag import DEVICE_TAGS, TAG_LIMIT
from sickbay_collector.services.device_rows import TEXT_ORDERS, DeviceOrder, DevicePosition
from sickbay_collector.services.device_sheet import USUAL_COLUMNS, DeviceColumn
from sickbay_collector.services.lookups import NAME_LIMIT, DeviceFilter, Sort
from sickbay_collector.services.people import PERSON_NAME_LIMIT, find_person
from sickbay_collector.web.api.base import Body, Cursor, decode_cursor, encode_cursor
from sickbay_collector.web.context import WebContext


def _without_empty(value: object) -> object:
    """Leave out what a form says of a field that was left empty."""
    if isinstance(value, list | tuple | set | frozenset):
        return [one for one in value if one != ""]
    return None if value == "" else value


LEFT_EMPTY = BeforeValidator(_without_empty)
"""Lets a form send fields that were left empty."""
_MANY = frozenset(
    {"presence", "status", "device_class", "criticality", "certificate", "tag", "column"}
)
_Text = Annotated[str, Field(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]
_Tag = Annotated[str, Field(max_length=TAG_LIMIT, pattern=r"^[^\x00]*$")]


class DeviceQuery(Body):
    """Which devices to list, and in which order."""

    presence: Annotated[frozenset[Presence], LEFT_EMPTY] = frozenset()
    status: Annotated[frozenset[DeviceStatus], LEFT_EMPTY] = frozenset()
    """Retired and disposed devices are listed only when asked for."""
    device_class: Annotated[frozenset[DeviceClass], LEFT_EMPTY] = frozenset()
    criticality: Annotated[frozenset[Criticality], LEFT_EMPTY] = frozenset()
    max_score: Annotated[float | None, Field(ge=0, le=100), LEFT_EMPTY] = None
    """Only devices with a score at or below."""
    text: _Text = ""
    """Part of the host name."""
    owner: Annotated[str, Field(max_length=PERSON_NAME_LIMIT, pattern=r"^[^\x00]*$")] = ""
    """A person's id, e-mail address, login or name: only that person's devices."""
    site: _Text = ""
    """A site's id."""
    department: _Text = ""
    tag: Annotated[frozenset[_Tag], Field(max_length=DEVICE_TAGS), LEFT_EMPTY] = frozenset()
    """Only devices that have all of these tags."""
    system: _Text = ""
    """Part of the system's name; the same for the next."""
    model: _Text = ""
    agent: _Text = ""
    """A version of the agent."""
    certificate: Annotated[frozenset[CertificateState], LEFT_EMPTY] = frozenset()
    """Only devices whose certificate is so: one that is expiring should have been renewed."""
    has_alerts: bool = False
    has_tickets: bool = False
    """Only devices with open ones."""
    order: DeviceOrder = DeviceOrder.WORST
    descending: bool = False
    """The other way round."""
    cursor: Cursor = None

    @property
    def sort(self) -> Sort:
        """Return how the list is sorted."""
        return Sort(order=self.order, descending=self.descending)

    def wanted(self, context: WebContext) -> DeviceFilter:
        """Return which devices these are.

        Raises:
            NotFoundError: There is no such person.
            ConflictError: Several are called so.
        """
        return DeviceFilter(
            presences=self.presence,
            statuses=self.status,
            classes=self.device_class,
            criticalities=self.criticality,
            max_score=self.max_score,
            text=self.text,
            owner=_person(context, self.owner),
            site=self.site,
            department=self.department,
            tags=frozenset(one.lower() for one in self.tag),
            system=self.system,
            model=self.model,
            agent=self.agent,
            certificates=self.certificate,
            has_alerts=self.has_alerts,
            has_tickets=self.has_tickets,
        )

    def position(self) -> DevicePosition | None:
        """Return where the page before ended; None for the first page.

        Raises:
            InvalidError: The cursor is none, or of a list in another order.
        """
        if self.cursor is None:
            return None
        shape = (str, str if self.order in TEXT_ORDERS else float, str, str)
        kept, key, hostname, device_id = decode_cursor(self.cursor, shape)
        if kept != self._order_text():
            raise InvalidError("cursor: it belongs to a list in another order")
        return DevicePosition(key, str(hostname), str(device_id))

    def cursor_of(self, position: DevicePosition | None) -> str | None:
        """Return where the next page begins, for its address; None at the end."""
        return None if position is None else encode_cursor([self._order_text(), *position])

    def _order_text(self) -> str:
        return f"{'-' if self.descending else ''}{self.order}"


class ViewQuery(DeviceQuery):
    """A list as a page shows it: its columns too."""

    column: Annotated[tuple[DeviceColumn, ...], Field(max_length=len(DeviceColumn)), LEFT_EMPTY] = (
        USUAL_COLUMNS
    )

    @property
    def columns(self) -> tuple[DeviceColumn, ...]:
        """Return the columns in their own order, whatever order they were chosen in."""
        return tuple(one for one in DeviceColumn if one in self.column)

    @classmethod
    def of(cls, said: Mapping[str, Sequence[str]]) -> Self:
        """Return what an address says, values by name.

        Raises:
            ValidationError: It is of no list of devices.
        """
        return cls.model_validate(
            {name: found if name in _MANY else found[-1] for name, found in said.items()}
        )

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """Return what the address says, but these things."""
        return pairs_of(self.model_dump(mode="json", exclude_defaults=True, exclude=set(without)))

    def said(self, **changes: object) -> str:
        """Return the address behind its question mark, from the list's beginning."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        return urlencode(pairs_of({**said, "cursor": None, **changes}))


def pairs_of(said: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return what an address says as names and values; what is empty is left out."""
    return [
        (name, "true" if one is True else str(one))
        for name, value in said.items()
        if value not in (None, "", False)
        for one in (sorted(value) if isinstance(value, list | frozenset) else [value])
    ]


def _person(context: WebContext, name: str) -> str:
    if not name:
        return ""
    with context.open_reads() as uow:
        return find_person(uow, name).person_id
