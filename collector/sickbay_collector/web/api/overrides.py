"""`/api/v1/rotas/{rota}/overrides`: somebody stands in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from sickbay_collector.core.desk.rota_plan import EVERYBODY
from sickbay_collector.services.coverage_lookups import find_rota
from sickbay_collector.services.overrides import (
    NewOverride,
    add_override,
    override_of,
    remove_override,
)
from sickbay_collector.web.api.base import Body, Moment, problems
from sickbay_collector.web.api.coverage_schema import OverrideSchema
from sickbay_collector.web.auth import CoverageWrite
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/rotas/{rota}/overrides", tags=["coverage"])

Name = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]
_Login = Annotated[str, Field(min_length=1, max_length=64)]
_WRITE = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


class NewOverrideBody(Body):
    """Who stands in for whom, and when."""

    login: _Login
    """Who is on call instead."""
    since: Annotated[Moment | None, Field(alias="from")] = None
    """From when on; now where it is left out."""
    until: Moment
    """Until when, at most 366 days on."""
    instead_of: _Login = EVERYBODY
    """A login, or "everybody": then this person alone is on call, where nobody else is too."""
    reason: Annotated[str, Field(max_length=160, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


@router.post("", status_code=HTTPStatus.CREATED, responses={**_WRITE})
def post_override(
    context: Context, principal: CoverageWrite, rota: Name, body: NewOverrideBody
) -> OverrideSchema:
    """Let somebody stand in; it is in force here at once and everywhere within two seconds."""
    now = context.clock()
    with context.open_reads() as uow:
        find_rota(uow.book, rota)
    said = NewOverride(
        rota=rota,
        login=body.login,
        since=body.since or now,
        until=body.until,
        instead_of=body.instead_of,
        reason=body.reason,
    )
    added = add_override(
        context.open_writes,
        context.shelf.now.base,
        said,
        user=principal.user,
        now=now,
        new_id=context.new_id,
    )
    context.shelf.follow()
    return OverrideSchema.model_validate(added)


@router.delete("/{override}", responses={**_WRITE})
def delete_override(
    context: Context, principal: CoverageWrite, rota: Name, override: Name
) -> OverrideSchema:
    """Take an override away that was added; those in files are changed there."""
    with context.open_reads() as uow:
        found = override_of(uow.book, rota, override)
    remove_override(
        context.open_writes,
        context.shelf.now.base,
        override,
        user=principal.user,
        now=context.clock(),
    )
    context.shelf.follow()
    return OverrideSchema.model_validate(found)
