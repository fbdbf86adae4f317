"""``hotline bulletin``: one page whose figures are those of the lake, and which needs nothing but itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hotline.domain.directory import Directory
from hotline.domain.orders import ExclusionReason
from hotline.domain.publication import Publication, first_edition
from infrastructure.lake.local import LocalLake
from infrastructure.ops import bulletin as command
from infrastructure.ops import cli, report
from infrastructure.ops.periods import Period
from infrastructure.reports.bulletin import Bulletin, counted_by, gather
from infrastructure.reports.making import Reporter
from infrastructure.reports.page import page
from infrastructure.reports.scope import Scope
from infrastructure.reports.words import REASONS
from tests.unit.builders_directory import tiny_directory, tiny_parts
from tests.unit.builders_lake import lake

COPIES = 12
"""So many times each order of the lake happened: rates of fewer than ten are shown to nobody."""
NOW = datetime(2026, 5, 1, tzinfo=UTC)
MARCH = Scope.of(Period.days(date(2026, 3, 1), date(2026, 3, 31), "Asia/Shanghai"), date(2026, 5, 1), NOW)


class Page(HTMLParser):
    """What is on a page: its elements, its tables by language and caption, its text."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[tuple[str, str], list[list[str]]] = {}
        self.left_open: list[str] = []
        self._language, self._cell = "", None
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.left_open.append(tag)
        if tag == "article":
            self._language = dict(attrs)["lang"] or ""
        elif tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        if tag in ("th", "td", "caption"):
            self._cell = ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag: str) -> None:
        assert self.left_open.pop() == tag
        if tag in ("th", "td"):
            self._rows[-1].append(self._cell or "")
            self._cell = None
        elif tag == "caption":
            self._caption, self._cell = self._cell or "", None
        elif tag == "table":
            self.tables[self._language, self._caption] = self._rows

    def table(self, caption: str, language: str = "en") -> list[dict[str, str]]:
        head, *rows = self.tables[language, caption]
        return [dict(zip(head, row, strict=True)) for row in rows]


def directory(**changes: Any) -> Directory:
    parts = tiny_parts()
    parts["core"]["score_groups"] = [{"score_group": "all", "name_zh": "全部", "name_en": "All"}]
    parts["agencies"] = [{**each, "score_group": "all", **changes} for each in parts["agencies"]]
    return tiny_directory(parts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("lake")
    lake(where, COPIES)
    return where


@pytest.fixture(scope="module")
def reporter(folder: Path) -> Iterator[Reporter]:
    with LocalLake(folder) as opened:
        yield Reporter(opened, directory())


@pytest.fixture(scope="module")
def gathered(reporter: Reporter) -> Bulletin:
    return gather(reporter, MARCH, None, lambda done, steps: None)


@pytest.fixture(scope="module")
def html(gathered: Bulletin, reporter: Reporter) -> str:
    return page(gathered, reporter.directory)


@pytest.fixture(scope="module")
def shown(html: str) -> Page:
    return Page(html)


def published(reporter: Reporter, **changes: Any) -> Publication:
    """March as it was published before the citizen of A4 changed an answer."""
    rows = reporter.rows("tallies", MARCH._replace(as_of=date(2026, 3, 31)))
    edition = first_edition("202603", counted_by(rows, reporter.directory), reporter.directory, NOW)
    return edition.model_copy(update=changes)


def test_it_needs_nothing_but_itself(html: str, shown: Page) -> None:
    tags = {tag for tag, _ in shown.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "image", "use", "form"}
    for _, attributes in shown.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert all(
            (attributes.get(name) or "#").startswith("#") for name in ("href", "src", "xlink:href", "srcset")
        )
    assert not re.search(r"@import|url\(|javascript:|<\?xml", html)
    assert set(re.findall(r"https?://[^\s\"'<)]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    (policy,) = [each["content"] for tag, each in shown.elements if each.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_it_is_sound_and_can_be_read_by_everybody(html: str, shown: Page) -> None:
    assert shown.left_open == []
    ids = [each["id"] for _, each in shown.elements if each.get("id")]
    assert len(ids) == len(set(ids))
    assert [each.get("lang") for tag, each in shown.elements if tag in ("html", "article")] == [
        "zh-CN",
        "zh-CN",
        "en",
    ]
    assert [tag for tag, _ in shown.elements if re.fullmatch("h[1-6]", tag)] == (["h1", *["h2"] * 12]) * 2
    charts = [each for tag, each in shown.elements if tag == "svg"]
    assert len(charts) == 6
    assert all(each.get("role") == "img" and each.get("aria-label") for each in charts)
    assert html.count("<caption>") == html.count("<table>") == html.count("<thead>")
    links = {str(each["href"]).removeprefix("#") for tag, each in shown.elements if tag == "a"}
    assert links <= set(ids)


def test_both_languages_tell_the_same_figures(shown: Page) -> None:
    zh, en = ([rows for (told, _), rows in shown.tables.items() if told == each] for each in ("zh-CN", "en"))
    figure = re.compile(r"[\d.,–%]+ ?")
    numbers = [
        [[[cell for cell in row if figure.fullmatch(cell)] for row in rows[1:]] for rows in tables]
        for tables in (zh, en)
    ]
    assert numbers[0] == numbers[1]
    assert sum(len(row) for rows in numbers[0] for row in rows) > 100


def test_the_headline_is_the_citys(shown: Page, gathered: Bulletin) -> None:
    rows = {row["Figure"]: row for row in shown.table("Rates with their 95 % intervals")}
    assert rows["Satisfaction rate"] == {
        "Figure": "Satisfaction rate",
        "Value": "50.00%",
        "Interval": "36.4–63.6%",  # Wilson, of 24 of 48
        "Counts": f"{2 * COPIES} / {4 * COPIES}",
    }
    assert rows["Composite"]["Value"] == "83.33%"
    assert gathered.city["registered"] == 9 * COPIES


@pytest.mark.parametrize(
    ("caption", "question", "columns"),
    [
        (
            "By where the appeal was about",
            "views",
            {
                "Registered": "registered",
                "Dispatched": "dispatched",
                "Limits missed": "overdue",
                "Closed": "closed",
            },
        ),
        (
            "Returns and redo",
            "returns",
            {"Dispatched": "dispatched", "Returned": "returned", "Closed": "closed", "Times": "reopenings"},
        ),
        ("Survey coverage", "coverage", {"Asked": "asked", "Answered": "answered", "By phone": "by_phone"}),
        ("Waiting times", "durations", {"Orders": "orders"}),
        (
            "Second calls",
            "verification",
            {"Calls": "calls", "Disagreed": "disagreed", "On resolution": "on_resolution"},
        ),
        ("Calls to citizens", "calls", {"Times": "times"}),
        ("Channels", "channels", {"Times": "times"}),
        ("Exclusions by reason", "exclusions", {"Orders": "orders"}),
        (
            "Answers of the hotline's own (Regulation, Art 11)",
            "conclusions",
            {"Given": "told", "Contested": "contested"},
        ),
    ],
)
def test_every_figure_is_the_lakes(
    shown: Page, reporter: Reporter, caption: str, question: str, columns: dict[str, str]
) -> None:
    rows = reporter.rows(question, MARCH, by="month")
    wanted = [row for row in rows if row.get("level", "city") != "agency"]
    if question == "exclusions":
        wanted = [row for row in wanted if row["level"] == "city"]
    told = [[row[column] for column in columns] for row in shown.table(caption)]
    assert sorted(told) == sorted([f"{row[name]:,}" for name in columns.values()] for row in wanted)
    assert told


def test_the_shares_are_worked_out_of_these(shown: Page) -> None:
    (city,) = [row for row in shown.table("Returns and redo") if row["Where"] == "The city"]
    assert (city["Return rate"], city["Redo rate"]) == ("11.11%", "50.00%")
    (second,) = shown.table("Second calls")
    assert second["Disagreement"] == "33.33%"
    waits = {(row["Where"], row["From … to"]): row for row in shown.table("Waiting times")}
    contact = waits["The city", "from dispatch to the first contact"]
    assert (contact["Half within"], contact["Nine in ten within"]) == ("2.0 h", "4.0 h")


def test_the_worst_are_listed_without_a_number_that_leads_to_a_citizen(shown: Page, html: str) -> None:
    still = shown.table("Open at the end of the month, overdue the longest")
    assert len(still) == 10
    assert (still[0]["Overdue since"], still[0]["Overdue for"]) == ("8 March 2026", "23.7 days")
    assert "A7c1" not in html


def test_agencies_stand_in_bands_with_the_small_ones_apart(shown: Page) -> None:
    places = {row["Agency"]: row for row in shown.table("All")}
    assert places["河边街道"]["Band"] in ("ahead", "typical")
    assert places["河边街道"]["Response"] == "100.0%"
    small = places["自来水公司"]
    assert (small["Band"], small["Response"], small["Excluded"]) == ("not enough cases", "–", str(COPIES))


def test_a_rate_of_few_is_shown_to_nobody(tmp_path: Path) -> None:
    with lake(tmp_path) as few:
        reporter = Reporter(few, directory())
        shown = Page(page(gather(reporter, MARCH, None, lambda done, steps: None), reporter.directory))
    rows = shown.table("Rates with their 95 % intervals")
    assert {cell for row in rows for name, cell in row.items() if name != "Figure"} == {"–"}
    assert {row["Redo rate"] for row in shown.table("Returns and redo")} == {"–"}
    assert {row["Band"] for row in shown.table("All")} == {"not enough cases"}


def test_a_month_that_is_not_published_says_so(html: str) -> None:
    assert "本月结果尚未发布" in html
    assert "Not published: rates and bands are live counts as of 1 May 2026" in html


def test_a_published_month_is_told_as_it_was_published(reporter: Reporter) -> None:
    edition = published(reporter, revision=2, reason="Two answers came late <b>")
    told = page(gather(reporter, MARCH, edition, lambda done, steps: None), reporter.directory)
    rows = {row["Figure"]: row for row in Page(told).table("Rates with their 95 % intervals")}
    assert rows["Satisfaction rate"]["Value"] == "25.00%"  # A4's answer was changed after that
    assert "as published on 1 May 2026 (edition 2)" in told
    assert "Why it was revised: Two answers came late &lt;b&gt;" in told
    assert "Not published" not in told


def test_a_default_is_called_a_default(reporter: Reporter, html: str) -> None:
    assert "is the default of this software and no city&#39;s rule" in html
    formula = published(reporter).formula.model_copy(update={"response_weight": 2})
    told = page(
        gather(reporter, MARCH, published(reporter, formula=formula), lambda done, steps: None),
        reporter.directory,
    )
    assert "was set by the city" in told


def test_a_hostile_name_stays_text(folder: Path) -> None:
    hostile = directory(name_zh="<script>alert(1)</script>", name_en='"><img src=x onerror=alert(1)>')
    with LocalLake(folder) as opened:
        told = page(gather(Reporter(opened, hostile), MARCH, None, lambda done, steps: None), hostile)
    assert {tag for tag, _ in Page(told).elements} & {"script", "img"} == set()


def test_the_same_figures_make_the_same_page(gathered: Bulletin, reporter: Reporter, html: str) -> None:
    assert page(gathered, reporter.directory) == html


def test_a_month_in_which_nothing_happened_has_a_page(reporter: Reporter) -> None:
    empty = Period.days(date(2020, 1, 1), date(2020, 1, 31), "Asia/Shanghai")
    scope = Scope.of(empty, date(2026, 5, 1), NOW)
    told = Page(page(gather(reporter, scope, None, lambda done, steps: None), reporter.directory))
    assert told.tables["en", "Waiting times"][1:] == [["None this month."]]


def test_every_reason_of_an_exclusion_has_a_name() -> None:
    assert set(REASONS) == set(ExclusionReason)


def test_progress_is_told_to_the_end(reporter: Reporter) -> None:
    steps: list[tuple[int, int]] = []
    gather(reporter, MARCH, None, lambda done, all_: steps.append((done, all_)))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


@pytest.mark.parametrize(("language", "editions"), [("both", 2), ("zh-CN", 1), ("en", 1)])
def test_the_command_writes_a_file(
    language: str,
    editions: int,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(report, "directory_from", lambda _: directory())
    where = tmp_path / "march.html"
    code = cli.main(["bulletin", "202603", "-o", str(where), "--folder", str(folder), "--language", language])
    assert code == 0
    assert where.read_text(encoding="utf-8").count("<article") == editions
    assert "202603 is not published" in capsys.readouterr().err


def test_the_command_takes_the_month_as_it_was_published(
    reporter: Reporter,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(report, "directory_from", lambda _: directory())
    monkeypatch.setattr(command, "publication_from", lambda _, month: published(reporter))
    assert cli.main(["bulletin", "202603", "-o", "-", "--folder", str(folder), "--language", "en"]) == 0
    said = capsys.readouterr()
    assert "as published on" in said.out
    assert said.err == ""


def test_a_month_that_has_not_begun_has_no_bulletin(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "directory_from", lambda _: directory())
    assert cli.main(["bulletin", "209901", "--folder", str(folder)]) == 1
    assert "209901 has not begun" in capsys.readouterr().err
