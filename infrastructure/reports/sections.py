"""The parts of a bulletin as words, tables and charts of one language; the page only lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hotline.domain.league import Band
from hotline.domain.outcomes import CITY_WIDE
from hotline.domain.scoring import Scorecard
from hotline.use_cases.public_scorecards import FEWEST_IN_PUBLIC, PublicAgency, PublicGroup, PublicRate
from infrastructure.reports.bulletin import MONTHS, TOP, Bulletin
from infrastructure.reports.charts import Chart, bars, lines, lying_bars
from infrastructure.reports.edition import NOTHING, Edition
from infrastructure.reports.making import Row
from infrastructure.reports.words import CALLS, CHANNELS, CONCLUSIONS, EVENTS, REASONS

_BANDS: Sequence[Band] = ("ahead", "typical", "behind", "not_enough_cases")


class Sheet(NamedTuple):
    """A table; the first column names its rows.

    Attributes:
        words: places of the other columns that hold words, not figures.
        folded: a line that stands for it when it is folded; None for a table that is not.
    """

    caption: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset()
    folded: str | None = None


class Tile(NamedTuple):
    """A figure that is seen first."""

    label: str
    value: str
    detail: str = ""


class Section(NamedTuple):
    """A part of the page."""

    key: str
    title: str
    text: Sequence[str] = ()
    tiles: Sequence[Tile] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Sheet] = ()


def sections(bulletin: Bulletin, edition: Edition) -> list[Section]:
    """Every part, in the order in which it is read."""
    return [
        headline(bulletin, edition),
        excluded(bulletin, edition),
        league(bulletin, edition),
        trend(bulletin, edition),
        districts(bulletin, edition),
        services(bulletin, edition),
        overdue(bulletin, edition),
        returns(bulletin, edition),
        waits(bulletin, edition),
        surveys(bulletin, edition),
        channels(bulletin, edition),
        method(bulletin, edition),
    ]


def headline(bulletin: Bulletin, e: Edition) -> Section:
    """What came and went, and the three rates with what is not known about them."""
    card, city = bulletin.publication.city, bulletin.city
    tiles = [
        Tile(e.say("登记诉求", "Appeals registered"), e.count(city.get("registered", 0))),
        Tile(e.say("派单", "Orders dispatched"), e.count(city.get("dispatched", 0))),
        Tile(
            e.say("办结并计入考核", "Closed and counted"),
            e.count(card.tally.closed),
            e.say(f"另有 {card.tally.excluded:,} 件剔除", f"{card.tally.excluded:,} more were excluded"),
        ),
        *(Tile(each.label, each.value, each.interval) for each in _rates(card, e)),
    ]
    table = Sheet(
        e.say("三率、综合与回访覆盖（95% 区间）", "Rates with their 95 % intervals"),
        (e.say("指标", "Figure"), e.say("数值", "Value"), e.say("区间", "Interval"), e.say("计数", "Counts")),
        _rates(card, e),
    )
    return Section(
        "headline", e.say("本月要览", "The month at a glance"), _standing(bulletin, e), tiles, (), (table,)
    )


def excluded(bulletin: Bulletin, e: Edition) -> Section:
    """What was left out, in public."""
    rows = [row for row in bulletin.answers["exclusions"] if row["level"] == "city"]
    agencies = [row for row in bulletin.answers["exclusions"] if row["level"] == "agency"]
    decided = sum(row["orders"] for row in rows)
    text = [
        e.say(
            f"本月办结的工单中有 {bulletin.publication.exclusions:,} 件不计入考核；本月作出剔除决定 {decided:,} 件"
            "（可能涉及往月办结的工单）。剔除须有理由和证据，由不属于承办单位的复核人员决定。",
            f"Of the orders closed this month {bulletin.publication.exclusions:,} do not count. {decided:,} exclusions "
            "were decided this month, some of them perhaps about earlier closings. Each needs a reason, evidence, and "
            "a reviewer who does not belong to the agency.",
        )
    ]
    orders = e.say("件数", "Orders")
    by_reason = Sheet(
        e.say("剔除理由", "Exclusions by reason"),
        (e.say("理由", "Reason"), orders),
        [(e.word(REASONS, row["reason"]), e.count(row["orders"])) for row in rows],
    )
    by_agency = Sheet(
        e.say("被剔除工单的承办单位", "Exclusions by agency"),
        (e.say("承办单位", "Agency"), e.say("理由", "Reason"), orders),
        [
            (e.name("agency_id", row["agency_id"]), e.word(REASONS, row["reason"]), e.count(row["orders"]))
            for row in agencies
        ],
        frozenset({1}),
    )
    reviews = Sheet(
        e.say("复核人员的决定", "Decisions of reviewers"),
        (e.say("事项", "What"), e.say("决定", "Decision"), e.say("次数", "Times")),
        [
            (_review_subject(row, e), _decision(row, e), e.count(row["times"]))
            for row in bulletin.answers["reviews"]
            if row["what"] == "SideOrderDone"
        ],
        frozenset({1}),
    )
    return Section(
        "excluded",
        e.say("剔除与复核", "Exclusions and reviews"),
        text,
        tables=(by_reason, by_agency, reviews),
    )


def league(bulletin: Bulletin, e: Edition) -> Section:
    """Agencies in bands beside their likes."""
    text = [
        e.say(
            "承办单位只与同类单位比较，不排名次：综合得分的 95% 区间整体高于本组总体的为“领先”，整体低于的为“落后”，"
            "其余为“相当”。案件太少或结果太不确定的单位标为“案件不足”，不参与比较。“可能名次”是区间允许的最好与最差名次。"
            "同一档内按单位编号排列，不分先后。",
            "An agency is compared only with its likes, and not ranked: it is ahead when the 95 % interval of its "
            "composite lies wholly above the composite of its group, behind when wholly below, typical otherwise. "
            "With too few cases, or too little known about them, it is not compared. Possible places are the best and "
            "the worst that the intervals allow. Within a band the order is that of the agencies' codes.",
        )
    ]
    if not bulletin.league.groups:
        text.append(e.say("本月没有可比较的承办单位。", "There are no agencies to compare this month."))
    return Section(
        "league",
        e.say("分组分档", "Agencies in bands, by group"),
        text,
        tables=tuple(_group(each, e) for each in bulletin.league.groups),
    )


def trend(bulletin: Bulletin, e: Edition) -> Section:
    """The rates and the load of twelve months."""
    months = bulletin.trend
    labels = [e.short_month(each.month) for each in months]
    title = e.say("三率走势（%）", "The three rates (%)")
    load = e.say("登记与办结", "Registered and closed")
    rates = {
        e.say("响应率", "Response"): [e.shown(each.card.response_rate) for each in months],
        e.say("解决率", "Resolution"): [e.shown(each.card.resolution_rate) for each in months],
        e.say("满意率", "Satisfaction"): [e.shown(each.card.satisfaction_rate) for each in months],
    }
    counts = {
        e.say("登记", "Registered"): [each.row["registered"] for each in months],
        e.say("办结", "Closed"): [each.row["closed"] for each in months],
    }
    drawn = [bars(f"{e.key}-load", load, labels, counts)] if months else []
    if any(value is not None for values in rates.values() for value in values):
        drawn.insert(0, lines(f"{e.key}-rates", title, labels, rates, "%"))
    table = Sheet(
        e.say("十二个月", "Twelve months"),
        (
            e.say("月份", "Month"),
            e.say("登记", "Registered"),
            *_counted_heads(e),
            e.say("剔除", "Excluded"),
        ),
        [
            (
                e.short_month(each.month),
                e.count(each.row["registered"]),
                *_counted(each.card, e),
                e.count(each.card.tally.excluded),
            )
            for each in months
        ],
    )
    note = e.say(
        f"最近 {MONTHS} 个月，按事件的实时计数，已含其后的更正；与当时发布的数字可能不同。",
        f"The last {MONTHS} months as counted now, later corrections included; what was published then may differ.",
    )
    return Section("trend", e.say("走势", "Trend"), [note], charts=drawn, tables=(table,))


def districts(bulletin: Bulletin, e: Edition) -> Section:
    """The month of each district: by who handled, and by where it was."""
    handled = Sheet(
        e.say("按承办单位所属区", "By the district of the agency"),
        (e.say("区", "District"), *_counted_heads(e), e.say("剔除", "Excluded")),
        [
            (
                e.say("全市", "The city"),
                *_counted(bulletin.publication.city, e),
                e.count(bulletin.publication.city.tally.excluded),
            ),
            *(
                (_district(code, e), *_counted(card, e), e.count(card.tally.excluded))
                for code, card in bulletin.publication.districts.items()
            ),
        ],
    )
    placed = Sheet(
        e.say("按诉求所在地", "By where the appeal was about"),
        (
            e.say("区", "District"),
            e.say("登记", "Registered"),
            e.say("派单", "Dispatched"),
            e.say("超过办理时限", "Limits missed"),
            e.say("退回重办", "Sent back"),
            e.say("办结", "Closed"),
        ),
        [
            (_where(row, e), *(e.count(row[name]) for name in _FLOW))
            for row in _city_then_districts(bulletin.answers["views"])
        ],
    )
    return Section("districts", e.say("各区", "Districts"), tables=(handled, placed))


def services(bulletin: Bulletin, e: Edition) -> Section:
    """What citizens asked for most."""
    rows = bulletin.services
    names = [e.name("service", each.code or None) for each in rows]
    title = e.say("本月诉求最多的事项", "Services with the most appeals")
    table = Sheet(
        title,
        (
            e.say("事项", "Service"),
            e.say("诉求", "Appeals"),
            e.say("占比", "Share"),
            e.say("上月", "Month before"),
            e.say("变化", "Change"),
        ),
        [
            (
                name,
                e.count(each.registered),
                e.percent(each.share),
                e.count(each.before),
                e.change(each.registered, each.before),
            )
            for name, each in zip(names, rows, strict=True)
        ],
    )
    drawn = (
        [lying_bars(f"{e.key}-services", title, names, [each.registered for each in rows])] if rows else []
    )
    return Section("services", e.say("高频事项", "Top services"), charts=drawn, tables=(table,))


def overdue(bulletin: Bulletin, e: Edition) -> Section:
    """Where limits were missed the worst."""
    heads = (
        e.say("承办单位", "Agency"),
        e.say("事项", "Service"),
        e.say("超期始于", "Overdue since"),
        e.say("超期时长", "Overdue for"),
    )
    still = Sheet(
        e.say("月末尚未办结、超期最久", "Open at the end of the month, overdue the longest"),
        heads,
        [_late(row, e) for row in bulletin.answers["overdue"]],
        frozenset({1}),
    )
    done = Sheet(
        e.say("本月办结、超期最久", "Done this month, overdue the longest"),
        heads,
        [_late(row, e) for row in bulletin.answers["lateness"]],
        frozenset({1}),
    )
    missed, held = bulletin.city.get("overdue", 0), bulletin.city.get("dispatched", 0)
    text = [
        e.say(
            f"本月超过办理时限 {missed:,} 次，派单 {held:,} 次。以下最多各列 {TOP} 件。",
            f"Handling limits were missed {missed:,} times, beside {held:,} dispatches. At most {TOP} are listed each.",
        )
    ]
    return Section("overdue", e.say("超期", "Overdue"), text, tables=(still, done))


def returns(bulletin: Bulletin, e: Edition) -> Section:
    """What was given back and what was sent back."""
    table = Sheet(
        e.say("退单与返工", "Returns and redo"),
        (
            e.say("范围", "Where"),
            e.say("派单", "Dispatched"),
            e.say("退单", "Returned"),
            e.say("退单率", "Return rate"),
            e.say("办结", "Closed"),
            e.say("曾返工", "Sent back"),
            e.say("返工率", "Redo rate"),
            e.say("返工次数", "Times"),
        ),
        [
            (
                _where(row, e),
                e.count(row["dispatched"]),
                e.count(row["returned"]),
                e.share(row["returned"], row["dispatched"]),
                e.count(row["closed"]),
                e.count(row["reopened"]),
                e.share(row["reopened"], row["closed"]),
                e.count(row["reopenings"]),
            )
            for row in _city_then_districts(bulletin.answers["returns"])
        ],
    )
    note = e.say(
        "退单：承办单位认为不属其职责而退回。返工：群众答复未解决，工单退回原单位再办。",
        "Returned: the agency says that it is not its duty. Sent back: the citizen says that it is not resolved.",
    )
    return Section("returns", e.say("退单与返工", "Returns and redo"), [note], tables=(table,))


def waits(bulletin: Bulletin, e: Edition) -> Section:
    """How long citizens waited."""
    table = Sheet(
        e.say("等待时长", "Waiting times"),
        (
            e.say("范围", "Where"),
            e.say("阶段", "From … to"),
            e.say("工单", "Orders"),
            e.say("半数不超过", "Half within"),
            e.say("九成不超过", "Nine in ten within"),
            e.say("最长", "Longest"),
        ),
        [
            (
                _where(row, e),
                e.word(EVENTS, row["until"]),
                e.count(row["orders"]),
                e.duration(row["p50_seconds"]),
                e.duration(row["p90_seconds"]),
                e.duration(row["longest_seconds"]),
            )
            for row in _city_then_districts(bulletin.answers["durations"])
        ],
        frozenset({1}),
    )
    note = e.say(
        "按日历时间计算，含夜间、休息日和暂缓办理的时间。",
        "Time of the calendar: nights, days off and holds are in it.",
    )
    return Section("waits", e.say("等待时长", "How long citizens waited"), [note], tables=(table,))


def surveys(bulletin: Bulletin, e: Edition) -> Section:
    """On how many answers the rates rest, and how far these can be trusted."""
    covered = Sheet(
        e.say("回访覆盖", "Survey coverage"),
        (
            e.say("范围", "Where"),
            e.say("发起回访", "Asked"),
            e.say("办结", "Closed"),
            e.say("有答复", "Answered"),
            e.say("覆盖率", "Coverage"),
            e.say("网页答复", "On the web"),
            e.say("电话答复", "By phone"),
            e.say("仅首次答复", "Only at first"),
            e.say("未答复", "No answer"),
        ),
        [
            (
                _where(row, e),
                e.count(row["asked"]),
                e.count(row["closed"]),
                e.count(row["answered"]),
                e.share(row["answered"], row["closed"]),
                e.count(row["by_web"]),
                e.count(row["by_phone"]),
                e.count(row["earlier"]),
                e.count(row["unanswered"]),
            )
            for row in _city_then_districts(bulletin.answers["coverage"])
        ],
    )
    verified = Sheet(
        e.say("复核回访", "Second calls"),
        (
            e.say("月份", "Month"),
            e.say("抽查", "Calls"),
            e.say("接通", "Heard"),
            e.say("不一致", "Disagreed"),
            e.say("不一致率", "Disagreement"),
            e.say("是否联系", "On contact"),
            e.say("是否解决", "On resolution"),
            e.say("是否满意", "On satisfaction"),
        ),
        [
            (
                e.short_month(row["month"]),
                e.count(row["calls"]),
                e.count(row["heard"]),
                e.count(row["disagreed"]),
                e.share(row["disagreed"], row["heard"]),
                e.count(row["on_contact"]),
                e.count(row["on_resolution"]),
                e.count(row["on_satisfaction"]),
            )
            for row in bulletin.answers["verification"]
        ],
    )
    called = Sheet(
        e.say("回访电话", "Calls to citizens"),
        (e.say("项目", "What"), e.say("结果", "How it ended"), e.say("次数", "Times")),
        [
            (e.word(EVENTS, row["what"]), e.word(CALLS, row["outcome"]), e.count(row["times"]))
            for row in bulletin.answers["calls"]
        ],
        frozenset({1}),
    )
    note = e.say(
        "“仅首次答复”：曾答复未解决，再次办结后未再答复，以其最后一次答复为准。"
        "复核回访由另一名话务员再问一遍同样的问题；不一致率说明首次回访有多可靠。",
        "Only at first: said that it was not resolved and nothing when asked again; the last word counts. In a second "
        "call another operator asks the same questions: how often the answers differ says how far the first are to be "
        "trusted.",
    )
    return Section(
        "surveys",
        e.say("回访与复核回访", "Surveys and second calls"),
        [note],
        tables=(covered, verified, called),
    )


def channels(bulletin: Bulletin, e: Edition) -> Section:
    """Which ways citizens and agencies took."""
    rows = bulletin.answers["channels"]
    totals = {
        what: sum(row["times"] for row in rows if row["what"] == what)
        for what in {row["what"] for row in rows}
    }
    used = Sheet(
        e.say("渠道构成", "Channels"),
        (e.say("用途", "For"), e.say("渠道", "Channel"), e.say("次数", "Times"), e.say("占比", "Share")),
        [
            (
                e.word(EVENTS, row["what"]),
                e.word(CHANNELS, row["channel"]),
                e.count(row["times"]),
                e.share(row["times"], totals[row["what"]]),
            )
            for row in rows
        ],
        frozenset({1}),
    )
    own = Sheet(
        e.say("热线直接答复（条例第十一条）", "Answers of the hotline's own (Regulation, Art 11)"),
        (e.say("类型", "Kind"), e.say("答复", "Given"), e.say("群众有异议", "Contested")),
        [
            (e.word(CONCLUSIONS, row["conclusion"]), e.count(row["told"]), e.count(row["contested"]))
            for row in bulletin.answers["conclusions"]
        ],
    )
    return Section("channels", e.say("渠道与直接答复", "Channels and answers at once"), tables=(used, own))


def method(bulletin: Bulletin, e: Edition) -> Section:
    """How it was counted, and whose rule that is."""
    formula = bulletin.publication.formula
    whose = (
        e.say(
            "以下公式、权重和门槛是本系统的默认值，不是任何城市的规定；各城市应自行确定。",
            "This formula with its weights and thresholds is the default of this software and no city's rule; a city "
            "sets its own.",
        )
        if bulletin.formula_is_ours
        else e.say(
            "以下公式、权重和门槛由本市确定。",
            "This formula with its weights and thresholds was set by the city.",
        )
    )
    text = [
        e.say(
            f"公式版本 {formula.version}。条例第三十二条以响应率、解决率、满意率为核心，但没有规定如何计算。"
            f"{whose}",
            f"Formula version {formula.version}. The Regulation (Art 32) makes the three rates the core of the "
            f"evaluation and does not say how they are computed. {whose}",
        ),
        e.say(
            "区间为 95% 的 Wilson 区间。已发布的月份不再改动，更正以注明日期和理由的修订版另行发布。"
            "办理时限、回访方式等同样是可编辑的数据，未注明出自条例的均为默认值。",
            "Intervals are 95 % Wilson intervals. A published month never changes; corrections come as a dated "
            "revision with reasons. Limits, surveys and the like are data too, and defaults where they do not cite "
            "the Regulation.",
        ),
        e.say(
            f"为保护个人信息，少于 {FEWEST_IN_PUBLIC} 件的比率不公开。",
            f"Rates that rest on fewer than {FEWEST_IN_PUBLIC} are not shown: they would tell a single citizen's word.",
        ),
        e.say(
            f"数据截至{e.day(bulletin.as_of)}，取自不含个人信息的业务事件。",
            f"As of {e.day(bulletin.as_of)}, from events that hold no personal data.",
        ),
    ]
    table = Sheet(
        e.say("公式", "The formula"),
        (e.say("指标", "Figure"), e.say("算法", "Counts"), e.say("权重", "Weight")),
        [
            (e.say("响应率", "Response"), str(formula.response), str(formula.response_weight)),
            (e.say("解决率", "Resolution"), str(formula.resolution), str(formula.resolution_weight)),
            (e.say("满意率", "Satisfaction"), str(formula.satisfaction), str(formula.satisfaction_weight)),
            (e.say("协办与报到", "Assists and summonses"), str(formula.parts), str(formula.parts_weight)),
            (e.say("回访覆盖率", "Survey coverage"), str(formula.survey_coverage), NOTHING),
            (e.say("参与比较的最少办结数", "Cases needed to be compared"), str(formula.min_cases), NOTHING),
        ],
        frozenset({1}),
    )
    return Section("method", e.say("计算方法", "How it is counted"), text, tables=(table,))


# ---------------------------------------------------------------------- pieces


def _standing(bulletin: Bulletin, e: Edition) -> list[str]:
    publication = bulletin.publication
    if not bulletin.is_published:
        return [
            e.say(
                f"本月结果尚未发布：三率与分档为截至{e.day(bulletin.as_of)}的实时计数，可能变化。",
                f"Not published: rates and bands are live counts as of {e.day(bulletin.as_of)} and may change.",
            )
        ]
    which = e.say(f"第 {publication.revision} 版", f"edition {publication.revision}")
    told = [
        e.say(
            f"三率与分档为{e.local_day(publication.published_at)}发布的结果（{which}），不再改动；其余为实时计数。",
            f"Rates and bands are as published on {e.local_day(publication.published_at)} ({which}) and do not change; "
            "the rest are live counts.",
        )
    ]
    if publication.reason:
        told.append(e.say(f"修订理由：{publication.reason}", f"Why it was revised: {publication.reason}"))
    return told


class _Rate(NamedTuple):
    """A rate as it may be shown."""

    label: str
    value: str
    interval: str
    counts: str


def _rates(card: Scorecard, e: Edition) -> list[_Rate]:
    fewest = min(card.tally.closed, card.tally.answered)
    found = (
        (e.say("响应率", "Response rate"), card.response_rate, card.response_interval, None),
        (e.say("解决率", "Resolution rate"), card.resolution_rate, card.resolution_interval, None),
        (e.say("满意率", "Satisfaction rate"), card.satisfaction_rate, card.satisfaction_interval, None),
        (e.say("综合", "Composite"), card.composite, card.composite_interval, fewest),
        (e.say("回访覆盖率", "Survey coverage"), card.survey_coverage, card.survey_coverage_interval, None),
    )
    return [
        _Rate(
            label,
            e.rate(rate, cases),
            NOTHING if e.shown(rate, cases) is None else e.interval(interval),
            e.of(rate) if cases is None else NOTHING,
        )
        for label, rate, interval, cases in found
    ]


def _counted_heads(e: Edition) -> tuple[str, ...]:
    return (
        e.say("办结", "Closed"),
        e.say("响应率", "Response"),
        e.say("解决率", "Resolution"),
        e.say("满意率", "Satisfaction"),
        e.say("回访覆盖", "Coverage"),
    )


def _counted(card: Scorecard, e: Edition) -> tuple[str, ...]:
    rates = (card.response_rate, card.resolution_rate, card.satisfaction_rate, card.survey_coverage)
    return (e.count(card.tally.closed), *(e.rate(rate) for rate in rates))


def _group(group: PublicGroup, e: Edition) -> Sheet:
    many = {band: sum(agency.band == band for agency in group.agencies) for band in _BANDS}
    counts = " · ".join(f"{_band(band, e)} {many[band]}" for band in _BANDS)
    name, together = e.say(group.name_zh, group.name_en), _public(group.rates.composite)
    return Sheet(
        name,
        (
            e.say("承办单位", "Agency"),
            e.say("档次", "Band"),
            e.say("响应率", "Response"),
            e.say("解决率", "Resolution"),
            e.say("满意率", "Satisfaction"),
            e.say("综合", "Composite"),
            e.say("综合区间", "Interval"),
            e.say("可能名次", "Possible places"),
            e.say("剔除", "Excluded"),
        ),
        [_agency(agency, e) for agency in sorted(group.agencies, key=_by_band)],
        frozenset({1}),
        folded=e.say(
            f"{name}：{counts}；本组综合 {together}", f"{name}: {counts}; the group's composite {together}"
        ),
    )


def _by_band(agency: PublicAgency) -> tuple[int, str]:
    return _BANDS.index(agency.band), agency.agency_id


def _agency(agency: PublicAgency, e: Edition) -> tuple[str, ...]:
    rates = agency.rates
    ranks = f"{agency.best_rank}–{agency.worst_rank}" if agency.best_rank is not None else NOTHING
    composite = rates.composite
    return (
        e.say(agency.name_zh, agency.name_en),
        _band(agency.band, e),
        _public(rates.response),
        _public(rates.resolution),
        _public(rates.satisfaction),
        _public(composite),
        f"{composite.low:.1f}–{composite.high:.1f}%" if composite else NOTHING,
        ranks,
        e.count(agency.excluded),
    )


def _public(rate: PublicRate | None) -> str:
    return f"{rate.percent:.1f}%" if rate else NOTHING


def _band(band: Band, e: Edition) -> str:
    return {
        "ahead": e.say("领先", "ahead"),
        "typical": e.say("相当", "typical"),
        "behind": e.say("落后", "behind"),
        "not_enough_cases": e.say("案件不足", "not enough cases"),
    }[band]


def _late(row: Row, e: Edition) -> tuple[str, ...]:
    return (
        e.name("agency_id", row["agency_id"]),
        e.name("service_code", row["service_code"]),
        e.local_day(row["late_since"]),
        e.duration(row["late_seconds"]),
    )


def _where(row: Row, e: Edition) -> str:
    return e.say("全市", "The city") if row["level"] == "city" else e.name("district", row["district"])


def _city_then_districts(rows: Iterable[Row]) -> list[Row]:
    found = [row for row in rows if row["level"] in ("city", "district")]
    return sorted(found, key=lambda row: row["level"])


_FLOW = ("registered", "dispatched", "overdue", "sent_back", "closed")


def _district(code: str, e: Edition) -> str:
    return e.say("市级单位", "City-wide agencies") if code == CITY_WIDE else e.name("district", code)


def _review_subject(row: Row, e: Edition) -> str:
    return {
        "~reviewers/exclusion": e.say("剔除申请", "requests to exclude"),
        "~reviewers/dissatisfaction": e.say("群众不满意是否合理", "whether a dissatisfaction is reasonable"),
        "~reviewers/suspicion": e.say("疑似虚假办结", "suspected fake completions"),
    }.get(row["inbox"] or "", e.say("复核", "reviews"))


def _decision(row: Row, e: Edition) -> str:
    return {
        "granted": e.say("同意", "granted"),
        "refused": e.say("不同意", "refused"),
        "reasonable": e.say("合理", "reasonable"),
        "unreasonable": e.say("不合理", "not reasonable"),
        "confirmed": e.say("属实", "confirmed"),
        "dismissed": e.say("不成立", "dismissed"),
    }.get(row["decision"] or "", row["decision"] or NOTHING)
