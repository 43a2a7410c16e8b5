"""Saved views in memory."""

from collections.abc import Sequence
from dataclasses import replace

from sickbay_collector.core.saved_view import SavedView


class FakeViewStore:
    """Implements `ViewStore`."""

    def __init__(self, views: dict[tuple[str, str], SavedView]) -> None:
        self._views = views

    def seen_by(self, owner: str, *, limit: int) -> Sequence[SavedView]:
        seen = [one for one in self._views.values() if one.is_shared or one.owner == owner]
        ordered = sorted(seen, key=lambda one: (one.owner != owner, one.name, one.view_id))
        return ordered[:limit]

    def count(self, owner: str) -> int:
        return sum(one.owner == owner for one in self._views.values())

    def save(self, view: SavedView) -> SavedView:
        key = (view.owner, view.name)
        kept = self._views.get(key)
        self._views[key] = view if kept is None else replace(view, view_id=kept.view_id)
        return self._views[key]

    def drop(self, owner: str, view_id: str) -> SavedView | None:
        mine = (key for key, one in self._views.items() if one.view_id == view_id)
        key = next((one for one in mine if one[0] == owner), None)
        return None if key is None else self._views.pop(key)
