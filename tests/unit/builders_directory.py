"""Directories for tests: a tiny one that is quick to make and easy to hold in mind, and Beijing's.

The tiny city has two districts. 东区 has 河边街道 and 中山街道, 西区 has another 中山街道.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hotline.domain.directory import Directory
from hotline.domain.gazetteer import Rank, entry
from infrastructure.directory.loading import Loaded, load

BEIJING_FOLDER = Path(__file__).resolve().parents[2] / "infrastructure" / "directory" / "beijing"
TODAY = date(2026, 11, 23)

CITY = "990000"
EAST, WEST = "990101", "990102"
RIVERSIDE, EAST_ZHONGSHAN, WEST_ZHONGSHAN = "990101001", "990101002", "990102001"

_PLACES = {
    CITY: ("小城市", "Littleton", "city", None),
    EAST: ("东区", "East District", "district", CITY),
    WEST: ("西区", "West District", "district", CITY),
    RIVERSIDE: ("河边街道", "Riverside Subdistrict", "subdistrict", EAST),
    EAST_ZHONGSHAN: ("中山街道", "Zhongshan Subdistrict", "subdistrict", EAST),
    WEST_ZHONGSHAN: ("中山街道", "Zhongshan Subdistrict", "subdistrict", WEST),
}
_SERVICES = {
    "street.lamp": ("street", "路灯", "general", ["路灯", "street light"]),
    "street.noise": ("street", "噪声", "general", ["噪声", "扰民", "noise"]),
    "water.outage": ("water", "停水", "urgent", ["停水", "no water"]),
    "labour.wages": ("labour", "欠薪", "complex", ["工资", "欠薪"]),
    "other": ("other", "其他", "general", []),
}
_RULES = {
    "city/street": ("group:street", "*", "{subdistrict}"),
    "city/water": ("water.outage", "*", "waterworks"),
    "city/labour": ("group:labour", "*", "{district}"),
    "city/other": ("other", "*", "{subdistrict}"),
    "riverside/lamp": ("street.lamp", RIVERSIDE, "lamp-office"),
}
_NAMES = {
    "东区": entry(Rank.DISTRICT, [EAST]),
    "西区": entry(Rank.DISTRICT, [WEST]),
    "河边街道": entry(Rank.SUBDISTRICT, [RIVERSIDE]),
    "中山街道": entry(Rank.SUBDISTRICT, [EAST_ZHONGSHAN, WEST_ZHONGSHAN]),
    "柳树社区": entry(Rank.COMMUNITY, [WEST_ZHONGSHAN]),
}


_SIDE_HOURS = {
    "adjudication": 24,
    "assist": 72,
    "opinion": 24,
    "summons": 2,
    "supervision": 24,
    "escalation": 48,
    "extension": 12,
    "hold": 24,
    "callback": 24,
    "verification": 72,
    "review": 72,
}


def tiny_parts() -> dict[str, Any]:
    """The JSON parts of the tiny city, for a test to change and for a store to keep."""
    return {
        "core": {
            "city": {
                "code": CITY,
                "name_zh": "小城市",
                "name_en": "Littleton",
                "timezone": "Asia/Shanghai",
                "bounds": {"south": 39.0, "west": 116.0, "north": 41.0, "east": 118.0},
            },
            "jurisdictions": [
                {"code": code, "name_zh": zh, "name_en": en, "level": level, "parent": parent}
                for code, (zh, en, level, parent) in _PLACES.items()
            ],
            "groups": [{"group": group, "name_zh": group, "name_en": group} for group in ("street", "water")],
            "services": [_service(code, *facts) for code, facts in _SERVICES.items()],
            "policies": {"default_service": "other", "classifier_threshold": 0.4, "classifier_margin": 0.1},
            "sla": {
                "version": "sla-1",
                "tiers": [_tier("urgent", 2, 24), _tier("general", 24, 168), _tier("complex", 24, 360)],
                "survey_expiry": _days(7),
                "return_window": {"limit": {"amount": 24, "unit": "hours"}, "calendar_id": "24x7"},
                "side_rules": {name: _hours(amount) for name, amount in _SIDE_HOURS.items()},
                "extensions": {"count": 2, "longest": _days(10)},
                "holds": {"count": 1, "longest": _days(90)},
            },
            "formulas": [{"version": "formula-1"}],
            "calendars": [{"calendar_id": "24x7", "kind": "24x7", "timezone": "Asia/Shanghai"}],
            "emergency_words": {"着火": "119", "火灾": "119", "火灾隐患": "", "昏迷": "120"},
        },
        "agencies": [
            *(_agency(code, zh, level, code, parent) for code, (zh, _, level, parent) in _PLACES.items()),
            _agency("waterworks", "自来水公司", "utility", CITY, CITY),
            _agency("lamp-office", "路灯所", "department", CITY, CITY),
        ],
        "duty": {
            "rules": [_rule(rule_id, *facts) for rule_id, facts in _RULES.items()],
            "seats": {code: code for code in _PLACES},
        },
        "gazetteer": dict(_NAMES),
    }


def parts_with_calls() -> dict[str, Any]:
    """The tiny city, where who does not answer for six hours is called, and half of those who do once more."""
    parts = tiny_parts()
    after = {"limit": {"amount": 6, "unit": "hours"}, "calendar_id": "24x7"}
    parts["core"]["survey"] = {"plans": {"*": {"call_after": after}}, "verification_share": 0.5}
    return parts


def parts_with_ladder(calendar: dict[str, Any] | None = None) -> dict[str, Any]:
    """The tiny city with an escalation ladder for general matters, on a calendar of its own if one is given.

    Urge at the warning, supervise at the limit, to the district after one day, to the city after two.
    """
    parts = tiny_parts()
    if calendar is not None:
        parts["core"]["calendars"].append(calendar)
    calendar_id = calendar["calendar_id"] if calendar else "24x7"
    steps = (
        ("urge", "warn", 1, "minutes"),
        ("supervise", "breach", 1, "minutes"),
        ("escalate", "breach", 1, "days"),
        ("escalate", "breach", 2, "days"),
    )
    parts["core"]["sla"]["ladders"] = {
        "general": [
            {
                "rung": rung,
                "since": since,
                "after": {"limit": {"amount": amount, "unit": unit}, "calendar_id": calendar_id},
            }
            for rung, since, amount, unit in steps
        ]
    }
    return parts


def tiny_directory(parts: dict[str, Any] | None = None) -> Directory:
    """The tiny city, or one made from changed parts."""
    return Directory("2026-11-23-tiny", (parts or tiny_parts()).__getitem__)


class FixedDirectory:
    """``Directories`` that always has the same one."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def current(self) -> Directory:
        """The directory given."""
        return self._directory


@cache
def beijing_loaded() -> Loaded:
    """The folder of the repository, loaded once for all tests."""
    return load(BEIJING_FOLDER, TODAY)


@cache
def beijing() -> Directory:
    """The directory made from the folder of the repository."""
    return beijing_loaded().directory()


def duty_rule(
    rule_id: str, service: str, place: str, agency: str, since: str | None = None
) -> dict[str, Any]:
    """A rule of duty for ``parts["duty"]["rules"]``."""
    return {**_rule(rule_id, service, place, agency), "effective_from": since}


def _service(code: str, group: str, name: str, tier: str, keywords: list[str]) -> dict[str, Any]:
    return {
        "service_code": code,
        "group": group,
        "name_zh": name,
        "name_en": code,
        "keywords": keywords,
        "tier": tier,
        "types": ["consultation", "help", "complaint", "report", "suggestion"],
        "fields": [],
        "needs_contact": False,
        "public": True,
        "evidence_required": False,
    }


def _agency(agency_id: str, name: str, level: str, jurisdiction: str, parent: str | None) -> dict[str, Any]:
    return {
        "agency_id": agency_id,
        "name_zh": name,
        "name_en": name,
        "level": level,
        "jurisdiction": jurisdiction,
        "parent": parent,
        "languages": ["zh"],
        "calendar_id": "24x7",
    }


def _rule(rule_id: str, service: str, place: str, agency: str) -> dict[str, Any]:
    return {"rule_id": rule_id, "service": service, "place": place, "agency": agency, "effective_from": None}


def _tier(tier_id: str, dispatch_hours: int, handling_hours: int) -> dict[str, Any]:
    return {
        "tier_id": tier_id,
        "dispatch": _hours(dispatch_hours),
        "response": _hours(24),
        "handling": _hours(handling_hours),
    }


def _days(amount: int) -> dict[str, Any]:
    return {"limit": {"amount": amount, "unit": "days"}, "calendar_id": "24x7"}


def _hours(amount: int) -> dict[str, Any]:
    return {"limit": {"amount": amount, "unit": "hours"}, "calendar_id": "24x7", "warn_fraction": "0.75"}
