"""Reading sites and skills."""

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.desk.site import Site
from sickbay_collector.core.desk.skill import Skill
from sickbay_collector.services.book.kind import BookKind, Known, line
from sickbay_collector.services.calendar_fields import zone_of

# Source: ISO 3166-1 alpha-2.
_COUNTRY = r"[A-Z]{2}"


def _site(fields: Fields, known: Known) -> Site:
    del known
    name = str(fields.take("id").value)
    return Site(
        id=name,
        name=line(fields, "name", name),
        zone=zone_of(fields),
        country=fields.text("country", pattern=_COUNTRY, means="a code of ISO 3166-1 like DE")
        if fields.has("country")
        else "",
        location=line(fields, "location"),
    )


def _skill(fields: Fields, known: Known) -> Skill:
    del known
    name = str(fields.take("id").value)
    return Skill(id=name, name=line(fields, "name", name))


SITES = BookKind(
    name="sites", one="site", keys=("name", "zone", "country", "location"), parse=_site
)
SKILLS = BookKind(name="skills", one="skill", keys=("name",), parse=_skill)
