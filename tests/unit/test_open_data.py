"""公开数据: counts that everybody may have, of which nobody can be picked out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.adapters.open_cases import FolderOpenCases
from hotline.adapters.parquet import parquet_file
from hotline.domain.confidential import TYPES
from hotline.domain.lake import row_of
from hotline.domain.open_data import PLACES, SERVICES, OpenCase, Row, dictionary, month_tables
from hotline.domain.open_data_policy import OpenDataPolicy
from hotline.use_cases.publish_open_data import due_months, files_of, publish_open_data
from infrastructure.lake.local import FolderLake
from tests.unit.builders import Hotline, appeal
from tests.unit.builders_directory import FixedDirectory, beijing, tiny_directory

POLICY = OpenDataPolicy()
K = POLICY.smallest
DIRECTORY = beijing()
SPOTS = [
    ("110101", "110101001"),
    ("110101", "110101002"),
    ("110105", "110105001"),
    ("110105", None),
    (None, None),
]
PUBLIC = [code for code, service in DIRECTORY.services.items() if service.public]
SERVICES_USED = [*PUBLIC[:4], next(iter(set(DIRECTORY.services) - set(PUBLIC))), None]


def case(spot: tuple[str | None, str | None], service: str | None, **changes: object) -> OpenCase:
    return OpenCase(spot[0], spot[1], service)._replace(**changes)


cases = st.lists(st.builds(case, st.sampled_from(SPOTS), st.sampled_from(SERVICES_USED)), max_size=120)


def places(rows: list[Row]) -> dict[tuple[str, str], int]:
    return {(row["place_code"], row["service_code"]): row["appeals"] for row in rows}


@settings(max_examples=80, deadline=None)
@given(cases)
def test_nobody_is_alone_and_nothing_missing_follows_from_a_total(counted: list[OpenCase]) -> None:
    tables = month_tables("202605", counted, DIRECTORY, POLICY)
    shown = places(tables["places"])
    assert all(count >= K for count in shown.values())
    for (place, service), total in shown.items():
        if service != "*":
            continue
        if DIRECTORY.jurisdictions[place].level == "subdistrict":
            parts = [count for key, count in shown.items() if key[0] == place and key[1] != "*"]
        else:
            parts = [
                count
                for key, count in shown.items()
                if key[1] == "*" and DIRECTORY.jurisdictions[key[0]].parent == place
            ]
        rest = total - sum(parts)
        assert rest == 0 or rest >= K
    for row in tables["services"]:
        listed = sum(count for key, count in shown.items() if key[1] == row["service_code"])
        least, most = row["appeals_from"] - listed, row["appeals_to"] - listed
        assert not (least >= 1 and most < K), "a rest between 1 and k - 1 would be a person or two"


@settings(max_examples=40, deadline=None)
@given(cases)
def test_what_is_shown_is_true(counted: list[OpenCase]) -> None:
    tables = month_tables("202605", counted, DIRECTORY, POLICY)
    default = DIRECTORY.policies.default_service
    public = [each for each in counted if DIRECTORY.services[each.service_code or default].public]
    real = Counter((each.subdistrict, each.service_code or default) for each in public)
    for (place, service), count in places(tables["places"]).items():
        if DIRECTORY.jurisdictions[place].level == "subdistrict" and service != "*":
            assert real[place, service] == count


def test_shares_are_coarse_and_never_tell_of_everybody() -> None:
    service = SERVICES_USED[0]
    counted = [case(SPOTS[0], service, closed=True, answers="yyn", handled_in_time=True) for _ in range(40)]
    (row,) = month_tables("202605", counted, DIRECTORY, POLICY)["services"]
    assert (row["closed_share"], row["resolved_share"], row["satisfied_share"]) == (95, 95, 5)
    (few,) = month_tables("202605", counted[:19], DIRECTORY, POLICY)["services"]
    assert few["closed_share"] is None


def test_services_that_are_not_public_are_not_counted_at_all() -> None:
    hidden = next(code for code, service in DIRECTORY.services.items() if not service.public)
    tables = month_tables("202605", [case(SPOTS[0], hidden) for _ in range(50)], DIRECTORY, POLICY)
    assert tables == {"places": [], "services": []}


def test_the_dictionary_tells_every_column_in_both_languages() -> None:
    text = dictionary(POLICY)
    for column in (*PLACES, *SERVICES):
        assert f"| `{column.name}` | {column.kind} | {column.about.zh} | {column.about.en} |" in text


# ---- from the lake ---------------------------------------------------------------------------------


class Shelf:
    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, bytes]] = {}

    def published(self) -> list[str]:
        return sorted(self.kept)

    def publish(self, month: str, files: Mapping[str, bytes]) -> bool:
        return self.kept.setdefault(month, files) is files


def test_a_month_is_published_once_from_the_lake_without_reports_in_confidence(tmp_path: Path) -> None:
    hotline = Hotline()
    for _ in range(8):
        hotline.dispatched()
    for _ in range(6):
        hotline.registered(appeal(type=sorted(TYPES)[0], confidential=True, service_code=None))
    directory = hotline.directories.current()
    lake = FolderLake(tmp_path)
    day = hotline.clock().date()
    lake.keep_rows(day, [row_of(each, directory) for each in hotline.events()])
    first = day.replace(day=1)
    counted = FolderOpenCases(tmp_path).registered_in(f"{day:%Y%m}", first, day + timedelta(days=60))
    assert len(counted) == 8, "six are confidential"
    later = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=90)
    shelf = Shelf()
    run = {
        "cases": FolderOpenCases(tmp_path),
        "shelf": shelf,
        "parquet": parquet_file,
        "directories": FixedDirectory(tiny_directory()),
        "now": later,
    }
    assert publish_open_data(**run).appeals == 8  # type: ignore[arg-type]
    assert publish_open_data(**run).month is None  # type: ignore[arg-type]
    (files,) = shelf.kept.values()
    assert set(files) == {"dictionary.md", "places.csv", "places.parquet", "services.csv", "services.parquet"}
    rows = list(csv.DictReader(io.StringIO(files["places.csv"].decode("utf-8-sig"))))
    assert {row["appeals"] for row in rows} == {"8"}
    assert appeal().text not in b"".join(files.values()).decode("utf-8", "ignore")


def test_a_month_is_due_when_most_of_its_citizens_have_been_asked() -> None:
    directory = tiny_directory()
    assert list(due_months(datetime(2026, 7, 16, 20, tzinfo=UTC), directory))[-1] == date(2026, 5, 1)
    assert list(due_months(datetime(2026, 7, 14, 2, tzinfo=UTC), directory))[-1] == date(2026, 4, 1)


def test_a_cell_that_a_program_would_run_is_text() -> None:
    directory = tiny_directory()
    row = {column.name: "=1+1" for column in PLACES}
    files = files_of({"places": [row]}, directory, lambda columns, rows: b"")
    assert b"'=1+1" in files["places.csv"]
