"""Values as pages write them: times that are exact when pointed at, states in a word and a tone."""

from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from markupsafe import Markup, escape

from sickbay_collector.core.words import span
from sickbay_collector.web.console.texts import _, pgettext

# What a state's chip looks like: good, fair, poor, crit; nothing for what is neither.
_TONES = MappingProxyType(
    {
        "online": "good",
        "late": "fair",
        "lost": "crit",
        "valid": "good",
        "expiring": "poor",
        "expired": "fair",
        "good": "good",
        "fair": "fair",
        "poor": "poor",
        "critical": "crit",
        "urgent": "crit",
        "high": "poor",
        "medium": "fair",
        "new": "fair",
        "reopened": "poor",
        "resolved": "good",
        "breached": "crit",
        "met": "good",
        "open": "poor",
        "active": "good",
        "disabled": "poor",
        "dead": "crit",
        "retried": "fair",
        "sent": "good",
        "delivered": "good",
        "whole": "good",
        "broken": "crit",
        "changed_since": "crit",
        "on": "good",
    }
)


def tone(state: object) -> str:
    """Return the class of a state's chip; "" for one without a judgement."""
    return _TONES.get(str(state), "")


def plain(state: object) -> str:
    """Return a state's name as people read it: "in progress".

    `tests/kit/texts.py` knows which names there are.
    """
    return pgettext("state", str(state).replace("_", " "))


def ago(at: datetime | None, now: datetime) -> Markup:
    """Return how long ago something was, exact when pointed at."""
    if at is None:
        return escape(_("never"))
    seconds = (now - at).total_seconds()
    if abs(seconds) < 1:
        return when(at, _("now"))
    if seconds >= 0:
        return when(at, _("%(span)s ago", span=span(seconds)))
    return when(at, _("in %(span)s", span=span(-seconds)))


def when(at: datetime, words: str = "") -> Markup:
    """Return a moment: in words where given, else in UTC; the browser shows it in its own zone."""
    exact = at.astimezone(UTC)
    short = f"{exact:%Y-%m-%d %H:%M}"
    # What is printed cannot be pointed at.
    on_paper = Markup(' data-exact="{} UTC"').format(short) if words else ""
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(
        exact.isoformat(timespec="seconds"),
        f"{exact:%Y-%m-%d %H:%M:%S} UTC",
        on_paper,
        words or short,
    )


def wall(at: datetime, zone: tzinfo) -> Markup:
    """Return a moment on the wall clock of a zone, exact when pointed at."""
    return when(at, f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}")


def due(at: datetime | None, now: datetime) -> str:
    """Return how long there is until a due time, or how late it is."""
    if at is None:
        return _("paused")
    seconds = (at - now).total_seconds()
    if seconds >= 0:
        return _("due in %(span)s", span=span(seconds))
    return _("late by %(span)s", span=span(-seconds))
