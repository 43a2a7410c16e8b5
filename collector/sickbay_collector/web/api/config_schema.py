"""What the API says of configuration and of the audit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, JsonValue, ValidationError

from sickbay_collector.services.book.apply import MAX_DOCUMENTS, Applied, Document
from sickbay_collector.services.book.listing import Source
from sickbay_collector.services.book.plan import Change
from sickbay_collector.web.api.base import Body, Schema
from sickbay_collector.web.auth import DeskWrite

NAME_LIMIT = 255
"""Characters of a document's name, of a kind and of an id."""

# PostgreSQL keeps no NUL, and no other control character stands in a name.
Name = Annotated[str, Field(max_length=NAME_LIMIT, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ConfigItem(Schema):
    """An entry of the configuration."""

    kind: str
    id: str
    source: Source
    """Where it was changed last; keys that are not named there come from the places before."""
    content: Mapping[str, JsonValue]
    """All its keys."""
    revision: int | None
    """With which it was applied; null where it was not."""
    applied_at: datetime | None
    applied_by: str | None


class ConfigList(Schema):
    """A part of the configuration."""

    revision: int
    """Counts what was applied; the ETag says the same."""
    problem: str
    """Why the newest revision is not in force at this collector; "" where it is."""
    items: tuple[ConfigItem, ...]
    next_cursor: str | None


class DocumentBody(Body):
    """A document: a YAML mapping of a kind to a list of entries."""

    name: Name
    """For messages."""
    text: str
    """YAML, at most 1 MiB."""


class ApplyBody(Body):
    """What to apply."""

    documents: Annotated[tuple[DocumentBody, ...], Field(max_length=MAX_DOCUMENTS)] = ()
    remove: Annotated[tuple[Name, ...], Field(max_length=1000)] = ()
    """Applied entries to take away, each as `kind/id`."""
    prune: bool = False
    """Take away all applied entries that the documents do not name."""
    dry_run: bool = False
    """Only say what would change."""

    def said(self) -> tuple[Document, ...]:
        """Return the documents."""
        return tuple(Document(name=one.name, text=one.text) for one in self.documents)


def _apply_schema() -> dict[str, Any]:
    schema = ApplyBody.model_json_schema()
    # What a request holds has no list of definitions of its own in OpenAPI.
    schema["properties"]["documents"]["items"] = schema.pop("$defs")["DocumentBody"]
    return schema


APPLY_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _apply_schema()}}}
}
"""The OpenAPI description of what to apply."""


async def _wanted(request: Request, _principal: DeskWrite) -> ApplyBody:
    """Return what to apply, which nobody holds before it is known who sends it."""
    try:
        return ApplyBody.model_validate_json(await request.body())
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from error


ApplyContent = Annotated[ApplyBody, Depends(_wanted)]


class FieldChangeItem(Schema):
    """A key of an entry before and after."""

    key: str
    before: str | None
    """As JSON; null where the key is not there."""
    after: str | None


class EntryChangeItem(Schema):
    """An entry before and after."""

    kind: str
    id: str
    """Empty for the order of a kind."""
    change: Change
    fields: tuple[FieldChangeItem, ...]


class ApplyResult(Schema):
    """What became of it, or would."""

    revision: int
    """In force then."""
    dry_run: bool
    changes: tuple[EntryChangeItem, ...]
    unchanged: int
    """Entries of the documents that are in force already."""

    @classmethod
    def of(cls, applied: Applied, *, dry_run: bool) -> "ApplyResult":
        """Return the answer."""
        return cls(
            revision=applied.revision,
            dry_run=dry_run,
            changes=tuple(EntryChangeItem.model_validate(one) for one in applied.plan.changes),
            unchanged=applied.plan.unchanged,
        )
