"""What is known of devices that a rule found something on: whether they share a cause."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sickbay_collector.core.desk import fleet
from sickbay_collector.core.desk.fleet import FleetAlert, Trip
from sickbay_collector.core.desk.problem import DEVICES, Problem
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.device_sites import sites_of
from sickbay_collector.services.ports import UnitOfWork

COMPARED = 200
"""Devices whose programs are compared with those of affected ones."""
_AFFECTED = 50


def find_trip(
    uow: UnitOfWork, rule_id: str, alerts: Sequence[FleetAlert], now: datetime
) -> Trip | None:
    """Return why what a rule found within a day is one problem; None where it is none."""
    if len(fleet.devices_since(alerts, now - fleet.DAY)) < DEVICES:
        return None
    at_once = fleet.devices_since(alerts, now - fleet.AT_ONCE)
    if len(at_once) >= DEVICES:
        facts = _facts(uow, now)
        factor = fleet.best_factor(at_once, facts, _programs(uow, at_once, facts.keys()))
        if (trip := fleet.shared_trip(factor, now=now)) is not None:
            return trip
    by_share = fleet.share_trip(alerts, fleet=uow.problems.fleet_size(), now=now)
    if by_share is not None:
        return by_share
    ends = now - fleet.DAY
    before = uow.problems.alert_count(rule_id, since=ends - fleet.USUAL, until=ends)
    return fleet.rate_trip(alerts, before=before, now=now)


def _facts(uow: UnitOfWork, now: datetime) -> Mapping[DeviceId, Mapping[str, str]]:
    """Return model, OS, kernel and site of every device in use."""
    facts = uow.problems.facts()
    sites = sites_of(uow, None, now=now)
    return {
        one: {**named, "site": sites[one]} if one in sites else named
        for one, named in facts.items()
    } | {one: {"site": site} for one, site in sites.items() if one not in facts}


def _programs(
    uow: UnitOfWork, affected: Collection[DeviceId], every: Collection[DeviceId]
) -> Mapping[DeviceId, Mapping[str, str]]:
    """Return the programs of affected devices and of some others, for reading all takes long."""
    others = sorted(set(every) - set(affected))[:COMPARED]
    return uow.problems.programs([*sorted(affected)[:_AFFECTED], *others])


def sharing(
    uow: UnitOfWork, problem: Problem, device_ids: Collection[DeviceId], now: datetime
) -> Collection[DeviceId]:
    """Return which devices have what a problem's have in common."""
    if not problem.factor:
        return device_ids
    return having(uow, problem.factor, problem.factor_value, device_ids, now)


def having(
    uow: UnitOfWork, name: str, value: str, device_ids: Collection[DeviceId], now: datetime
) -> Collection[DeviceId]:
    """Return which devices have something in common, as `CommonFactor` names it."""
    if name == "site":
        sites = sites_of(uow, device_ids, now=now)
        return {one for one in device_ids if sites.get(one) == value}
    facts, programs = uow.problems.facts(device_ids), uow.problems.programs(device_ids)
    return {
        one
        for one in device_ids
        if value in {facts.get(one, {}).get(name), programs.get(one, {}).get(name)}
    }
