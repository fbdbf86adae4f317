"""Which reports there are: a question to the lake each, and what is worked out from its columns."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from hotline.domain.model import Frozen
from hotline.domain.phrases import Phrase

Share = tuple[str, str]
"""The column of a part and the column of its whole."""


class Report(Frozen):
    """One report.

    Attributes:
        question: the file in ``infrastructure/lake/queries`` that is asked.
        given: parameters that make this report of it.
        rated: the three rates are worked out, by the formula of the month in which the period ends.
        shares: columns of percent, by name.
        months: so many months are told of when only the last one is named.
    """

    name: str
    title: Phrase
    question: str
    given: Mapping[str, str] = Field(default_factory=dict)
    rated: bool = False
    shares: Mapping[str, Share] = Field(default_factory=dict)
    months: int = 1


_VIEW_SHARES: Mapping[str, Share] = {"overdue_percent": ("overdue", "dispatched")}


def _view(by: str, title: Phrase, name: str | None = None, months: int = 1) -> Report:
    return Report(
        name=name or by,
        title=title,
        question="views",
        given={"by": by},
        rated=True,
        shares=_VIEW_SHARES,
        months=months,
    )


_ALL = (
    _view("month", Phrase("按月份", "by month")),
    _view("week", Phrase("按周（周一为首日）", "by week, named by its Monday")),
    _view("service", Phrase("按事项", "by service")),
    _view("place", Phrase("按街道乡镇", "by sub-district")),
    _view("month", Phrase("十二个月走势", "twelve months"), name="trend", months=12),
    Report(
        name="tallies",
        title=Phrase("各承办单位每月计数与三率", "counts and rates of every agency and month"),
        question="tallies",
        rated=True,
    ),
    Report(
        name="overdue",
        title=Phrase("超期未办结，超期最久者在前", "open orders past their limit, the longest first"),
        question="overdue",
    ),
    Report(
        name="lateness",
        title=Phrase("办结最迟的工单", "orders done the longest after their limit"),
        question="lateness",
    ),
    Report(
        name="returns",
        title=Phrase("退单率与返工率", "how often orders were given back, and sent back"),
        question="returns",
        shares={"return_percent": ("returned", "dispatched"), "redo_percent": ("reopened", "closed")},
    ),
    Report(
        name="coverage",
        title=Phrase("回访覆盖", "how many citizens were asked and answered"),
        question="coverage",
        shares={"coverage_percent": ("answered", "closed")},
    ),
    Report(
        name="durations",
        title=Phrase("联系与办结用时", "time to contact and to result"),
        question="durations",
    ),
    Report(name="exclusions", title=Phrase("考核剔除", "exclusions from assessment"), question="exclusions"),
    Report(name="reviews", title=Phrase("复核决定", "what reviewers decided"), question="reviews"),
    Report(
        name="verification",
        title=Phrase("复核回访不一致率", "how often a second call heard otherwise"),
        question="verification",
        shares={"disagreed_percent": ("disagreed", "heard")},
    ),
    Report(name="calls", title=Phrase("回访电话结果", "how calls to citizens ended"), question="calls"),
    Report(name="channels", title=Phrase("渠道构成", "channels"), question="channels"),
    Report(
        name="conclusions",
        title=Phrase("热线直接答复", "answers of the hotline's own"),
        question="conclusions",
        shares={"contested_percent": ("contested", "told")},
    ),
)
REPORTS: Mapping[str, Report] = {each.name: each for each in _ALL}
"""Every report that is one question, by name."""

LEAGUE, LEAGUE_TITLE = "league", Phrase("分组分档", "agencies in bands beside their likes")
"""The report of agencies in bands, which is worked out from the tallies."""
