"""What tickets are about: at most ten categories of at most five parts each.

With more of them trends become unreadable.
"""

from dataclasses import dataclass
from types import MappingProxyType

MOST_CATEGORIES = 10
MOST_SUBCATEGORIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category."""

    id: str
    name: str
    subcategories: tuple[str, ...]
    """Ids, apart from each other within the category."""


DEFAULT_CATEGORIES = MappingProxyType(
    {
        one.id: one
        for one in (
            Category(
                id="hardware",
                name="Devices and their parts",
                subcategories=("computer", "drive", "display", "accessory", "printer"),
            ),
            Category(
                id="software",
                name="Programs",
                subcategories=("installation", "crash", "usage", "licence", "mail"),
            ),
            Category(
                id="network",
                name="Networks",
                subcategories=("lan", "wifi", "vpn", "internet", "name-resolution"),
            ),
            Category(
                id="security",
                name="Security",
                subcategories=("malware", "phishing", "loss", "vulnerability", "data"),
            ),
            Category(
                id="access",
                name="Accounts and rights",
                subcategories=("password", "account", "rights", "second-factor", "joiner-leaver"),
            ),
            Category(
                id="performance",
                name="Slow devices and programs",
                subcategories=("boot", "processor", "memory", "drive", "program"),
            ),
            Category(
                id="storage",
                name="Drives, volumes and shares",
                subcategories=("space", "drive-health", "share", "backup", "encryption"),
            ),
            Category(
                id="power",
                name="Power and heat",
                subcategories=("battery", "charger", "heat", "mains"),
            ),
            Category(
                id="updates",
                name="Updates",
                subcategories=("overdue", "restart", "program", "driver", "firmware"),
            ),
            Category(id="other", name="All else", subcategories=()),
        )
    }
)
"""What a desk has unless its site says otherwise."""

CATEGORIES = tuple(DEFAULT_CATEGORIES)
"""The ids of the default ones."""
