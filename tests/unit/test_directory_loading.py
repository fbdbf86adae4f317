"""Checking a folder of CSV files: every mistake is found, with its file, line and column."""

from __future__ import annotations

import shutil
from calendar import isleap
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hotline.domain.calendar import WorkCalendar
from infrastructure.directory import calendars
from infrastructure.directory.loading import Loaded, load
from infrastructure.directory.public_holidays import announced_workday, lawful_workday, published
from infrastructure.directory.rows import FILES, OPTIONAL
from tests.unit.builders_directory import BEIJING_FOLDER, TODAY, beijing_loaded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BEIJING_FOLDER, tmp_path / "city"))


def replace(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(folder: Path, name: str, *lines: str) -> int:
    """Add lines and return the number of the first."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return text.count("\n") + 1


def problems(folder: Path, today: date = TODAY) -> list[str]:
    return [str(problem) for problem in load(folder, today).problems.errors]


MISTAKES = [
    ("agencies.csv", "x-1,甲,A,department,110000,nobody,zh,office", "parent: no agency 'nobody'"),
    ("agencies.csv", "x-1,甲,A,department,999999,,zh,office", "jurisdiction: no jurisdiction '999999'"),
    ("agencies.csv", "x-1,甲,A,department,110000,,zh,never", "calendar_id: no calendar 'never'"),
    (
        "agencies.csv",
        "x-1,甲,A,department,110000,,zh,office,odd",
        "score_group: no group of like agencies 'odd'",
    ),
    ("agencies.csv", "x-1,甲,A,ministry,110000,,zh,office", "level: Input should be 'city', 'district'"),
    ("agencies.csv", "x-1,甲,A,department,110000,,fr,office", "languages: Input should be 'zh' or 'en'"),
    ("agencies.csv", "X 1,甲,A,department,110000,,zh,office", "agency_id: String should match pattern"),
    ("agencies.csv", "x-1,,A,department,110000,,zh,office", "name_zh: is empty"),
    ("agencies.csv", "110105,甲,A,department,110000,,zh,office", "agency_id: is there already in line"),
    ("agencies.csv", "x-1,甲,A,district,110105,,zh,office", "jurisdiction: 110105 is governed by line"),
    (
        "agencies.csv",
        "x-1,甲,A,district,110105001,,zh,office",
        "jurisdiction: a district agency cannot govern",
    ),
    ("agencies.csv", "x-1,甲,A,department,110000,x-1,zh,office", "parent: 'x-1' is its own ancestor"),
    (
        "agencies.csv",
        "x-1,甲,A,department,110000,,zh,office,,more",
        "-: 10 cells, but the header has 9 columns",
    ),
    ("open311_agencies.csv", "nobody,https://a.example/v2,json,,*=X", "agency_id: no agency 'nobody'"),
    ("open311_agencies.csv", "110105,http://a.example/v2,json,,*=X", "endpoint: must begin with https://"),
    (
        "open311_agencies.csv",
        "110105,https://a.example/v2?k=1,json,,*=X",
        "endpoint: must be host and path alone",
    ),
    ("open311_agencies.csv", "110105,https://169.254.169.254/v2,json,,*=X", "endpoint: is an address inside"),
    ("open311_agencies.csv", "110105,https://a.example/v2,json,,a.b=X", "services: no service 'a.b'"),
    ("open311_agencies.csv", "110105,https://a.example/v2,json,,*", "services: '*' has no code"),
    ("jurisdictions.csv", "110199,新区,New District,district,110000", "code: no agency governs this place"),
    (
        "jurisdictions.csv",
        "110199,新区,New District,district,110105",
        "parent: must be a city, found '110105'",
    ),
    ("jurisdictions.csv", "110106999,甲街道,A,subdistrict,110105", "code: does not begin with its district"),
    ("services.csv", "a.b,none,甲,A,general,help,no,no,no,,", "group: no service group 'none'"),
    ("services.csv", "a.b,other,甲,A,leisurely,help,no,no,no,,", "tier: no tier 'leisurely'"),
    ("services.csv", "a.b,other,甲,A,general,praise,no,no,no,,", "types: Input should be 'consultation'"),
    (
        "services.csv",
        "a.b,other,甲,A,general,help,maybe,no,no,,",
        "needs_contact: Input should be a valid boolean",
    ),
    (
        "services.csv",
        "a.b,other,甲,A,general,help,no,no,no,路灯,",
        "keywords_zh: '路灯' is a keyword of 'road.lighting'",
    ),
    ("services.csv", "a.b,other,甲,A,general,help,no,no,no,灯,", "keywords_zh: '灯' is too short"),
    ("services.csv", "a.b,other,甲,A,general,help,no,no,no,,", "service_code: no duty rule covers 'a.b'"),
    ("service_fields.csv", "no.such,1,a,string,no,甲,A,", "service_code: no service 'no.such'"),
    ("service_fields.csv", "other,1,a,singlevaluelist,no,甲,A,", "values: a list needs values"),
    ("service_fields.csv", "other,1,a,string,no,甲,A,b=乙/B", "values: a string has no values"),
    ("service_fields.csv", "other,1,a,singlevaluelist,no,甲,A,b乙", "values: 'b乙' must be written key="),
    ("service_fields.csv", "other,zero,a,string,no,甲,A,", "order: Input should be a valid integer"),
    ("duty_rules.csv", "x/1,no.such,*,gas,", "service: no service or group 'no.such'"),
    ("duty_rules.csv", "x/1,group:none,*,gas,", "service: no service or group 'group:none'"),
    ("duty_rules.csv", "x/1,gas.leak,999999,gas,", "place: no place '999999'"),
    ("duty_rules.csv", "x/1,gas.leak,110105,nobody,", "agency: no agency 'nobody'"),
    ("duty_rules.csv", "x/1,gas.leak,*,heating,", "effective_from: is there already in line"),
    ("duty_rules.csv", "x/1,gas.leak,110105,gas,soon", "effective_from: Input should be a valid date"),
    ("duty_rules.csv", "x/1,group:gas-heat,*,gas,", "service: can never apply: every service of 'gas-heat'"),
    ("sla_tiers.csv", "slow,慢,Slow", "tier: has no dispatch limit"),
    ("sla_clock_rules.csv", "general,reopen,0,days,office,0.8", "amount: Input should be greater than 0"),
    (
        "sla_clock_rules.csv",
        "general,reopen,7,weeks,office,0.8",
        "unit: Input should be 'minutes', 'hours' or",
    ),
    ("sla_clock_rules.csv", "general,reopen,7,days,office,1.5", "warn_fraction: String should match pattern"),
    ("sla_side_rules.csv", "assist,3,days,office,0.8,", "asked: is there already in line"),
    ("sla_side_rules.csv", "picnic,3,days,office,0.8,", "asked: Input should be"),
    ("sla_ladders.csv", "general,1,urge,warn,1,hours,office,", "step: is there already in line"),
    ("sla_ladders.csv", "nobody,1,urge,warn,1,hours,office,", "tier: "),
    ("sla_ladders.csv", "general,9,shout,warn,1,hours,office,", "rung: Input should be"),
    ("policies.csv", "extension_count,often,,,", "policy: is there already in line"),
    (
        "survey_plans.csv",
        "report,both,phone|message,1,days,24x7,,,,24,hours,24x7,handling",
        "channels: some of message|phone|web, each once and in that order",
    ),
    (
        "formulas.csv",
        "f-2,202701,closed/answered,,,,,,,,,,,",
        "response: Value error, closed / answered can exceed",
    ),
    ("formulas.csv", "f-2,202701,,,,,,0,0,0,,,,", "-: Value error, at least one weight"),
    ("formulas.csv", "f-2,202713,,,,,,,,,,,,", "effective_from: String should match pattern"),
    ("formulas.csv", "f-2,,,,,,,,,,,,,", "effective_from: is there already in line"),
    ("score_groups.csv", "district,又是区,Districts again", "score_group: is there already in line"),
    ("calendars.csv", "x1,甲,A,statutory,18:00-09:00", "windows:"),
    ("calendars.csv", "x1,甲,A,statutory,nine to five", "windows: not a time of day"),
    (
        "calendars.csv",
        "x1,甲,A,statutory,09:00-12:00|11:00-13:00",
        "windows: Value error, windows must be in",
    ),
    ("calendars.csv", "x1,甲,A,daily,", "windows: Value error, a daily calendar needs windows"),
    ("calendars.csv", "x1,甲,A,24x7,,5=09:00-12:00", "windows: Value error, a 24x7 calendar has none"),
    ("calendars.csv", "x1,甲,A,weekly,09:00-12:00", "kind: Input should be '24x7', 'daily' or"),
    ("calendars.csv", "x1,甲,A,daily,09:00-12:00,8=09:00-12:00", "weekday_windows: '8=09:00-12:00' must be"),
    ("calendars.csv", "x1,甲,A,daily,09:00-12:00,Friday", "weekday_windows: 'Friday' must be written"),
    ("calendars.csv", "x1,甲,A,daily,09:00-12:00,5=noon", "weekday_windows: not a time of day"),
    (
        "calendars.csv",
        "x1,甲,A,daily,09:00-12:00,5=12:00-09:00",
        "weekday_windows: Value error, a window must",
    ),
    (
        "calendars.csv",
        "x1,甲,A,daily,09:00-12:00,5=|5=09:00-12:00",
        "weekday_windows: weekday 5 is closed and",
    ),
    (
        "calendars.csv",
        "x1,甲,A,daily,09:00-12:00,5=09:00-12:00|5=",
        "weekday_windows: weekday 5 is closed and",
    ),
    (
        "calendars.csv",
        "x1,甲,A,daily,09:00-12:00,5=10:00-12:00|5=09:00-11:00",
        "weekday_windows: Value error, windows must be in order",
    ),
    (
        "calendars.csv",
        "x1,甲,A,daily,09:00-12:00,1=|2=|3=|4=|5=|6=|7=",
        "windows: Value error, a daily calendar must open on some weekday",
    ),
    ("calendar_days.csv", "office,2031-01-01,closed,", "date: 2031 is not a known year"),
    ("calendar_days.csv", "daytime,2026-10-01,closed,", "calendar_id: a daily calendar has no holidays"),
    ("policies.csv", "no_such,1,,,", "policy: no policy 'no_such'"),
    ("emergency_words.csv", "救命,999,", "number: Input should be '110', '119', '120' or '122'"),
    ("emergency_words.csv", "着火,119,", "word: is there already in line"),
    ("gazetteer.csv", "110105999001,甲社区居委会,110105999", "place: no jurisdiction '110105999'"),
    ("places.csv", "某地,110105|999999,", "codes: no jurisdiction '999999'"),
]


@pytest.mark.parametrize(("name", "line", "complaint"), MISTAKES)
def test_a_mistake_is_reported_with_file_line_and_column(
    folder: Path, name: str, line: str, complaint: str
) -> None:
    number = append(folder, name, line)

    found = [each for each in problems(folder) if each.startswith(f"{name}:{number}: {complaint}")]

    assert len(found) == 1, problems(folder)


def test_all_mistakes_are_reported_at_once(folder: Path) -> None:
    append(folder, "agencies.csv", "x-1,甲,A,department,110000,nobody,zh,never")
    append(folder, "duty_rules.csv", "x/1,no.such,*,nobody,")

    assert len(problems(folder)) == 4


def test_a_cycle_of_parents_is_found(folder: Path) -> None:
    first = append(
        folder,
        "agencies.csv",
        "x-1,甲,A,department,110000,x-2,zh,office",
        "x-2,乙,B,department,110000,x-1,zh,office",
    )

    assert problems(folder) == [
        f"agencies.csv:{first}: parent: 'x-1' is its own ancestor",
        f"agencies.csv:{first + 1}: parent: 'x-2' is its own ancestor",
    ]


def test_a_line_number_counts_line_breaks_within_cells(folder: Path) -> None:
    number = append(folder, "places.csv", '某地,110105,"two', 'lines"', "另一地,999999,")

    assert problems(folder) == [f"places.csv:{number + 2}: codes: no jurisdiction '999999'"]


def test_a_missing_file_an_unknown_column_and_a_wrong_encoding_are_reported(folder: Path) -> None:
    (folder / "places.csv").unlink()
    replace(folder, "city.csv", "name_en", "name_fr")
    (folder / "policies.csv").write_bytes("policy,value,unit,calendar_id,note\n中文".encode("gb18030"))

    found = problems(folder)

    assert any(each.startswith("places.csv:0: -: the file is missing") for each in found)
    assert any(each.startswith("city.csv:1: name_fr: unknown column") for each in found)
    assert "city.csv:1: name_en: the column is missing" in found
    assert any(each.startswith("policies.csv:0: -: not UTF-8") for each in found)


def test_an_empty_folder_is_all_missing_files(tmp_path: Path) -> None:
    found = problems(tmp_path)

    missing = {f"{name}:0" for name in FILES if name not in OPTIONAL}
    assert missing <= {":".join(each.split(":")[:2]) for each in found}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("classifier_threshold,0.3", "classifier_threshold,30", "must be between 0 and 1"),
        ("survey_expiry,7,days,24x7", "survey_expiry,7,,", "needs a unit and a calendar_id"),
        ("survey_expiry,7,", "survey_expiry,-7,", "must be a whole number above 0 (found '-7')"),
        ("default_service,other", "default_service,none", "nothing is called 'none'"),
        ("unanswered_unresolved,reopen", "unanswered_unresolved,shrug", "must be one of reopen, close"),
        ("sla_version,sla-1,,", "sla_version,sla-1,days,", "takes no unit and no calendar"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(folder: Path, old: str, new: str, complaint: str) -> None:
    replace(folder, "policies.csv", old, new)

    assert [each.split(": ", 2)[2] for each in problems(folder)] == [complaint]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(folder: Path) -> None:
    for name in FILES:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))

    assert load(folder, TODAY).fingerprint == beijing_loaded().fingerprint


def test_a_note_line_is_no_row(folder: Path) -> None:
    append(folder, "agencies.csv", "# agencies of the province,,,,,,,")

    assert problems(folder) == []


def test_one_changed_cell_makes_another_version(folder: Path) -> None:
    replace(folder, "city.csv", "Beijing", "Peking")

    assert load(folder, TODAY).fingerprint != beijing_loaded().fingerprint


def test_a_rule_that_another_has_replaced_is_pointed_out(folder: Path) -> None:
    append(folder, "duty_rules.csv", "x/leak,gas.leak,*,heating,2026-01-01")

    warnings = [str(each) for each in load(folder, TODAY).problems.warnings]

    assert any("never applies any more: 'x/leak'" in each for each in warnings)


@pytest.fixture
def holidays_end_in_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "published", lambda year: year <= 2026)


def warnings_about_holidays(loaded: Loaded) -> list[str]:
    return [each.message for each in loaded.problems.warnings if each.file == "calendars.csv"]


def office(loaded: Loaded) -> WorkCalendar:
    return loaded.directory().calendars["office"]


@pytest.mark.usefixtures("holidays_end_in_2026")
def test_a_year_end_without_next_years_notice_is_a_warning_that_says_what_to_do() -> None:
    (message,) = warnings_about_holidays(load(BEIJING_FOLDER, TODAY))

    assert "From 2026-12-11 on, a limit of 15 days on calendar 'office'" in message
    assert "provisional holidays for 2027" in message
    assert "upgrade the package chinesecalendar" in message
    assert "calendar_days.csv" in message
    assert "already printed on orders stand" in message


def test_in_spring_nothing_is_said_about_next_year() -> None:
    assert warnings_about_holidays(load(BEIJING_FOLDER, date(2026, 3, 2))) == []


@pytest.mark.usefixtures("holidays_end_in_2026")
@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1), date(2029, 7, 1)])
def test_on_any_day_a_calendar_reaches_two_years_beyond_this_one(today: date) -> None:
    loaded = load(BEIJING_FOLDER, today)

    assert loaded.problems.errors == []
    years = range(today.year - 1, today.year + 3)
    assert office(loaded).years == set(years)
    assert office(loaded).provisional_years == {year for year in years if year > 2026}


@pytest.mark.usefixtures("holidays_end_in_2026")
def test_a_year_that_has_begun_without_its_notice_is_worked_with_and_warned_of() -> None:
    loaded = load(BEIJING_FOLDER, date(2027, 1, 4))

    (message,) = warnings_about_holidays(loaded)
    assert "From 2027-01-04 on" in message
    assert loaded.problems.errors == []


def test_a_provisional_year_has_the_thirteen_days_of_the_law_and_no_make_up_days() -> None:
    calendar = office(load(BEIJING_FOLDER, TODAY))
    off = sorted(day for day in calendar.closed_on if day.year == 2027)

    assert [f"{day:%m-%d}" for day in off] == [
        *(
            "01-01",
            "02-05",
            "02-08",
            "02-09",
            "02-10",
        ),  # New Year; Spring Festival, two days of it made up for
        *("04-05", "05-03", "05-04", "06-09", "09-15"),  # Labour Day fell on a weekend
        *("10-01", "10-04", "10-05"),
    ]
    assert not [day for day in calendar.opened_on if day.year == 2027]


@pytest.mark.parametrize("year", range(2010, 2027))
def test_two_sources_say_the_same_of_every_day_that_was_ever_announced(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365 + isleap(year))]
    assert published(year)
    assert [day for day in days if lawful_workday(day) != announced_workday(day)] == []


def test_a_limit_that_no_calendar_can_reach_is_a_mistake(folder: Path) -> None:
    replace(folder, "sla_clock_rules.csv", "complex,handling,15,days", "complex,handling,900,days")

    (found,) = problems(folder)

    assert "a limit of 900 days on calendar 'office' reaches 2029" in found


def test_a_day_of_a_provisional_year_can_be_overruled_by_hand(folder: Path) -> None:
    append(folder, "calendar_days.csv", "office,2027-02-11,closed,the city's own day")

    calendar = office(load(folder, TODAY))

    assert not calendar.is_working_day(date(2027, 2, 11))
    assert 2027 in calendar.provisional_years


def test_a_calendar_may_have_other_windows_on_some_weekdays(folder: Path) -> None:
    append(
        folder,
        "calendars.csv",
        "hall,大厅,Hall,statutory,09:00-12:00|13:00-18:00,5=09:00-12:00|5=14:00-16:00",
    )

    hall = load(folder, TODAY).directory().calendars["hall"]

    assert [f"{window.opens // 60}-{window.closes // 60}" for window in hall.weekday_windows[5]] == [
        "9-12",
        "14-16",
    ]


def test_daytime_is_open_every_day_and_never_at_night() -> None:
    daytime = beijing_loaded().directory().calendars["daytime"]

    assert all(daytime.is_working_day(date(2030, 10, day)) for day in range(1, 8))
    night = datetime(2026, 10, 2, 3, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert daytime.after(night, timedelta(minutes=1)).astimezone(night.tzinfo).hour == 8


@pytest.mark.usefixtures("holidays_end_in_2026")
def test_a_year_entered_by_hand_is_as_good_as_a_published_one(folder: Path) -> None:
    append(folder, "calendar_years.csv", "office,2027,State Council notice")
    append(
        folder, "calendar_days.csv", "office,2027-01-01,closed,New Year", "office,2027-01-03,open,make-up day"
    )

    loaded = load(folder, date(2027, 1, 4))

    assert list(loaded.problems) == []
    working = [day for day in range(1, 5) if office(loaded).is_working_day(date(2027, 1, day))]
    assert working == [3, 4]
    assert office(loaded).provisional_years == {2028, 2029}


def test_published_make_up_days_are_working_days_and_a_hand_written_day_overrules_them(folder: Path) -> None:
    published = beijing_loaded().directory().calendars["office"]
    assert published.is_working_day(date(2026, 2, 14))  # Saturday, make-up day for the Spring Festival
    assert not published.is_working_day(date(2026, 10, 1))

    append(folder, "calendar_days.csv", "office,2026-02-14,closed,the city decided otherwise")

    assert not load(folder, TODAY).directory().calendars["office"].is_working_day(date(2026, 2, 14))
