"""公开数据: a month's appeals as counts that everybody may have, without anybody being found in them.

No row is about a person: rows are counts, a month is the finest time, a sub-district the finest place. Reports
in confidence and services that are not public are left out altogether. What may be shown beside what is decided
by :mod:`hotline.domain.disclosure`. A month is published once: two versions could be subtracted from each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hotline.domain.directory import Directory
from hotline.domain.disclosure import Sum, band, shown_cells
from hotline.domain.open_data_policy import OpenDataPolicy
from hotline.domain.phrases import Phrase

ALL = "*"
SHARE_STEP = 5
"""Shares are shown in steps of so many percent, and never as none or all of a group."""


class OpenCase(NamedTuple):
    """What is counted of one appeal: codes alone."""

    district: str | None
    subdistrict: str | None
    service_code: str | None
    closed: bool = False
    answers: str | None = None
    handled_in_time: bool | None = None


class Column(NamedTuple):
    """A column of a published table, as the data dictionary tells it."""

    name: str
    kind: str
    about: Phrase


_MONTH = Column(
    "month", "varchar", Phrase("登记月份（yyyymm，城市时区）", "Month of registration (yyyymm, city time)")
)
_SERVICE = (
    Column("service_code", "varchar", Phrase("事项代码；* 为全部事项", "Service code; * stands for all")),
    Column("service_zh", "varchar", Phrase("事项名称（中文）", "Name of the service in Chinese")),
    Column("service_en", "varchar", Phrase("事项名称（英文）", "Name of the service in English")),
)

PLACES: tuple[Column, ...] = (
    _MONTH,
    Column("level", "varchar", Phrase("层级：city、district、subdistrict", "city, district or subdistrict")),
    Column(
        "place_code", "varchar", Phrase("行政区划代码（国家统计局）", "Code of the place (statistics office)")
    ),
    Column("place_zh", "varchar", Phrase("地名（中文）", "Name of the place in Chinese")),
    Column("place_en", "varchar", Phrase("地名（英文）", "Name of the place in English")),
    *_SERVICE,
    Column(
        "appeals",
        "integer",
        Phrase("诉求数；未列出的组合为零或不予公布", "Appeals; what is not listed is zero or withheld"),
    ),
)
"""Appeals by place; within a sub-district by service."""

SERVICES: tuple[Column, ...] = (
    _MONTH,
    *_SERVICE,
    Column("appeals_from", "integer", Phrase("全市诉求数区间下限", "Appeals in the whole city: at least")),
    Column("appeals_to", "integer", Phrase("全市诉求数区间上限", "Appeals in the whole city: at most")),
    Column(
        "closed_share",
        "integer",
        Phrase("已办结占比（%，步长 5）", "Share that is closed (%, in steps of 5)"),
    ),
    Column(
        "in_time_share",
        "integer",
        Phrase("已办结中按时办结占比", "Of those closed, handled within the limit"),
    ),
    Column(
        "resolved_share",
        "integer",
        Phrase("已回访中市民认为解决占比", "Of those answered, called resolved"),
    ),
    Column(
        "satisfied_share",
        "integer",
        Phrase("已回访中市民满意占比", "Of those answered, satisfied"),
    ),
)
"""Appeals by service in the whole city, with what became of them."""

TABLES: Mapping[str, tuple[Column, ...]] = {"places": PLACES, "services": SERVICES}
ABOUT: Mapping[str, Phrase] = {
    "places": Phrase(
        "各区、街道（乡镇）诉求数，街道内分事项",
        "Appeals by district and sub-district, and by service within it",
    ),
    "services": Phrase(
        "全市分事项诉求数及办理结果", "Appeals by service in the whole city, and what became of them"
    ),
}

Row = dict[str, Any]


def month_tables(
    month: str, cases: Iterable[OpenCase], directory: Directory, policy: OpenDataPolicy
) -> dict[str, list[Row]]:
    """The tables of a month, safe to publish."""
    counted = [each for each in (_generalised(case, directory) for case in cases) if each is not None]
    cells, sums = _linked(counted, directory, policy)
    shown = shown_cells(cells, sums, policy.smallest)
    return {
        "places": list(_places(month, cells, shown, directory)),
        "services": list(_services(month, counted, cells, shown, directory, policy)),
    }


def _generalised(case: OpenCase, directory: Directory) -> OpenCase | None:
    """The case by codes that the directory knows; None of what the city does not show in public."""
    service = directory.services.get(case.service_code or "")
    code = case.service_code if service else directory.policies.default_service
    if not directory.services[code or directory.policies.default_service].public:
        return None
    district = directory.district_of(case.subdistrict) or directory.district_of(case.district)
    subdistrict = case.subdistrict if district and case.subdistrict in directory.jurisdictions else None
    return case._replace(district=district, subdistrict=subdistrict, service_code=code)


# --- which counts there are, and how they hang together ----------------------------------------------


def _linked(
    counted: Iterable[OpenCase], directory: Directory, policy: OpenDataPolicy
) -> tuple[dict[Any, int], list[Sum]]:
    """City → districts → sub-districts → services, and city → services → sub-districts.

    Places that are not known are cells that are never listed: (None, None), (district, None).
    """
    leaves = Counter((case.district, case.subdistrict, case.service_code) for case in counted)
    services = sorted({str(service) for _, _, service in leaves})
    spots = sorted({(district or "", subdistrict or "") for district, subdistrict, _ in leaves})
    cells: dict[Any, int] = {}
    sums: list[Sum] = []
    by_service: dict[str, list[Any]] = {service: [] for service in services}
    by_district: dict[str, list[Any]] = {}
    for district, subdistrict in spots:
        parts = []
        for service in services:
            key = ("leaf", district, subdistrict, service)
            cells[key] = leaves[district or None, subdistrict or None, service]
            parts.append(key)
            by_service[service].append(key)
        spot = ("subdistrict", district, subdistrict)
        cells[spot] = sum(cells[part] for part in parts)
        sums.append(Sum(spot, tuple(parts)))
        by_district.setdefault(district, []).append(spot)
    for district, parts in by_district.items():
        cells["district", district] = sum(cells[part] for part in parts)
        sums.append(Sum(("district", district), tuple(parts)))
    cells["city",] = sum(cells["district", district] for district in by_district)
    sums.append(Sum(("city",), tuple(("district", district) for district in by_district)))
    for service, parts in by_service.items():
        cells["service", service] = sum(cells[part] for part in parts)
        sums.append(Sum(("service", service), tuple(parts), bands_from=policy.smallest))
    return cells, sums


# --- rows --------------------------------------------------------------------------------------------


def _places(month: str, cells: Mapping[Any, int], shown: set[Any], directory: Directory) -> Iterator[Row]:
    for key in sorted(shown, key=repr):
        match key:
            case ("city",):
                place, service = directory.city.code, ALL
            case ("district", str(place)) if place:
                service = ALL
            case ("subdistrict", _, str(place)) if place:
                service = ALL
            case ("leaf", _, str(place), str(service)) if place:
                pass
            case _:
                continue
        known = directory.jurisdictions[place]
        yield {
            "month": month,
            "level": known.level.value,
            "place_code": place,
            "place_zh": known.name_zh,
            "place_en": known.name_en,
            **_named(service, directory),
            "appeals": cells[key],
        }


def _services(
    month: str,
    counted: Iterable[OpenCase],
    cells: Mapping[Any, int],
    shown: set[Any],
    directory: Directory,
    policy: OpenDataPolicy,
) -> Iterator[Row]:
    by_service: dict[str, list[OpenCase]] = {}
    for case in counted:
        by_service.setdefault(str(case.service_code), []).append(case)
    for service, cases in sorted(by_service.items()):
        if ("service", service) not in shown:
            continue
        closed = [case for case in cases if case.closed]
        answered = [case.answers for case in closed if case.answers and len(case.answers) == 3]
        least, most = band(cells["service", service], policy.smallest)
        yield {
            "month": month,
            **_named(service, directory),
            "appeals_from": least,
            "appeals_to": most,
            "closed_share": _share(len(closed), len(cases), policy),
            "in_time_share": _share(sum(bool(case.handled_in_time) for case in closed), len(closed), policy),
            "resolved_share": _share(sum(each[1] == "y" for each in answered), len(answered), policy),
            "satisfied_share": _share(sum(each[2] == "y" for each in answered), len(answered), policy),
        }


def _share(part: int, whole: int, policy: OpenDataPolicy) -> int | None:
    """In coarse steps, of groups that are large enough, and never saying that all of them did, or none."""
    if whole < 4 * policy.smallest:
        return None
    percent = round(100 * part / whole / SHARE_STEP) * SHARE_STEP
    return min(max(percent, SHARE_STEP), 100 - SHARE_STEP)


def _named(service: str, directory: Directory) -> Row:
    if service == ALL:
        return {"service_code": ALL, "service_zh": "全部事项", "service_en": "All services"}
    known = directory.services[service]
    return {"service_code": service, "service_zh": known.name_zh, "service_en": known.name_en}


# --- dictionary --------------------------------------------------------------------------------------


def dictionary(policy: OpenDataPolicy) -> str:
    """The data dictionary in both languages, from the columns themselves (Markdown)."""
    lines = [
        "# 数据字典 · Data dictionary",
        "",
        f"小于 {policy.smallest} 的数不予公布；为防止推算，另有部分较大的数也不公布。未列出的组合为零或不予公布。"
        "保密举报和不公开事项不在其中。每月只公布一次，此后不再更改。",
        "",
        f"Counts below {policy.smallest} are withheld, and some larger ones so that these cannot be worked out. "
        "What is not listed is zero or withheld. Confidential reports and services that are not public are left out. A "
        "month is published once and never changed.",
    ]
    for table, columns in TABLES.items():
        lines += [
            "",
            f"## {table}: {ABOUT[table].zh} · {ABOUT[table].en}",
            "",
            "| Column | Type | 含义 | Meaning |",
            "|---|---|---|---|",
            *(f"| `{each.name}` | {each.kind} | {each.about.zh} | {each.about.en} |" for each in columns),
        ]
    return "\n".join(lines) + "\n"
