"""Sites are named by ids that the configuration has; what it has not is a mistake."""

from collections.abc import Collection

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.ports import UnitOfWork

_SHOWN = 10


def check_site(uow: UnitOfWork, site: str) -> None:
    """Refuse a site that the configuration does not have; "" is none.

    Raises:
        InvalidError: The message names those that there are.
    """
    if site and site not in uow.book.sites:
        raise InvalidError(
            "site %(site)r is unknown; %(sites)s", site=site[:64], sites=some_of(uow.book.sites)
        )


def some_of(ids: Collection[str]) -> str:
    """Return what there is instead of something unknown, the first of many."""
    if not ids:
        return "the configuration has none yet"
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"there are {', '.join(sorted(ids)[:_SHOWN])}{more}"
