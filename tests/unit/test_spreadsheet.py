"""Cells that spreadsheet programs open as text (FAULTS S20)."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.spreadsheet import safe_cell
from infrastructure.ops.tables import Table

DANGEROUS = set("=+-@\t\r\n＝＋－＠")
"""What a cell must not begin with (OWASP, CSV injection)."""

hostile = st.text(st.sampled_from("=+-@＝＋－＠\t\r\n ;,|\"'a1\u200b\ufeff")) | st.text()


@pytest.mark.parametrize("start", sorted(DANGEROUS))
def test_what_would_run_becomes_text(start: str) -> None:
    assert str(safe_cell(f"{start}HYPERLINK(1)"))[0] in "' "
    assert str(safe_cell(f" {start}HYPERLINK(1)"))[0] in "' "


@pytest.mark.parametrize("number", [-3, 0, 2.5, -2.5, Decimal("-66.67")])
def test_numbers_stay_numbers(number: float | Decimal) -> None:
    assert safe_cell(number) == number


@pytest.mark.parametrize("nothing", [None, float("nan"), float("-inf"), Decimal("NaN")])
def test_what_is_no_number_is_empty(nothing: object) -> None:
    assert safe_cell(nothing) == ""


@pytest.mark.parametrize("text", ["朝阳区", "110105015", "It's 5-6 days, a=b", "路灯 (3)", ""])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@given(rows=st.lists(st.tuples(hostile, st.integers(), hostile, st.floats()), min_size=1, max_size=4))
def test_no_cell_of_a_file_begins_dangerously_however_it_is_split(rows: list[tuple[object, ...]]) -> None:
    file = io.StringIO()
    Table(("first", "number", "=third", "share"), rows).write_to(file)
    for separator in ",;|":
        for line in csv.reader(io.StringIO(file.getvalue()), delimiter=separator):
            assert [cell for cell in line if cell[:1] in DANGEROUS and not is_number(cell)] == []


@given(rows=st.lists(st.tuples(hostile, hostile), min_size=1, max_size=4))
def test_a_file_has_the_rows_and_columns_that_were_written(rows: list[tuple[object, ...]]) -> None:
    file = io.StringIO()
    Table(("a", "b"), rows).write_to(file)
    read = list(csv.reader(io.StringIO(file.getvalue())))
    assert [len(line) for line in read] == [2] * (len(rows) + 1)


def is_number(cell: str) -> bool:
    try:
        float(cell.split(",")[0].split(";")[0])
    except ValueError:
        return False
    return True
