"""Whom and what a ticket concerns: persons, sites, services and devices must be known."""

from dataclasses import replace

from sickbay_collector.core.desk.contact import Contact
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.known_sites import check_site, some_of
from sickbay_collector.services.lookups import find_device
from sickbay_collector.services.people import find_person
from sickbay_collector.services.ports import UnitOfWork


def requester_of(uow: UnitOfWork, name: str) -> str:
    """Return the id of the person with this id, address, login or name; "" for "".

    Raises:
        InvalidError: There is none.
        ConflictError: The name fits several.
    """
    if not name:
        return ""
    try:
        return find_person(uow, name).person_id
    except NotFoundError as error:
        raise InvalidError(
            "requester: %(error)s; `sickbay person add` adds one", error=error
        ) from error


def check_service(uow: UnitOfWork, service: str) -> None:
    """Refuse a service that the configuration does not have; "" is none.

    Raises:
        InvalidError: The message names those that there are.
    """
    if service and service not in uow.book.services:
        raise InvalidError(
            "service %(service)r is unknown; %(services)s",
            service=service[:64],
            services=some_of(uow.book.services),
        )


def device_of(uow: UnitOfWork, name: str) -> Device | None:
    """Return the device with this id or host name; None for "".

    Raises:
        InvalidError: There is none.
        ConflictError: The name fits several.
    """
    if not name:
        return None
    try:
        return find_device(uow, name)
    except NotFoundError as error:
        raise InvalidError("device: %(error)s", error=error) from error


def device_with(uow: UnitOfWork, device_id: DeviceId | None) -> Device | None:
    """Return the device that a ticket concerns; None where it concerns none."""
    return None if device_id is None else uow.devices.get(device_id)


def with_requester(uow: UnitOfWork, contact: Contact) -> Contact:
    """Return the contact with its requester's id, and their site where it names none.

    Raises:
        InvalidError: Requester or site are unknown.
        ConflictError: The requester's name fits several persons.
    """
    requester = requester_of(uow, contact.requester)
    check_site(uow, contact.site)
    if contact.site or not requester:
        return replace(contact, requester=requester)
    home = find_person(uow, requester).site
    return replace(contact, requester=requester, site=home if home in uow.book.sites else "")
