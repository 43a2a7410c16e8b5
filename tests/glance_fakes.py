"""The fleet at a glance, by a walk through it."""

from collections.abc import Sequence
from datetime import datetime

from sickbay_collector.core.device import Presence
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.counts import GONE, presence_of
from sickbay_collector.services.device_sites import sites_of
from sickbay_collector.services.glance_ports import LowScore, SiteSilence
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
