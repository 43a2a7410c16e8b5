"""A ranking as JSON text."""

import json
from collections.abc import Mapping
from typing import TypedDict

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from sickbay_collector.core.desk.factors import Factor, FactorName
from sickbay_collector.core.desk.ranking import Candidate, Missing, Ranking, Refusal


class _Factor(TypedDict):
    name: str
    value: float
    weight: float
    text: str


class _Candidate(TypedDict):
    login: str
    score: float
    open: int
    factors: list[_Factor]


class _Kept(TypedDict):
    candidates: list[_Candidate]
    refusals: list[Mapping[str, str]]


class RankingText(TypeDecorator[Ranking]):
    """Who could have a ticket, who could not, and why, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Ranking | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        return None if value is None else encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Ranking | None:
        """Return the ranking."""
        del dialect
        return None if value is None else decode(value)


def encode(ranking: Ranking) -> str:
    """Return a ranking as it is stored."""
    kept: _Kept = {
        "candidates": [
            {
                "login": one.login,
                "score": one.score,
                "open": one.open_tickets,
                "factors": [
                    {
                        "name": factor.name.value,
                        "value": factor.value,
                        "weight": factor.weight,
                        "text": factor.text,
                    }
                    for factor in one.factors
                ],
            }
            for one in ranking.candidates
        ],
        "refusals": [
            {"login": one.login, "missing": one.missing.value, "text": one.text}
            for one in ranking.refusals
        ],
    }
    return json.dumps(kept, separators=(",", ":"))


def decode(text: str) -> Ranking:
    """Return the ranking that was stored."""
    kept: _Kept = json.loads(text)
    return Ranking(
        candidates=tuple(
            Candidate(
                login=one["login"],
                score=one["score"],
                open_tickets=one["open"],
                factors=tuple(_factor(factor) for factor in one["factors"]),
            )
            for one in kept["candidates"]
        ),
        refusals=tuple(
            Refusal(login=one["login"], missing=Missing(one["missing"]), text=one["text"])
            for one in kept["refusals"]
        ),
    )


def _factor(kept: _Factor) -> Factor:
    return Factor(
        name=FactorName(kept["name"]),
        value=kept["value"],
        weight=kept["weight"],
        text=kept["text"],
    )
