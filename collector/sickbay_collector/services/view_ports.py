"""What the use cases of saved views need of the outside."""

from collections.abc import Sequence
from typing import Protocol

from sickbay_collector.core.saved_view import SavedView


class ViewStore(Protocol):
    """Views that people keep."""

    def seen_by(self, owner: str, *, limit: int) -> Sequence[SavedView]:
        """Return somebody's own views by name, then what others share, by name."""
        ...

    def count(self, owner: str) -> int:
        """Return how many somebody has."""
        ...

    def save(self, view: SavedView) -> SavedView:
        """Store a view, over the owner's of this name, which keeps its id; return what is kept."""
        ...

    def drop(self, owner: str, view_id: str) -> SavedView | None:
        """Take somebody's own view away and return it; None where there was none."""
        ...
