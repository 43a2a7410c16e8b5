"""Files of spreadsheets: what is read, what is refused where, and that a round trip is one."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.sheet import (
    BOM,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_SHEET_BYTES,
    CellError,
    Fields,
    guard,
    read_sheet,
    truth,
    unguard,
    write_sheet,
)

FIELDS = Fields(names=("name", "phone", "asset_tag"), aliases={"telephone": "phone"})


def read(text: str, **mapping: str) -> list[tuple[int, dict[str, str]]]:
    sheet = read_sheet(text.encode(), FIELDS, mapping=mapping)
    return [(row.line, dict(row.cells)) for row in sheet.rows]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("name,phone\nAnn,1\n", id="comma"),
        pytest.param("name;phone\r\nAnn;1\r\n", id="semicolon"),
        pytest.param(BOM + "name,phone\nAnn,1", id="mark of UTF-8 and no last line end"),
        pytest.param('"na""me";phone\nAnn;1\n'.replace('""', ""), id="quoted title"),
        pytest.param(" Name ,TELEPHONE\nAnn,1\n", id="case, space and another name"),
        pytest.param("name,Phone\n\nAnn,1\n,\n".replace("\n\nA", "\nA"), id="blank line"),
    ],
)
def test_file_is_read(text: str) -> None:
    assert read(text) == [(2, {"name": "Ann", "phone": "1"})]


def test_title_is_mapped_and_unknown_ones_are_said() -> None:
    sheet = read_sheet(b"Who,Extra,Asset Tag\nAnn,x,7\n", FIELDS, mapping={"Who": "name"})

    assert sheet.ignored == ("Extra",)
    assert sheet.titles == {"name": "Who", "asset_tag": "Asset Tag"}
    assert sheet.rows[0].cells == {"name": "Ann", "asset_tag": "7"}


def test_line_is_where_the_row_begins() -> None:
    assert [line for line, _ in read('name,phone\n"A\nnn",1\n\nBob,2\n')] == [2, 5]


def test_row_of_another_width_is_an_error_of_its_own() -> None:
    sheet = read_sheet(b"name,phone\nAnn,1,2\nBob,3\nEve\n", FIELDS, mapping={})

    assert [row.line for row in sheet.rows] == [3]
    assert sheet.errors == (
        CellError(line=2, column="", detail="has 3 cells, and the header 2"),
        CellError(line=4, column="", detail="has 1 cells, and the header 2"),
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "line 1: the file is empty", id="empty"),
        pytest.param(b"\n \n", "line 1: the file is empty", id="blank"),
        pytest.param("name\nä".encode("latin-1"), "line 2: is not UTF-8", id="Latin-1"),
        pytest.param("name\nä".encode("utf-16"), "is UTF-16", id="UTF-16"),
        pytest.param(b"a,b\n1,2\n", "no column is known; its titles are among name", id="others"),
        pytest.param(b"phone,telephone\n", "'phone' and 'telephone' are both phone", id="twice"),
        pytest.param(b'name\n"Ann\n', "line 2: is no CSV", id="open quote"),
        pytest.param(b'name\nAnn\n"A"nn\n', "line 3: is no CSV", id="text after a quote"),
        pytest.param(b'name\n"' + b"x" * 131_073 + b'"', "line 2: is no CSV", id="huge cell"),
        pytest.param(b"name" + b"," * MAX_COLUMNS, "101 columns", id="one column too many"),
        pytest.param(
            b"name\n" + b"x\n" * (MAX_ROWS + 1), "line 50002: more than 50000 rows", id="rows"
        ),
        pytest.param(b"x" * (MAX_SHEET_BYTES + 1), "the limit is 16777216", id="bytes"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        read_sheet(data, FIELDS, mapping={})


def test_largest_file_is_read() -> None:
    header = "name" + ",x" * (MAX_COLUMNS - 1)
    row = "Ann" + "," * (MAX_COLUMNS - 1)
    data = "\n".join([header, *[row] * MAX_ROWS]).encode()

    assert len(read_sheet(data, FIELDS, mapping={}).rows) == MAX_ROWS


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        pytest.param({"Who": "size"}, "size is none of name, phone", id="no such field"),
        pytest.param({"Whom": "name"}, "the file has no column Whom", id="no such column"),
        pytest.param({"Who": "phone"}, "are both phone", id="field has one already"),
    ],
)
def test_wrong_map_is_refused(mapping: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        read_sheet(b"Who,phone\n", FIELDS, mapping=mapping)


@pytest.mark.parametrize("sign", list("=+-@\t\r\uff1d\uff0b\uff0d\uff20"))
def test_formula_is_guarded(sign: str) -> None:
    assert guard(f"{sign}cmd") == f"'{sign}cmd"
    assert guard(f"'{sign}cmd") == f"''{sign}cmd"


@pytest.mark.parametrize("text", ["", "'", "O'Hara", "'s", "1=2"])
def test_other_text_is_left(text: str) -> None:
    assert guard(text) == text == unguard(text)


@given(st.text())
def test_guard_comes_off_again(text: str) -> None:
    assert unguard(guard(text)) == text


_CELL = st.text(st.characters(codec="utf-8"))


@given(st.lists(st.tuples(_CELL.filter(str.strip), _CELL, _CELL)))
def test_round_trip_changes_nothing(rows: list[tuple[str, str, str]]) -> None:
    text = write_sheet(FIELDS.names, rows)
    sheet = read_sheet(text.encode(), FIELDS, mapping={})

    assert [tuple(row.cells.values()) for row in sheet.rows] == rows
    assert sheet.errors == ()


def test_every_cell_is_quoted() -> None:
    text = write_sheet(["name"], [["=1"], [""]])

    assert text == BOM + '"name"\r\n"\'=1"\r\n""\r\n'
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == ["'=1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [(" Yes", True), ("true", True), ("1", True), ("NO", False), ("false", False), ("0", False)],
)
def test_truth_of_a_cell(text: str, said: bool) -> None:  # noqa: FBT001 - what is expected
    assert truth(text, empty=not said) is said


def test_truth_of_other_cells() -> None:
    assert truth(" ", empty=True)
    with pytest.raises(InvalidError, match="'maybe' is neither yes nor no"):
        truth("maybe", empty=True)
