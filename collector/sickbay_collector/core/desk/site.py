"""A place where people and devices are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place."""

    id: str
    name: str
    zone: str
    """IANA name of its time zone."""
    country: str
    """Code of ISO 3166-1 like DE; "" where it is not said."""
    location: str
    """Address or other words; "" where it is not said."""
