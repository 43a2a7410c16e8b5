"""`/api/v1/people`: who asks the desk, owns devices, or works here."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person, PersonFilter, PersonPosition
from sickbay_collector.services.access import Principal
from sickbay_collector.services.assets import devices_of
from sickbay_collector.services.people import (
    PERSON_NAME_LIMIT,
    add_person,
    change_person,
    find_person,
    here,
    list_people,
)
from sickbay_collector.web.api.asset_schema import OwnedDevice, OwnedDevices
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.matching import ETAG_LIMIT, require_match
from sickbay_collector.web.api.person_schema import (
    NewPersonBody,
    PersonBody,
    PersonList,
    PersonSchema,
)
from sickbay_collector.web.auth import PeopleRead, PeopleWrite
from sickbay_collector.web.context import Context, WebContext
from sickbay_collector.web.problems import ApiError

router = APIRouter(prefix="/people", tags=["people"])


Name = Annotated[
    str,
    Path(
        max_length=PERSON_NAME_LIMIT,
        pattern=r"^[^\x00]*$",
        description="Id, e-mail address, login, or what finds one person only.",
    ),
]
IfMatch = Annotated[
    str | None, Header(max_length=ETAG_LIMIT, description="The ETag of the person that was read.")
]
_Search = Annotated[str, Field(max_length=PERSON_NAME_LIMIT, pattern=r"^[^\x00]*$")]
_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_WRITE = problems(
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.PRECONDITION_REQUIRED,
)


class PersonQuery(Body):
    """Which persons to list."""

    text: _Search = ""
    """Begins a word of the name, the e-mail address or the login, or is part of the telephone
    number."""
    department: _Search = ""
    site: _Search = ""
    """A site's id."""
    all: bool = False
    """Deactivated persons too."""
    limit: Limit = 50
    cursor: Cursor = None


@router.get("", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_people(
    context: Context,
    _principal: PeopleRead,
    request: Request,
    response: Response,
    query: Annotated[PersonQuery, Query()],
) -> PersonList:
    """List persons by name."""
    wanted = PersonFilter(
        text=query.text.strip(),
        department=query.department,
        site=query.site,
        gone_too=query.all,
    )
    with context.open_reads() as uow:
        page = list_people(uow, wanted, limit=query.limit, after=_position(query.cursor))
    following = encode_cursor(page.next) if page.next else None
    link_next(request, response, following)
    return PersonList(
        items=tuple(PersonSchema.of(one) for one in page.people), next_cursor=following
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={**problems(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def post_person(
    context: Context, principal: PeopleWrite, response: Response, body: NewPersonBody
) -> PersonSchema:
    """Add a person."""
    draft = Person(person_id=PersonId(context.new_id()), **body.model_dump())
    person = add_person(context.open_writes, draft, actor=principal.user, now=context.clock())
    response.headers["Location"] = f"/api/v1/people/{person.person_id}"
    return _answer(response, person)


@router.get("/{person}", responses={**_READ})
def get_person(
    context: Context, _principal: PeopleRead, response: Response, person: Name
) -> PersonSchema:
    """Show one person. Its ETag is what a write needs."""
    with context.open_reads() as uow:
        return _answer(response, find_person(uow, person))


@router.get("/{person}/devices", responses={**_READ})
def get_person_devices(context: Context, _principal: PeopleRead, person: Name) -> OwnedDevices:
    """List the devices that a person owns, to propose them for a ticket."""
    with context.open_reads() as uow:
        owned = devices_of(uow, find_person(uow, person), now=context.clock())
    return OwnedDevices(items=tuple(OwnedDevice.of(one) for one in owned))


@router.patch("/{person}", responses={**_WRITE})
def patch_person(
    context: Context,
    principal: PeopleWrite,
    response: Response,
    person: Name,
    body: PersonBody,
    if_match: IfMatch = None,
) -> PersonSchema:
    """Change what is named of a person."""
    said = body.model_dump(exclude_none=True)
    active = said.pop("active", None)

    def change(before: Person) -> Person:
        after = replace(before, **said)
        return after if active is None else here(after, is_here=active, now=context.clock())

    return _answer(response, _change(context, principal, person, if_match, change))


@router.delete("/{person}", responses={**_WRITE})
def delete_person(
    context: Context,
    principal: PeopleWrite,
    response: Response,
    person: Name,
    if_match: IfMatch = None,
) -> PersonSchema:
    """Deactivate a person; tickets and devices go on naming it."""
    now = context.clock()

    def leave(before: Person) -> Person:
        return here(before, is_here=False, now=now)

    gone = _change(context, principal, person, if_match, leave)
    return _answer(response, gone)


def _change(
    context: WebContext,
    principal: Principal,
    name: str,
    if_match: str | None,
    change: Callable[[Person], Person],
) -> Person:
    """Change the person, if it is the version that If-Match names."""
    with context.open_reads() as uow:
        read = find_person(uow, name)
    require_match(if_match, _etag(read), kind="the person", name=read.name)
    try:
        return change_person(
            context.open_writes,
            read.person_id,
            change,
            expected_version=read.version,
            actor=principal.user,
            now=context.clock(),
        )
    except ConflictError as error:
        # Somebody may have written between the check of If-Match and the write.
        with context.open_reads() as uow:
            present = uow.people.get(read.person_id)
        if present is None or present.version != read.version:
            raise ApiError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
        raise


def _answer(response: Response, person: Person) -> PersonSchema:
    response.headers["ETag"] = _etag(person)
    return PersonSchema.of(person)


def _etag(person: Person) -> str:
    return f'"{person.version}"'


def _position(cursor: str | None) -> PersonPosition | None:
    if cursor is None:
        return None
    name_key, person_id = decode_cursor(cursor, (str, str))
    return PersonPosition(str(name_key), PersonId(str(person_id)))
