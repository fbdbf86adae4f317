"""The questions of GeoReport v2 clients: which requests, which updates.

An empty parameter equals an absent one (the rule that breaks real servers), an unknown one is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hotline.domain.errors import InvalidInput
from hotline.domain.model import Frozen
from hotline.domain.open311.posting import moment

MOST_ROWS = 1_000
"""At most so many requests an answer (GeoReport v2 §"GET Service Requests")."""

LONGEST_RANGE = timedelta(days=90)
DEEPEST = 10_000
"""As far as pages reach; whoever wants more asks for a shorter range of dates."""

STATUSES = ("open", "closed")

Text = Annotated[str | None, Field(max_length=4_000)]


class Question(BaseModel):
    """What every GET may carry."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    jurisdiction_id: Text = Field(default=None, description="只有一个辖区，忽略 · There is one; passed over")

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if not isinstance(value, str) or value.strip()}


class KeyedQuestion(Question):
    """A GET to which an app may show its key, to see what it has sent itself."""

    api_key: Text = Field(default=None, repr=False)
    extensions: Text = Field(default=None, description="true 时附加扩展字段 · true adds what is ours")

    @property
    def extended(self) -> bool:
        """Whether what the specification does not know is wanted too."""
        return self.extensions == "true"


class RequestsQuestion(KeyedQuestion):
    """Which requests."""

    service_request_id: Text = Field(
        default=None, description="逗号分隔，优先于其他条件 · Overrides all others"
    )
    service_code: Text = Field(default=None, description="逗号分隔 · Comma separated")
    status: Text = Field(default=None, description="open,closed")
    start_date: Text = None
    end_date: Text = None
    updated_after: Text = None
    updated_before: Text = None
    bbox: Text = Field(default=None, description="west,south,east,north (WGS 84)")
    page: Text = None
    page_size: Text = None


class UpdatesQuestion(KeyedQuestion):
    """Which updates."""

    start_date: Text = None
    end_date: Text = None


class Span(Frozen):
    """A time, both ends counted."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.start <= at <= self.end


class Box(Frozen):
    """A rectangle of degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lat: float | None, long: float | None) -> bool:
        """Whether a point is known and lies in it."""
        if lat is None or long is None:
            return False
        return self.south <= lat <= self.north and self.west <= long <= self.east


class Wanted(Frozen):
    """A question, understood.

    Attributes:
        ids: these and no others, whatever else is asked; None for a search.
        span: of ``requested_datetime``.
        updated: of ``updated_datetime``; None for any.
        skip, take: the page.
    """

    ids: tuple[str, ...] | None = None
    span: Span
    updated: Span | None = None
    service_codes: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset(STATUSES)
    box: Box | None = None
    skip: int = 0
    take: int = MOST_ROWS


def wanted(question: RequestsQuestion, now: datetime, timezone: str) -> Wanted:
    """Understand which requests are asked for.

    Raises:
        InvalidInput: with one error per parameter that cannot be understood.
    """
    reader = _Reader(ZoneInfo(timezone), now)
    if question.service_request_id is not None:
        ids = tuple(dict.fromkeys(_listed(question.service_request_id)))
        if len(ids) > MOST_ROWS:
            raise _wrong("service_request_id", f"最多 {MOST_ROWS} 个", f"takes at most {MOST_ROWS}")
        return Wanted(ids=ids, span=Span(start=now - LONGEST_RANGE, end=now))
    updated = None
    if question.updated_after or question.updated_before:
        updated = reader.span(
            "updated_after", question.updated_after, "updated_before", question.updated_before
        )
    span = reader.span("start_date", question.start_date, "end_date", question.end_date)
    if updated and not (question.start_date or question.end_date):
        span = Span(start=datetime.min.replace(tzinfo=now.tzinfo), end=now)
    page = reader.number("page", question.page, 1, DEEPEST)
    take = reader.number("page_size", question.page_size, MOST_ROWS, MOST_ROWS)
    if page * take > max(DEEPEST, take):
        reader.wrong(
            "page", f"只能翻到第 {DEEPEST} 条，请缩短时间范围", f"reaches {DEEPEST} rows; shorten the dates"
        )
    asked = Wanted.model_construct(
        ids=None,
        span=span,
        updated=updated,
        service_codes=frozenset(_listed(question.service_code or "")),
        statuses=reader.statuses(question.status),
        box=reader.box(question.bbox),
        skip=(page - 1) * take,
        take=take,
    )
    reader.refuse()
    return asked


def wanted_updates(question: UpdatesQuestion, now: datetime, timezone: str) -> Span:
    """Understand the time of which updates are asked for.

    Raises:
        InvalidInput: it cannot be understood, or is longer than 90 days.
    """
    reader = _Reader(ZoneInfo(timezone), now)
    span = reader.span("start_date", question.start_date, "end_date", question.end_date)
    reader.refuse()
    return span


class _Reader:
    """Reads parameters and keeps what is wrong with them, so that all is said at once."""

    def __init__(self, zone: ZoneInfo, now: datetime) -> None:
        self._zone = zone
        self._now = now
        self._errors: list[dict[str, str]] = []

    def wrong(self, field: str, message: str, message_en: str) -> None:
        self._errors.append({"field": field, "message": message, "message_en": message_en})

    def refuse(self) -> None:
        if self._errors:
            raise InvalidInput(self._errors)

    def span(self, first: str, start: str | None, last: str, end: str | None) -> Span:
        """The time between two parameters; what is not given is 90 days from what is, or the latest 90."""
        begin, until = self._moment(first, start), self._moment(last, end)
        try:
            if until is None:
                until = min(self._now, begin + LONGEST_RANGE) if begin and begin <= self._now else self._now
                if begin and begin > self._now:
                    until = begin
            if begin is None:
                begin = until - LONGEST_RANGE
        except OverflowError:
            self.wrong(first, "时间超出范围", "is out of range")
            return Span(start=self._now, end=self._now)
        if begin > until:
            self.wrong(first, f"不能晚于 {last}", f"must not be later than {last}")
        elif until - begin > LONGEST_RANGE:
            self.wrong(last, "时间范围不能超过 90 天", "the range may not span more than 90 days")
        return Span(start=begin, end=until)

    def _moment(self, name: str, text: str | None) -> datetime | None:
        if text is None:
            return None
        at = moment(text, self._zone)
        if at is None:
            self.wrong(
                name,
                "应为带时区的时间，如 2026-01-31T08:00:00+08:00",
                "must be a time such as 2026-01-31T08:00:00Z",
            )
            return None
        try:
            return at.astimezone(self._now.tzinfo)
        except OverflowError:
            self.wrong(name, "时间超出范围", "is out of range")
            return None

    def number(self, name: str, text: str | None, usual: int, most: int) -> int:
        if text is None:
            return usual
        if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
            self.wrong(name, f"应为 1 至 {most} 的整数", f"must be a whole number from 1 to {most}")
            return usual
        return int(text)

    def statuses(self, text: str | None) -> frozenset[str]:
        asked = frozenset(_listed(text or ""))
        if not asked <= set(STATUSES):
            self.wrong("status", "只能是 open 或 closed", "must be open or closed")
        return asked or frozenset(STATUSES)

    def box(self, text: str | None) -> Box | None:
        if text is None:
            return None
        try:
            west, south, east, north = (float(part) for part in text.split(","))
            if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
                return Box(west=west, south=south, east=east, north=north)
        except ValueError:
            pass
        self.wrong("bbox", "应为 west,south,east,north", "must be west,south,east,north in degrees")
        return None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _wrong(field: str, message: str, message_en: str) -> InvalidInput:
    return InvalidInput.field(field, message, message_en)
