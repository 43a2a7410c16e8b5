"""The fleet at a glance, by a walk through it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sickbay_collector.core.device import Device, Presence
from sickbay_collector.core.health.days import MOVED_POINTS, Span
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.counts import GONE, presence_of
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.device_sites import sites_of
from sickbay_collector.services.glance_ports import LowScore, MovedScore, Movers, SiteSilence
from sickbay_collector.services.ports import UnitOfWork


class FakeGlanceStore:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def lowest(self, *, limit: int) -> Sequence[LowScore]:
        devices = {one.device_id: one for one in self._uow.devices.all() if one.status not in GONE}
        found = [
            LowScore(device_id=one, hostname=devices[one].hostname, score=state.score)
            for one, state in self._uow.states.load(list(devices)).items()
            if state.score is not None
        ]
        order = sorted(found, key=lambda one: (one.score, one.hostname.lower(), one.device_id))
        return order[:limit]

    def movers(self, *, heard_since: datetime, limit: int) -> Mapping[Span, Movers]:
        devices = {one.device_id: one for one in self._uow.devices.all() if one.status not in GONE}
        states = self._uow.states.load(list(devices)).values()
        found: dict[Span, list[MovedScore]] = {span: [] for span in Span}
        for state in states:
            for span, before in (
                (Span.DAY, state.score_day_ago),
                (Span.WEEK, state.score_week_ago),
            ):
                if None not in {before, state.score} and state.received_at >= heard_since:
                    found[span].append(_moved(devices[state.device_id], state, before))
        return {span: _movers(all_of_it, limit) for span, all_of_it in found.items()}

    def site_silences(
        self, *, heard_since: datetime, now: datetime, started_at: datetime
    ) -> Sequence[SiteSilence]:
        ids = [one.device_id for one in self._uow.devices.all() if one.status not in GONE]
        sites = sites_of(self._uow, ids, now=now)
        heard: dict[str, list[tuple[datetime, Presence]]] = {}
        for device_id, state in self._uow.states.load(ids).items():
            presence = presence_of(state, now=now, started_at=started_at)
            if state.received_at >= heard_since and presence in {
                Presence.ONLINE,
                Presence.LATE,
                Presence.LOST,
            }:
                site = sites.get(DeviceId(device_id), "")
                heard.setdefault(site, []).append((state.received_at, presence))
        found = [
            SiteSilence(
                site=site,
                expected=len(ones),
                silent=sum(presence is not Presence.ONLINE for _, presence in ones),
                heard_at=max(at for at, _ in ones),
            )
            for site, ones in sorted(heard.items())
            if site
        ]
        return [one for one in found if one.silent]


def _moved(device: Device, state: StoredState, before: float | None) -> MovedScore:
    return MovedScore(
        device_id=device.device_id,
        hostname=device.hostname,
        score=state.score or 0.0,
        before=before or 0.0,
    )


def _movers(found: Sequence[MovedScore], limit: int) -> Movers:
    far = [one for one in found if abs(one.score - one.before) >= MOVED_POINTS]
    far.sort(key=lambda one: (-abs(one.score - one.before), one.hostname, one.device_id))
    fell = [one for one in far if one.score < one.before]
    rose = [one for one in far if one.score > one.before]
    return Movers(fell=tuple(fell[:limit]), rose=tuple(rose[:limit]))
