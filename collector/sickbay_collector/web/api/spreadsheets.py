"""`/api/v1/assets` and `/people`, `/export` and `/import`: all of them as one file of CSV."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from sickbay_collector.services.asset_import import export_assets, import_assets
from sickbay_collector.services.people_import import export_people, import_people
from sickbay_collector.web.api.base import problems
from sickbay_collector.web.api.import_schema import (
    CSV_BODY,
    IMPORT_PROBLEMS,
    CsvContent,
    CsvResponse,
    ImportQuery,
    ImportReportSchema,
)
from sickbay_collector.web.auth import (
    AssetsImport,
    DevicesRead,
    PeopleImport,
    PeopleRead,
)
from sickbay_collector.web.context import Context

assets = APIRouter(prefix="/assets", tags=["assets"])
people = APIRouter(prefix="/people", tags=["people"])
"""Goes before what finds a person by name."""


@assets.get(
    "/export", status_code=HTTPStatus.OK, response_class=CsvResponse, responses={**problems()}
)
def get_assets_export(context: Context, _principal: DevicesRead) -> CsvResponse:
    """Return every device's record as CSV, which changes nothing when it is imported again."""
    with context.open_reads() as uow:
        return CsvResponse(export_assets(uow, now=context.clock()))


@assets.post(
    "/import",
    openapi_extra=CSV_BODY,
    responses={**IMPORT_PROBLEMS},
)
def post_assets_import(
    context: Context,
    principal: AssetsImport,
    content: CsvContent,
    query: Annotated[ImportQuery, Query()],
) -> ImportReportSchema:
    """Fill asset records from a CSV file, all or nothing unless `partial`; no device is made.

    A row with a wrong cell is an answer with status 200 that lists it: look at `outcome`.
    """
    report = import_assets(
        context.open_reads,
        context.open_writes,
        content,
        query.options(),
        actor=principal.user,
        now=context.clock(),
    )
    return ImportReportSchema.model_validate(report)


@people.get(
    "/export",
    status_code=HTTPStatus.OK,
    response_class=CsvResponse,
    responses={**problems()},
)
def get_people_export(context: Context, _principal: PeopleRead) -> CsvResponse:
    """Return everybody as CSV, which changes nothing when it is imported again."""
    with context.open_reads() as uow:
        return CsvResponse(export_people(uow))


@people.post(
    "/import",
    openapi_extra=CSV_BODY,
    responses={**IMPORT_PROBLEMS},
)
def post_people_import(
    context: Context,
    principal: PeopleImport,
    content: CsvContent,
    query: Annotated[ImportQuery, Query()],
) -> ImportReportSchema:
    """Add and change persons by a CSV file, all or nothing unless `partial`.

    A row with a wrong cell is an answer with status 200 that lists it: look at `outcome`.
    """
    report = import_people(
        context.open_reads,
        context.open_writes,
        content,
        query.options(),
        actor=principal.user,
        now=context.clock(),
        new_id=context.new_id,
    )
    return ImportReportSchema.model_validate(report)
