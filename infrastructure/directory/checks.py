"""What one line cannot know alone: whether the files of a folder fit together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, get_args
from zoneinfo import ZoneInfo

from hotline.domain.directory import (
    ANY_SERVICE,
    ANYWHERE,
    DISTRICT_SEAT,
    GROUP_PREFIX,
    SUBDISTRICT_SEAT,
    Level,
)
from hotline.domain.gazetteer import DISTRICT_DIGITS
from hotline.domain.lexicon import normalise
from hotline.domain.scoring import Formula
from hotline.domain.signal_rules import COUNTED_TO, SHARES, SignalCode
from hotline.domain.signals import plain
from hotline.domain.sla import SideRule
from hotline.domain.survey_policy import (
    ABOUT_CONCLUSION,
    ABOUT_HANDLING,
    ANY_TYPE,
    CHANNELS,
    QUESTION_FIELDS,
    in_order,
)
from infrastructure.directory.far_ends import check_far_ends
from infrastructure.directory.notices import check_notices
from infrastructure.directory.policies import POLICIES
from infrastructure.directory.reading import Folder, Line, Problems, R, file_of
from infrastructure.directory.replies import check_replies
from infrastructure.directory.rows import (
    AgencyRow,
    CalendarDayRow,
    CalendarRow,
    CalendarYearRow,
    CityRow,
    ClockRuleRow,
    CommunityRow,
    DutyRow,
    EmergencyRow,
    FieldRow,
    GroupRow,
    JurisdictionRow,
    PlaceNameRow,
    PolicyRow,
    ReplyTemplateRow,
    RungRow,
    ScoreGroupRow,
    ServiceRow,
    SideRuleRow,
    SignalRow,
    StockPhraseRow,
    SurveyPlanRow,
    SurveyQuestionRow,
    TierRow,
)

_SEATS = {Level.CITY, Level.DISTRICT, Level.SUBDISTRICT}
_PARENT_LEVEL = {Level.DISTRICT: Level.CITY, Level.SUBDISTRICT: Level.DISTRICT}
_LISTS = ("singlevaluelist", "multivaluelist")


def check(folder: Folder, today: date, problems: Problems) -> None:
    """Compare every file with the files that it speaks of."""
    _check_ids(folder, problems)
    _check_city(folder, problems)
    _check_references(folder, problems)
    _check_jurisdictions(folder, problems)
    _check_agencies(folder, problems)
    check_far_ends(folder, problems)
    _check_keywords(folder, problems)
    _check_fields(folder, problems)
    _check_tiers(folder, problems)
    _check_side_rules(folder, problems)
    _check_surveys(folder, problems)
    _check_signals(folder, problems)
    _check_formulas(folder, problems)
    check_notices(folder, problems)
    check_replies(folder, problems)
    _check_policies(folder, problems)
    _check_duty(folder, today, problems)


def _ids(folder: Folder, kind: type[R], column: str) -> set[Any]:
    return {getattr(line.row, column) for line in folder.rows(kind)}


def _once(folder: Folder, kind: type[R], column: str, key: Callable[[R], object], problems: Problems) -> None:
    seen: dict[object, int] = {}
    for line in folder.rows(kind):
        first = seen.setdefault(key(line.row), line.number)
        if first != line.number:
            problems.error(file_of(kind), line.number, column, f"is there already in line {first}")


def _check_ids(folder: Folder, problems: Problems) -> None:
    _once(folder, JurisdictionRow, "code", lambda row: row.code, problems)
    _once(folder, AgencyRow, "agency_id", lambda row: row.agency_id, problems)
    _once(folder, GroupRow, "group", lambda row: row.group, problems)
    _once(folder, ServiceRow, "service_code", lambda row: row.service_code, problems)
    _once(folder, FieldRow, "code", lambda row: (row.service_code, row.code), problems)
    _once(folder, DutyRow, "rule_id", lambda row: row.rule_id, problems)
    _once(folder, TierRow, "tier", lambda row: row.tier, problems)
    _once(folder, ClockRuleRow, "clock", lambda row: (row.tier, row.clock), problems)
    _once(folder, SideRuleRow, "asked", lambda row: row.asked, problems)
    _once(folder, SurveyPlanRow, "appeal_type", lambda row: row.appeal_type, problems)
    _once(folder, SurveyQuestionRow, "field", lambda row: (row.questions, row.field), problems)
    _once(folder, RungRow, "step", lambda row: (row.tier, row.step), problems)
    _once(folder, CalendarRow, "calendar_id", lambda row: row.calendar_id, problems)
    _once(folder, CalendarDayRow, "date", lambda row: (row.calendar_id, row.date), problems)
    _once(folder, CalendarYearRow, "year", lambda row: (row.calendar_id, row.year), problems)
    _once(folder, Formula, "version", lambda row: row.version, problems)
    _once(folder, Formula, "effective_from", lambda row: row.effective_from, problems)
    _once(folder, ScoreGroupRow, "score_group", lambda row: row.score_group, problems)
    _once(folder, PolicyRow, "policy", lambda row: row.policy, problems)
    _once(folder, EmergencyRow, "word", lambda row: normalise(row.word), problems)
    _once(folder, SignalRow, "code", lambda row: row.code, problems)
    _once(folder, StockPhraseRow, "phrase", lambda row: plain(row.phrase), problems)
    _once(folder, ReplyTemplateRow, "code", lambda row: row.code, problems)
    _once(folder, CommunityRow, "community_code", lambda row: row.community_code, problems)
    _once(folder, PlaceNameRow, "name", lambda row: normalise(row.name), problems)


def _check_city(folder: Folder, problems: Problems) -> None:
    lines = folder.rows(CityRow)
    if len(lines) != 1:
        problems.error("city.csv", 1, "code", f"one line is needed, {len(lines)} found")
    for line in lines:
        try:
            ZoneInfo(line.row.timezone)
        except (KeyError, ValueError, OSError):
            problems.error("city.csv", line.number, "timezone", f"no time zone {line.row.timezone!r}")
        if line.row.south >= line.row.north or line.row.west >= line.row.east:
            problems.error("city.csv", line.number, "south", "the box is empty: south < north, west < east")


def _check_references(folder: Folder, problems: Problems) -> None:
    jurisdictions = _ids(folder, JurisdictionRow, "code")
    agencies = _ids(folder, AgencyRow, "agency_id")
    calendars = _ids(folder, CalendarRow, "calendar_id")
    services = _ids(folder, ServiceRow, "service_code")
    tiers = _ids(folder, TierRow, "tier")
    references: list[tuple[type[Any], str, str, set[Any]]] = [
        (CityRow, "code", "jurisdiction", jurisdictions),
        (JurisdictionRow, "parent", "jurisdiction", jurisdictions),
        (AgencyRow, "jurisdiction", "jurisdiction", jurisdictions),
        (AgencyRow, "parent", "agency", agencies),
        (AgencyRow, "calendar_id", "calendar", calendars),
        (AgencyRow, "score_group", "group of like agencies", _ids(folder, ScoreGroupRow, "score_group")),
        (ServiceRow, "group", "service group", _ids(folder, GroupRow, "group")),
        (ServiceRow, "tier", "tier", tiers),
        (FieldRow, "service_code", "service", services),
        (ClockRuleRow, "tier", "tier", tiers),
        (ClockRuleRow, "calendar_id", "calendar", calendars),
        (SideRuleRow, "calendar_id", "calendar", calendars),
        (SurveyPlanRow, "call_calendar", "calendar", calendars),
        (SurveyPlanRow, "expiry_calendar", "calendar", calendars),
        (SurveyPlanRow, "change_calendar", "calendar", calendars),
        (SurveyPlanRow, "questions", "wording", _ids(folder, SurveyQuestionRow, "questions")),
        (RungRow, "tier", "tier", tiers),
        (RungRow, "calendar_id", "calendar", calendars),
        (CalendarDayRow, "calendar_id", "calendar", calendars),
        (CalendarYearRow, "calendar_id", "calendar", calendars),
        (PolicyRow, "calendar_id", "calendar", calendars),
        (CommunityRow, "place", "jurisdiction", jurisdictions),
    ]
    for kind, column, what, known in references:
        for line in folder.rows(kind):
            _must_exist(kind, line, column, getattr(line.row, column), what, known, problems)
    for place in folder.rows(PlaceNameRow):
        for code in place.row.codes:
            _must_exist(PlaceNameRow, place, "codes", code, "jurisdiction", jurisdictions, problems)


def _must_exist(
    kind: type[Any],
    line: Line[Any],
    column: str,
    value: str | None,
    what: str,
    known: set[Any],
    problems: Problems,
) -> None:
    if value is not None and value not in known:
        problems.error(file_of(kind), line.number, column, f"no {what} {value!r}")


def _check_jurisdictions(folder: Folder, problems: Problems) -> None:
    rows = {line.row.code: line.row for line in folder.rows(JurisdictionRow)}
    for line in folder.rows(JurisdictionRow):
        row, name = line.row, "jurisdictions.csv"
        expected = _PARENT_LEVEL.get(row.level)
        parent = rows.get(row.parent or "")
        if expected is None and row.parent:
            problems.error(name, line.number, "parent", "the city has no parent")
        elif expected and (parent is None or parent.level is not expected):
            problems.error(name, line.number, "parent", f"must be a {expected}, found {row.parent!r}")
        elif row.level is Level.SUBDISTRICT and row.code[:DISTRICT_DIGITS] != row.parent:
            problems.error(name, line.number, "code", f"does not begin with its district {row.parent}")
    _report_cycles(
        file_of(JurisdictionRow),
        {line.row.code: (line.row.parent, line.number) for line in folder.rows(JurisdictionRow)},
        problems,
    )


def _report_cycles(name: str, parents: Mapping[str, tuple[str | None, int]], problems: Problems) -> None:
    for start, (_, number) in parents.items():
        seen, current = {start}, parents[start][0]
        while current is not None and current not in seen and current in parents:
            seen.add(current)
            current = parents[current][0]
        if current == start:
            problems.error(name, number, "parent", f"{start!r} is its own ancestor")


def _check_agencies(folder: Folder, problems: Problems) -> None:
    levels = {line.row.code: line.row.level for line in folder.rows(JurisdictionRow)}
    seats: dict[str, int] = {}
    for line in folder.rows(AgencyRow):
        row = line.row
        if row.level not in _SEATS:
            continue
        if row.jurisdiction in levels and levels[row.jurisdiction] is not row.level:
            what = f"a {row.level} agency cannot govern a {levels[row.jurisdiction]} ({row.jurisdiction})"
            problems.error("agencies.csv", line.number, "jurisdiction", what)
        first = seats.setdefault(row.jurisdiction, line.number)
        if first != line.number:
            what = f"{row.jurisdiction} is governed by line {first} already"
            problems.error("agencies.csv", line.number, "jurisdiction", what)
    for place in folder.rows(JurisdictionRow):
        if place.row.code not in seats:
            problems.error("jurisdictions.csv", place.number, "code", "no agency governs this place")
    _report_cycles(
        "agencies.csv",
        {line.row.agency_id: (line.row.parent, line.number) for line in folder.rows(AgencyRow)},
        problems,
    )


def _check_keywords(folder: Folder, problems: Problems) -> None:
    seen: dict[str, tuple[str, int]] = {}
    for line in folder.rows(ServiceRow):
        for column in ("keywords_zh", "keywords_en"):
            for word in map(normalise, getattr(line.row, column)):
                if len(word) < 2:
                    problems.error(
                        "services.csv", line.number, column, f"{word!r} is too short to mean anything"
                    )
                service, number = seen.setdefault(word, (line.row.service_code, line.number))
                if service != line.row.service_code:
                    what = f"{word!r} is a keyword of {service!r} in line {number} already"
                    problems.error("services.csv", line.number, column, what)


def _check_fields(folder: Folder, problems: Problems) -> None:
    for line in folder.rows(FieldRow):
        is_list = line.row.datatype in _LISTS
        if is_list != bool(line.row.values):
            what = "a list needs values" if is_list else f"a {line.row.datatype} has no values"
            problems.error("service_fields.csv", line.number, "values", what)
        for value in line.row.values:
            key, equals, names = value.partition("=")
            if not (key.strip() and equals and "/" in names):
                what = f"{value!r} must be written key=中文/English"
                problems.error("service_fields.csv", line.number, "values", what)


def _check_tiers(folder: Folder, problems: Problems) -> None:
    given = {(line.row.tier, line.row.clock) for line in folder.rows(ClockRuleRow)}
    for line in folder.rows(TierRow):
        for clock in ("dispatch", "response", "handling"):
            if (line.row.tier, clock) not in given:
                problems.error(
                    "sla_tiers.csv", line.number, "tier", f"has no {clock} limit in sla_clock_rules.csv"
                )


def _check_side_rules(folder: Folder, problems: Problems) -> None:
    given = _ids(folder, SideRuleRow, "asked")
    for name in sorted(set(get_args(SideRule)) - given):
        problems.error("sla_side_rules.csv", 1, "asked", f"{name!r} is missing")


def _check_surveys(folder: Folder, problems: Problems) -> None:
    name = "survey_plans.csv"
    if folder.texts.get(name) and ANY_TYPE not in _ids(folder, SurveyPlanRow, "appeal_type"):
        problems.error(name, 1, "appeal_type", "a line for * is needed: how everybody else is asked")
    for line in folder.rows(SurveyPlanRow):
        row = line.row
        for column, parts in (
            ("call_after", (row.call_after, row.call_unit, row.call_calendar)),
            ("expiry", (row.expiry, row.expiry_unit, row.expiry_calendar)),
        ):
            if len({part is None for part in parts}) > 1:
                problems.error(
                    name, line.number, column, "needs an amount, a unit and a calendar, or none of them"
                )
        if not in_order(row.channels):
            problems.error(
                name, line.number, "channels", f"some of {'|'.join(CHANNELS)}, each once and in that order"
            )
        if row.call_after is not None and "phone" not in row.channels:
            problems.error(name, line.number, "call_after", "phone is not among the channels")
        if "phone" in row.channels and row.call_after is None:
            problems.error(name, line.number, "call_after", "says after how long an operator calls")
    name, given = (
        "survey_questions.csv",
        Counter(line.row.questions for line in folder.rows(SurveyQuestionRow)),
    )
    for wording in sorted({ABOUT_HANDLING, ABOUT_CONCLUSION} - set(given)):
        problems.error(name, 1, "questions", f"{wording!r} is missing")
    for wording, questions in given.items():
        if questions < len(QUESTION_FIELDS):
            problems.error(name, 1, "field", f"{wording!r} does not word all of {', '.join(QUESTION_FIELDS)}")


def _check_signals(folder: Folder, problems: Problems) -> None:
    for code in sorted(set(get_args(SignalCode)) - _ids(folder, SignalRow, "code")):
        problems.error("signals.csv", 1, "code", f"{code!r} is missing; a weight of 0 switches it off")
    for line in folder.rows(SignalRow):
        if line.row.code in SHARES and line.row.threshold > 1:
            problems.error("signals.csv", line.number, "threshold", "is a share: from 0 to 1")
        if line.row.code in COUNTED_TO and line.row.threshold > COUNTED_TO[line.row.code]:
            most = COUNTED_TO[line.row.code]
            problems.error("signals.csv", line.number, "threshold", f"is never reached: counted up to {most}")
        for column in ("why_zh", "why_en"):
            unknown = set(re.findall(r"\{(.*?)\}", getattr(line.row, column))) - {"value", "threshold"}
            if unknown:
                known = "{value} and {threshold}"
                problems.error("signals.csv", line.number, column, f"only {known} are filled in")
    for phrase in folder.rows(StockPhraseRow):
        if not plain(phrase.row.phrase):
            problems.error("stock_phrases.csv", phrase.number, "phrase", "holds neither letter nor digit")


def _check_formulas(folder: Folder, problems: Problems) -> None:
    formulas = folder.rows(Formula)
    if folder.texts.get("formulas.csv") and all(line.row.effective_from for line in formulas):
        what = "one formula without it is needed: it scores every month before the others begin"
        problems.error("formulas.csv", 1, "effective_from", what)


def _check_policies(folder: Folder, problems: Problems) -> None:
    known_values = {
        "default_service": _ids(folder, ServiceRow, "service_code"),
        "notice_hours": _ids(folder, CalendarRow, "calendar_id"),
        "call_calendar": _ids(folder, CalendarRow, "calendar_id"),
    }
    given = {line.row.policy: line for line in folder.rows(PolicyRow)}
    for name in POLICIES.keys() - given.keys():
        problems.error("policies.csv", 1, "policy", f"{name!r} is missing")
    for name, line in given.items():
        if name not in POLICIES:
            known = ", ".join(POLICIES)
            problems.error("policies.csv", line.number, "policy", f"no policy {name!r}; known are {known}")
        elif complaint := POLICIES[name](line.row):
            problems.error("policies.csv", line.number, "value", complaint)
        elif line.row.value not in known_values.get(name, {line.row.value}):
            problems.error("policies.csv", line.number, "value", f"nothing is called {line.row.value!r}")


def _check_duty(folder: Folder, today: date, problems: Problems) -> None:
    lines = folder.rows(DutyRow)
    for line in lines:
        _check_duty_references(folder, line, problems)
    _once(
        folder, DutyRow, "effective_from", lambda row: (row.service, row.place, row.effective_from), problems
    )
    _report_superseded(lines, today, problems)
    _report_hidden_groups(folder, lines, problems)
    everywhere = {
        line.row.service
        for line in lines
        if line.row.place == ANYWHERE and (line.row.effective_from or today) <= today
    }
    for service in folder.rows(ServiceRow):
        targets = {service.row.service_code, GROUP_PREFIX + service.row.group, ANY_SERVICE}
        if not targets & everywhere:
            what = f"no duty rule covers {service.row.service_code!r} in the whole city"
            problems.error("services.csv", service.number, "service_code", what)


def _check_duty_references(folder: Folder, line: Line[DutyRow], problems: Problems) -> None:
    row = line.row
    targets = _ids(folder, ServiceRow, "service_code") | {ANY_SERVICE}
    targets |= {GROUP_PREFIX + group for group in _ids(folder, GroupRow, "group")}
    places = _ids(folder, JurisdictionRow, "code") | {ANYWHERE}
    agencies = _ids(folder, AgencyRow, "agency_id") | {SUBDISTRICT_SEAT, DISTRICT_SEAT}
    _must_exist(DutyRow, line, "service", row.service, "service or group", targets, problems)
    _must_exist(DutyRow, line, "place", row.place, "place", places, problems)
    _must_exist(DutyRow, line, "agency", row.agency, "agency", agencies, problems)


def _report_superseded(lines: Iterable[Line[DutyRow]], today: date, problems: Problems) -> None:
    newest: dict[tuple[str, str], Line[DutyRow]] = {}
    in_force = [line for line in lines if (line.row.effective_from or today) <= today]
    for line in sorted(in_force, key=lambda each: each.row.effective_from or date.min):
        target = (line.row.service, line.row.place)
        if target in newest:
            older = newest[target]
            what = f"never applies any more: {line.row.rule_id!r} in line {line.number} has replaced it"
            problems.warn("duty_rules.csv", older.number, "rule_id", what)
        newest[target] = line


def _report_hidden_groups(folder: Folder, lines: Iterable[Line[DutyRow]], problems: Problems) -> None:
    """A group's rule is dead when every service of the group has a rule of its own for that place."""
    services = {line.row.service_code: line.row.group for line in folder.rows(ServiceRow)}
    sizes = Counter(services.values())
    own: Counter[tuple[str, str]] = Counter()
    for service, place in {(each.row.service, each.row.place) for each in lines}:
        if service in services:
            own[services[service], place] += 1
    for line in lines:
        group = line.row.service.removeprefix(GROUP_PREFIX)
        if line.row.service.startswith(GROUP_PREFIX) and 0 < sizes[group] == own[group, line.row.place]:
            what = f"can never apply: every service of {group!r} has a rule of its own for {line.row.place}"
            problems.error("duty_rules.csv", line.number, "service", what)
