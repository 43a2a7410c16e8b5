"""Coverage reckoned for each requirement on its own, person by person: what tests compare with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.attendance import worked_spans
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import spans
from sickbay_collector.core.desk.coverage import Gap, Missing, Need
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.desk.rota import duties
from sickbay_collector.core.desk.stretches import joined


def plain_coverage(book: DeskBook, since: datetime, until: datetime) -> tuple[Gap, ...]:
    """Return the gaps from `since` to before `until`, by requirement and time."""
    return tuple(
        gap
        for wanted in book.requirements.values()
        for gap in _joined(list(_pieces(book, wanted, since, until)))
    )


@dataclass(frozen=True)
class _Stay:
    login: str
    begin: datetime
    end: datetime


def _pieces(book: DeskBook, wanted: Requirement, since: datetime, until: datetime) -> Iterator[Gap]:
    stays = list(_stays(book, wanted.tier, since, until))
    for demand in joined(spans(wanted.hours, since, until)):
        edges = {at for one in stays for at in (one.begin, one.end)}
        inner = sorted(at for at in edges if demand.begin < at < demand.end)
        for begin, end in zip([demand.begin, *inner], [*inner, demand.end], strict=True):
            there = {one.login for one in stays if one.begin <= begin < one.end}
            serving = {login for login in there if _serves(book, wanted, login)}
            missing = tuple(_missing(book, wanted, there, serving))
            if missing:
                yield Gap(
                    requirement=wanted.id,
                    tier=wanted.tier,
                    begin=begin,
                    end=end,
                    missing=missing,
                    present=tuple(sorted(serving)),
                )


def _stays(book: DeskBook, tier: str, since: datetime, until: datetime) -> Iterator[_Stay]:
    for login, span in worked_spans(book, since, until):
        if tier in book.technicians[login].tiers:
            yield _Stay(login, span.begin, span.end)
    for rota in book.rotas.values():
        for duty in duties(book, rota, since, until):
            if tier in {rota.tier, *book.technicians[duty.login].tiers}:
                yield _Stay(duty.login, duty.begin, duty.end)


def _serves(book: DeskBook, wanted: Requirement, login: str) -> bool:
    own = book.technicians[login].sites
    return not wanted.locations or not own or bool({*own} & {*wanted.locations})


def _missing(
    book: DeskBook, wanted: Requirement, there: set[str], serving: set[str]
) -> Iterator[Missing]:
    people = [book.technicians[login] for login in serving]
    if not there:
        yield Missing(need=Need.TIER, what=wanted.tier)
    if len(people) < wanted.minimum:
        yield Missing(need=Need.STAFF, what=str(wanted.minimum - len(people)))
    for site in wanted.locations:
        if not any(not one.sites or site in one.sites for one in people):
            yield Missing(need=Need.SITE, what=site)
    for language in wanted.languages:
        if not any(language in one.languages for one in people):
            yield Missing(need=Need.LANGUAGE, what=language)


def _joined(pieces: Sequence[Gap]) -> Iterator[Gap]:
    """Yield the gaps, those that only follow each other and are alike made one."""
    begin = 0
    for place, gap in enumerate(pieces, start=1):
        following = pieces[place] if place < len(pieces) else None
        if following is not None and _goes_on(gap, following):
            continue
        first = pieces[begin]
        yield Gap(
            requirement=gap.requirement,
            tier=gap.tier,
            begin=first.begin,
            end=gap.end,
            missing=gap.missing,
            present=gap.present,
        )
        begin = place


def _goes_on(gap: Gap, following: Gap) -> bool:
    return (
        gap.end == following.begin
        and gap.missing == following.missing
        and gap.present == following.present
    )
