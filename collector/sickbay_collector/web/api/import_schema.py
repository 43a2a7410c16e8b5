"""Files of spreadsheets as the API takes and returns them, and what became of one."""

from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import Field

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.sheet import MAX_COLUMNS
from sickbay_collector.services.imports import ImportOptions, ImportOutcome
from sickbay_collector.web.api.base import Body, Schema, problems
from sickbay_collector.web.auth import Anyone

_MAP_LIMIT = 300

CSV_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "UTF-8, cells apart by comma or semicolon, the first line names the columns",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}
"""The OpenAPI description of a file in a request."""
IMPORT_PROBLEMS = problems(
    HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY
)
"""What else an import answers."""
_DOWNLOAD = MappingProxyType({"Content-Disposition": "attachment"})


class CsvResponse(Response):
    """A file of a spreadsheet. A browser stores it and never shows it.

    Args:
        content: CSV.
    """

    media_type = "text/csv; charset=utf-8"

    def __init__(self, content: str) -> None:
        super().__init__(content, headers=dict(_DOWNLOAD))


async def _content(request: Request, _principal: Anyone) -> bytes:
    """Return the file, which nobody holds before it is known who sends it."""
    return await request.body()


CsvContent = Annotated[bytes, Depends(_content)]


class ImportQuery(Body):
    """How to take a file over."""

    dry_run: bool = False
    """Only say what would change."""
    partial: bool = False
    """Take over the rows without errors when there are others."""
    map: Annotated[
        tuple[Annotated[str, Field(max_length=_MAP_LIMIT)], ...], Field(max_length=MAX_COLUMNS)
    ] = ()
    """`Title=field`, for columns that are called otherwise."""

    def options(self) -> ImportOptions:
        """Return them for the service.

        Raises:
            InvalidError: A pair is none.
        """
        pairs = [one.rpartition("=") for one in self.map]
        for title, sign, field in pairs:
            if not sign or not title.strip() or not field:
                raise InvalidError(f"map {title or field}: write it as Title=field")
        mapping = {title.strip(): field for title, _, field in pairs}
        return ImportOptions(dry_run=self.dry_run, partial=self.partial, mapping=mapping)


class CellErrorSchema(Schema):
    """Why a row cannot be taken over."""

    line: int
    """Where it begins in the file, from 1."""
    column: str
    """The column's title in the file; empty where the row is wrong as a whole."""
    detail: str


class CellChangeSchema(Schema):
    """What a row changes."""

    line: int
    name: str
    """Of what is changed."""
    field: str
    before: str
    after: str


class ImportReportSchema(Schema):
    """What a file did, or would do."""

    outcome: ImportOutcome
    """`refused`: there are errors, and nothing was changed; `partial`: their rows were left out."""
    added: int
    changed: int
    unchanged: int
    error_count: int
    change_count: int
    """Fields that change."""
    errors: tuple[CellErrorSchema, ...]
    """The first thousand."""
    changes: tuple[CellChangeSchema, ...]
    """The first thousand."""
    ignored_columns: tuple[str, ...]
    """Columns of the file that are no field's."""
