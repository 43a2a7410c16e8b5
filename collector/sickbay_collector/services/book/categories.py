"""Reading categories."""

from sickbay_collector.core.alerts.fields import Fields, wrong
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.desk.category import (
    DEFAULT_CATEGORIES,
    MOST_CATEGORIES,
    MOST_SUBCATEGORIES,
    Category,
)
from sickbay_collector.services.book.kind import (
    ID,
    ID_MEANS,
    BookKind,
    Entries,
    Known,
    items,
    line,
    marked,
)


def _category(fields: Fields, known: Known) -> Category:
    del known
    name = str(fields.take("id").value)
    return Category(id=name, name=line(fields, "name", name), subcategories=_subcategories(fields))


def _subcategories(fields: Fields) -> tuple[str, ...]:
    found: list[str] = []
    for item in items(fields, "subcategories", most=MOST_SUBCATEGORIES):
        entry = Fields(Marked(value={"id": item}, where=item.where), fields.subject, None)
        name = entry.text("id", pattern=ID, means=f"a sub-category, {ID_MEANS}")
        if name in found:
            raise wrong(item.where, fields.subject, f"subcategories: {name!r} is there twice")
        found.append(name)
    return tuple(found)


def default_entries() -> Entries:
    """Return the default categories as entries."""
    return {
        one.id: marked(
            {"id": one.id, "name": one.name, "subcategories": list(one.subcategories)},
            f"default category {one.id}",
        )
        for one in DEFAULT_CATEGORIES.values()
    }


CATEGORIES = BookKind(
    name="categories",
    one="category",
    keys=("name", "subcategories"),
    parse=_category,
    most=MOST_CATEGORIES,
)
