"""Who is told, in which order and why: the dry run of a call at any moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.rota import next_in_turn, on_call, rotas_of
from sickbay_collector.core.errors import NotFoundError


class CallStage(StrEnum):
    """When somebody is told."""

    NOW = "now"
    NEXT = "next"
    """If those before do not answer: whose turn comes next."""
    NEXT_TIER = "next_tier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody who is told."""

    stage: CallStage
    login: str
    name: str
    reason: str
    rota: str
    until: datetime | None
    """When their duty ends; None for those who are not on duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrder:
    """Everybody who is told, in order."""

    asked: str
    """Id of the rota or tier."""
    at: datetime
    calls: tuple[Call, ...]
    advice: str
    """What to configure where nobody is told now; "" where somebody is."""


def call_order(book: DeskBook, rota_or_tier: str, at: datetime) -> CallOrder:
    """Return who is told at a moment.

    Raises:
        NotFoundError: There is neither a rota nor a tier with that id.
    """
    rota = book.rotas.get(rota_or_tier)
    if rota is None and rota_or_tier not in book.tiers:
        raise NotFoundError(
            "there is no rota and no tier %(rota_or_tier)r", rota_or_tier=rota_or_tier[:64]
        )
    tier = rota_or_tier if rota is None else rota.tier
    seen: dict[str, Call] = {}
    for call in _calls(book, rota_or_tier, tier, at):
        seen.setdefault(call.login, call)
    calls = tuple(seen.values())
    told = any(call.stage is CallStage.NOW for call in calls)
    return CallOrder(
        asked=rota_or_tier,
        at=at,
        calls=calls,
        advice="" if told else _advice(book, rota_or_tier, tier),
    )


def _calls(book: DeskBook, rota_or_tier: str, tier: str, at: datetime) -> Iterator[Call]:
    yield from _on_duty(book, rota_or_tier, at, CallStage.NOW)
    for rota in rotas_of(book, rota_or_tier):
        for login in next_in_turn(book, rota, at):
            yield Call(
                stage=CallStage.NEXT,
                login=login,
                name=_name(book, login),
                reason=f"further on in rota {rota.id}",
                rota=rota.id,
                until=None,
            )
    spec = book.tiers.get(tier)
    if spec is not None and spec.next:
        yield from _on_duty(book, spec.next, at, CallStage.NEXT_TIER)


def _on_duty(book: DeskBook, rota_or_tier: str, at: datetime, stage: CallStage) -> Iterator[Call]:
    for one in on_call(book, rota_or_tier, at):
        yield Call(
            stage=stage,
            login=one.login,
            name=_name(book, one.login),
            reason=one.reason,
            rota=one.rota,
            until=one.until,
        )


def _name(book: DeskBook, login: str) -> str:
    technician = book.technicians.get(login)
    return login if technician is None else technician.name


def _advice(book: DeskBook, rota_or_tier: str, tier: str) -> str:
    if not book.technicians:
        return "nobody is on call: there are no technicians yet; add technicians, then a rota"
    if not rotas_of(book, rota_or_tier):
        return f"nobody is on call: no rota answers for tier {tier}; add one under rotas"
    return (
        "nobody is on call then: no layer has hours at that time, or everybody is away;"
        " add a layer, longer hours, or an override"
    )
