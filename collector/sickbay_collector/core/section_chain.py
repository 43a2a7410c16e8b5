"""One history of an inventory's section, made of those of two records of one machine."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from sickbay_collector.core.inventory import SectionVersion


def chained(
    kept: Iterable[SectionVersion], ended: Iterable[SectionVersion], *, at: datetime
) -> list[SectionVersion]:
    """Return the versions of both in the order in which they began.

    Each ends where the next begins; those that say the same one after the other are one. What the
    record that goes on has now is what the machine has; of the other nothing goes on.

    Args:
        kept: Of the record that goes on, any kinds.
        ended: Of the one that ended.
        at: When it ended.
    """
    both = [*((one, True) for one in kept), *((one, False) for one in ended)]
    both.sort(key=lambda pair: (pair[0].kind, pair[0].since, pair[1]))
    chain: list[SectionVersion] = []
    for _, of_kind in groupby(both, key=lambda pair: pair[0].kind):
        chain.extend(_chain(list(of_kind), at))
    return chain


def _chain(versions: Sequence[tuple[SectionVersion, bool]], at: datetime) -> list[SectionVersion]:
    """Return the chain of one kind; of each version it says whether it is of the kept record."""
    last, is_kept = versions[-1]
    present = next((one for one, kept in versions if kept and one.until is None), None)
    plain = [one for one, _ in versions]
    if present is not None and not (is_kept and last.until is None):
        plain.append(replace(present, since=max(at, last.since)))
    links: list[SectionVersion] = []
    for one in plain:
        if links and links[-1].since == one.since:
            links.pop()
        if links and links[-1].hash == one.hash:
            continue
        links.append(one)
    ends = [*(one.since for one in links[1:]), None if present else max(at, links[-1].since)]
    return [replace(one, until=end) for one, end in zip(links, ends, strict=True)]
