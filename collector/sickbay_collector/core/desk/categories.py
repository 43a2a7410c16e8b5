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
        raise InvalidError(f"category {category[:64]!r} is unknown; use one of {', '.join(known)}")
    parts = known[category].subcategories
    if subcategory and subcategory not in parts:
        raise InvalidError(
            f"subcategory {subcategory[:64]!r} is not one of category {category};"
            f" use one of {', '.join(parts)}, or leave it out"
        )
