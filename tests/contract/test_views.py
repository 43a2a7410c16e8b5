"""Views are kept under a name for each login; others see those that are shared."""

from dataclasses import replace

from sickbay_collector.core.saved_view import SavedView
from tests.contract.conftest import Stores
from tests.contract.records import NOW

VIEW = SavedView(
    view_id="view-1", name="Lost", query="presence=lost", owner="ann", is_shared=False, saved_at=NOW
)
SHARED = replace(VIEW, view_id="view-2", name="All", owner="bob", is_shared=True)


def test_views_are_seen_by_their_owner_and_shared_ones_by_all(stores: Stores) -> None:
    with stores.open() as uow:
        for view in (SHARED, VIEW, replace(SHARED, view_id="view-3", name="B", is_shared=False)):
            assert view == uow.views.save(view)
        uow.commit()

    with stores.read() as uow:
        assert list(uow.views.seen_by("ann", limit=9)) == [VIEW, SHARED]
        assert list(uow.views.seen_by("ann", limit=1)) == [VIEW]
        assert uow.views.count("bob") == 2


def test_a_view_is_saved_over_and_dropped_by_its_owner(stores: Stores) -> None:
    with stores.open() as uow:
        uow.views.save(VIEW)
        again = uow.views.save(replace(VIEW, view_id="view-9", query="text=x", is_shared=True))
        uow.commit()

    assert again == replace(VIEW, query="text=x", is_shared=True)
    with stores.open() as uow:
        assert uow.views.drop("bob", VIEW.view_id) is None
        assert uow.views.drop("ann", VIEW.view_id) == again
        uow.commit()
    with stores.read() as uow:
        assert list(uow.views.seen_by("ann", limit=9)) == []
