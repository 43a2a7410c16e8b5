"""The texts that this package ships, whatever a site has in their place."""

from datetime import date
from functools import cache

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.desk.notice_template import NoticeTemplate
from sickbay_collector.services.book.kind import Known
from sickbay_collector.services.book.layers import default_layer
from sickbay_collector.services.book.templates import TEMPLATES


@cache
def shipped_templates() -> tuple[NoticeTemplate, ...]:
    """Return the shipped texts; the package's files never change while it runs."""
    entries = default_layer()[TEMPLATES.name]
    # A text names no other entry, and no day.
    nothing = Known({}, date.min)
    return tuple(
        TEMPLATES.parse(Fields(entry, f"template {name}", None), nothing)
        for name, entry in entries.items()
    )
