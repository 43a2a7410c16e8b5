"""Whether the configuration has a category and a part of it."""

from collections.abc import Mapping

from sickbay_collector.core.desk.category import Category
from sickbay_collector.core.errors import InvalidError


def check_category(known: Mapping[str, Category], category: str, subcategory: str) -> None:
    """Refuse what is not configured; a sub-category may be left out.

    Raises:
        InvalidError: The message names what there is.
    """
    if category not in known:
        raise InvalidError(
            "category %(category)r is unknown; use one of %(known)s",
            category=category[:64],
            known=", ".join(known),
        )
    parts = known[category].subcategories
    if subcategory and subcategory not in parts:
        raise InvalidError(
            "subcategory %(subcategory)r is not one of category %(category)s; use "
            "one of %(parts)s, or leave it out",
            subcategory=subcategory[:64],
            category=category,
            parts=", ".join(parts),
        )
