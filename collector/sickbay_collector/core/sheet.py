"""CSV as spreadsheets write and read it: a file in, rows by field out, and back.

A cell that a spreadsheet would take for a formula leaves with an apostrophe before it and comes
back without, so that a file that was exported changes nothing when it is imported again.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.line import folded

MAX_ROWS = 50_000
"""Rows of a file, without its header."""
MAX_COLUMNS = 100
"""Columns of a file."""
MAX_SHEET_BYTES = 16 * 1024 * 1024
"""Bytes of a file."""
BOM = "\ufeff"
"""Begins what is written: a spreadsheet would take another encoding without."""
# What begins a formula, with the full-width forms that some programs fold to these.
# Source: OWASP, CSV Injection.
_FORMULA = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
_DELIMITERS = (",", ";")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What columns a file may have."""

    names: tuple[str, ...]
    aliases: Mapping[str, str]
    """Field by other names of its column, in small letters and digits only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row of a file."""

    line: int
    """Where it begins, from 1, the header's included."""
    cells: Mapping[str, str]
    """By field, those that the file has columns for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """Why a row cannot be taken over."""

    line: int
    column: str
    """The column's title in the file; "" where the row is wrong as a whole."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """What a row changes."""

    line: int
    name: str
    """Of what is changed."""
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file that was read."""

    titles: Mapping[str, str]
    """The columns' titles in the file, by field."""
    ignored: tuple[str, ...]
    """Titles of columns that are no field's."""
    rows: tuple[SheetRow, ...]
    errors: tuple[CellError, ...]
    """Rows that are not among `rows`: theirs is another number of cells than the header's."""


def guard(text: str) -> str:
    """Return a cell's text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if _is_formula(text) else text


def unguard(text: str) -> str:
    """Return a cell's text without what `guard` put before it."""
    return text[1:] if text.startswith("'") and _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """Return whether it begins a formula, also behind apostrophes, so that both ways agree."""
    return text.lstrip("'")[:1] in _FORMULA


def write_sheet(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV, every cell guarded and quoted.

    Source: RFC 4180.
    """
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([guard(cell) for cell in row] for row in rows)
    return out.getvalue()


def read_sheet(data: bytes, fields: Fields, *, mapping: Mapping[str, str]) -> Sheet:
    """Return a file's rows by field.

    Args:
        data: UTF-8, with or without its mark, cells apart by comma or semicolon.
        fields: What columns it may have.
        mapping: Field by title, for columns that are called otherwise.

    Raises:
        InvalidError: It is no such file, too large, or has a column twice or none at all.
    """
    text = _decoded(data)
    delimiter = _delimiter(text)
    lines = _lines(text, delimiter)
    header = next(lines, None)
    if header is None:
        raise InvalidError("line 1: the file is empty; its first line names the columns")
    places, ignored = _places(header[1], fields, mapping)
    rows: list[SheetRow] = []
    errors: list[CellError] = []
    width = len(header[1])
    for count, (line, cells) in enumerate(lines, 1):
        if count > MAX_ROWS:
            raise InvalidError(f"line {line}: more than {MAX_ROWS} rows; import it in parts")
        if len(cells) != width:
            detail = f"has {len(cells)} cells, and the header {width}"
            errors.append(CellError(line=line, column="", detail=detail))
            continue
        found = {field: unguard(cells[place]) for field, place in places.items()}
        rows.append(SheetRow(line=line, cells=found))
    titles = {field: header[1][place].strip() for field, place in places.items()}
    return Sheet(titles=titles, ignored=ignored, rows=tuple(rows), errors=tuple(errors))


def truth(text: str, *, empty: bool) -> bool:
    """Return what a cell with yes or no says.

    Args:
        text: The cell.
        empty: What it says when it is empty.

    Raises:
        InvalidError: It says something else.
    """
    said = text.strip().lower()
    if said in {"yes", "true", "1"}:
        return True
    if said in {"no", "false", "0"}:
        return False
    if not said:
        return empty
    raise InvalidError(f"{text[:40]!r} is neither yes nor no")


def _decoded(data: bytes) -> str:
    if len(data) > MAX_SHEET_BYTES:
        raise InvalidError(f"the file has {len(data)} bytes; the limit is {MAX_SHEET_BYTES}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidError("line 1: the file is UTF-16; save it as CSV UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidError(f"line {line}: is not UTF-8; save the file as CSV UTF-8") from error


def _delimiter(text: str) -> str:
    """Return what cells are apart by: what stands more often in the header, outside of quotes."""
    bare = "".join(text.partition("\n")[0].split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows that are not blank, with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise InvalidError(f"line {begin}: is no CSV: {error}") from error


def _places(
    header: Sequence[str], fields: Fields, mapping: Mapping[str, str]
) -> tuple[Mapping[str, int], tuple[str, ...]]:
    if len(header) > MAX_COLUMNS:
        raise InvalidError(f"line 1: {len(header)} columns; the limit is {MAX_COLUMNS}")
    named = _mapped(header, fields, mapping)
    places: dict[str, int] = {}
    for place, title in enumerate(header):
        field = named.get(title.strip()) or _field(title, fields)
        if field in places:
            first = header[places[field]].strip()
            raise InvalidError(f"line 1: columns {first!r} and {title.strip()!r} are both {field}")
        if field:
            places[field] = place
    if not places:
        raise InvalidError(
            f"line 1: no column is known; its titles are among {', '.join(fields.names)}"
        )
    known = set(places.values())
    return places, tuple(title.strip() for at, title in enumerate(header) if at not in known)


def _mapped(header: Sequence[str], fields: Fields, mapping: Mapping[str, str]) -> Mapping[str, str]:
    titles = {title.strip() for title in header}
    for title, field in mapping.items():
        if field not in fields.names:
            raise InvalidError(f"map {title}={field}: {field} is none of {', '.join(fields.names)}")
        if title not in titles:
            raise InvalidError(f"map {title}={field}: the file has no column {title}")
    return mapping


def _field(title: str, fields: Fields) -> str:
    plain = "".join(one for one in folded(title) if unicodedata.category(one)[0] in "LN")
    named = {name.replace("_", ""): name for name in fields.names}
    return named.get(plain) or fields.aliases.get(plain, "")
