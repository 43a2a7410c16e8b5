"""The list of devices as a file, sent part by part while it is read."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain

from starlette.responses import StreamingResponse

from sickbay_collector.core.sheet import BOM, guard
from sickbay_collector.services.device_sheet import DeviceColumn, SheetWish, sheet_parts
from sickbay_collector.web.api.device_query import DeviceQuery
from sickbay_collector.web.context import WebContext


class SheetStream(StreamingResponse):
    """A file of a spreadsheet that is not held whole. A browser stores it and never shows it.

    Args:
        content: CSV, in parts.
    """

    media_type = "text/csv; charset=utf-8"

    def __init__(self, content: Iterator[str]) -> None:
        headers = {"Content-Disposition": 'attachment; filename="devices.csv"'}
        super().__init__(content, headers=headers)


def device_sheet(
    context: WebContext, query: DeviceQuery, columns: tuple[DeviceColumn, ...]
) -> SheetStream:
    """Return the devices of a list as CSV, in its order.

    The first part is read before anything is sent, so that what is wrong can still be said.

    Raises:
        NotFoundError: There is no such owner.
        StoreError: The database cannot be read.
    """
    wish = SheetWish(
        wanted=query.wanted(context),
        sort=query.sort,
        columns=columns,
        now=context.clock(),
        started_at=context.started_at,
    )
    parts = sheet_parts(context.list_devices, wish)
    first = next(parts)
    return SheetStream(_written(chain([[wish.header, *first]], parts)))


def _written(parts: Iterator[Sequence[Sequence[str]]]) -> Iterator[str]:
    yield BOM
    for rows in parts:
        out = io.StringIO()
        # Quoted and guarded as `core.sheet.write_sheet` does it.
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerows([guard(cell) for cell in row] for row in rows)
        yield out.getvalue()
