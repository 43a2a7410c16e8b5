"""Where somebody's rights hold: everywhere, for some sites and tags, or what is one's own.

Scopes are cut by putting their areas behind each other: what is seen lies in all of them. So no cut
of two scopes can come out larger than one of them, however they are written.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.tag import checked_tag

SITES_LIMIT = 100
"""Sites, or tags, that one account or token may be narrowed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the fleet and the desk: of one of these sites, with one of these tags, or own."""

    sites: frozenset[str] = frozenset()
    """Ids of sites."""
    tags: frozenset[str] = frozenset()
    """Of devices: groups of them."""
    person_id: PersonId | None = None
    """Whose own; None for an area of sites and tags."""


NOT_NARROWED = Area()
"""What an account is narrowed to where nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What somebody sees: what lies in every one of the areas."""

    areas: tuple[Area, ...] = ()
    """None of them for everything."""

    @property
    def is_everything(self) -> bool:
        """Return whether nothing is left out."""
        return not self.areas

    @property
    def sites(self) -> frozenset[str] | None:
        """Return the sites that it is narrowed to; None where it is not narrowed so."""
        named = [area.sites for area in self.areas if area.person_id is None]
        return frozenset.intersection(*named) if named else None

    @property
    def person_id(self) -> PersonId | None:
        """Return whose own things these are; None where it is not narrowed so."""
        return next((area.person_id for area in self.areas if area.person_id is not None), None)

    def cut(self, other: "Scope") -> "Scope":
        """Return what both see."""
        return Scope(areas=tuple(dict.fromkeys((*self.areas, *other.areas))))


EVERYTHING = Scope()
NOTHING = Scope(areas=(Area(),))
"""What somebody sees of whom nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a query may find: a scope, as devices are placed at a moment."""

    scope: Scope
    at: datetime


def scope_of(
    *,
    sites: Collection[str] = (),
    tags: Collection[str] = (),
    person_id: PersonId | None = None,
) -> Scope:
    """Return the scope of an account or a token.

    Args:
        sites: Ids of the sites that it is narrowed to.
        tags: Of the devices that it is narrowed to; with sites, either will do. Without both it is
            not narrowed.
        person_id: Whose own things it is about; None for everybody's.
    """
    areas = []
    if sites or tags:
        areas.append(Area(sites=frozenset(sites), tags=frozenset(tags)))
    if person_id is not None:
        areas.append(Area(person_id=person_id))
    return Scope(areas=tuple(areas))


def checked_tags(tags: Collection[str]) -> tuple[str, ...]:
    """Return the tags that an account or token is narrowed to, in order, each once.

    Raises:
        InvalidError: One is no tag, or there are too many.
    """
    if len(tags) > SITES_LIMIT:
        raise InvalidError(
            "tags: at most %(limit)s, not %(tags)s", limit=SITES_LIMIT, tags=len(tags)
        )
    return tuple(sorted({checked_tag(tag) for tag in tags}))


def checked_sites(sites: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Return the sites that an account or token is narrowed to, in order, each once.

    Raises:
        InvalidError: One is not configured, or there are too many.
    """
    if len(sites) > SITES_LIMIT:
        raise InvalidError(
            "sites: at most %(limit)s, not %(sites)s", limit=SITES_LIMIT, sites=len(sites)
        )
    for site in sorted(sites):
        if site not in known:
            there = ", ".join(sorted(known)[:10]) or "none yet; `sickbay apply` adds them"
            raise InvalidError(
                "site %(site)r is not configured; there are %(there)s", site=site[:64], there=there
            )
    return tuple(sorted(set(sites)))
