"""Keeping lists of devices under a name, for oneself or for all."""

from collections.abc import Sequence

from sickbay_collector.core.audit import change_event
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.core.saved_view import QUERY_LIMIT, VIEWS_EACH, SavedView, checked_name
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

AUDIT_KIND = "saved view"
VIEWS_LISTED = 200
"""Views of one answer: one's own and what others share."""


def list_views(uow: UnitOfWork, user: str) -> Sequence[SavedView]:
    """Return somebody's own views, then what others share."""
    return uow.views.seen_by(user, limit=VIEWS_LISTED)


def save_view(open_uow: OpenUnitOfWork, draft: SavedView, *, by: By) -> SavedView:
    """Keep a view; saved again under its name it is changed, and keeps its id.

    Args:
        open_uow: Opens where it is stored.
        draft: The view; owner and time are those of who saves it.
        by: Who, and when.

    Raises:
        InvalidError: Name or address are wrong, or there are too many.
    """
    if len(draft.query) > QUERY_LIMIT:
        raise InvalidError(
            "query: %(query)s characters; the limit is %(limit)s",
            query=len(draft.query),
            limit=QUERY_LIMIT,
        )
    name = checked_name(draft.name)
    view = SavedView(
        view_id=draft.view_id,
        name=name,
        query=draft.query,
        owner=by.user,
        is_shared=draft.is_shared,
        saved_at=by.at,
    )
    with open_uow() as uow:
        kept = uow.views.save(view)
        if uow.views.count(by.user) > VIEWS_EACH:
            raise InvalidError(
                "name: you have %(views_each)s views; take one away first", views_each=VIEWS_EACH
            )
        uow.audit.add(
            change_event(
                at=by.at,
                actor=by.user,
                object_kind=AUDIT_KIND,
                object_id=kept.view_id,
                before=None if kept.view_id == draft.view_id else {},
                after=_texts(kept),
            )
        )
        uow.commit()
    return kept


def drop_view(open_uow: OpenUnitOfWork, view_id: str, *, by: By) -> None:
    """Take away one of one's own views.

    Raises:
        NotFoundError: There is none; what others share is theirs to take away.
    """
    with open_uow() as uow:
        gone = uow.views.drop(by.user, view_id)
        if gone is None:
            raise NotFoundError("you have no view %(view_id)s", view_id=view_id[:64])
        uow.audit.add(
            change_event(
                at=by.at,
                actor=by.user,
                object_kind=AUDIT_KIND,
                object_id=view_id,
                before=_texts(gone),
                after={},
            )
        )
        uow.commit()


def _texts(view: SavedView) -> dict[str, str]:
    shared = "all" if view.is_shared else ""
    return {"name": view.name, "query": view.query, "shared with": shared}
