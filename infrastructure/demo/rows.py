"""Appeals from a JSONL file: the form that the README beside this file describes, or a foreign one by a map.

Example:
    >>> row = row_of({"title": "路灯不亮", "text": "路口路灯坏了三天"}, {}, 1)
    >>> row.body
    {'type': 'complaint', 'text': '路灯不亮\\n路口路灯坏了三天', 'language': 'zh-CN'}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Json = dict[str, Any]

TEXT_LIMIT = 4_000
"""Code points that an appeal may have; what is longer is cut, as a citizen at the web form would have to."""

CITY_ZONE = ZoneInfo("Asia/Shanghai")
"""Of arrival times that name no zone."""

FIELDS = (
    "text",
    "title",
    "type",
    "service_code",
    "fields",
    "place",
    "place.district",
    "place.subdistrict",
    "place.address_text",
    "place.lat",
    "place.long",
    "language",
    "phone",
    "at",
)

FOREIGN_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("content", "body", "description", "message", "details", "留言详情", "内容", "诉求内容"),
    "title": ("subject", "headline", "留言主题", "标题", "主题"),
    "at": ("time", "created_at", "registered_at", "requested_datetime", "留言时间", "时间"),
    "type": ("appeal_type", "诉求类型", "类型"),
    "place.address_text": ("address", "address_string", "地址"),
    "place.lat": ("lat", "latitude"),
    "place.long": ("long", "lon", "longitude"),
    "phone": ("telephone", "mobile", "电话"),
}
"""Tried in this order when a file has none of our name for a field and no map names another."""

TYPE_WORDS = (
    ("consultation", ("咨询", "请问", "how do i", "how can i", "question")),
    ("suggestion", ("建议", "suggest")),
    ("report", ("举报", "i want to report")),
    ("help", ("求助", "请求", "please help")),
)
"""What a first line must contain to be of a type; a complaint otherwise."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_HAN = re.compile("[\u4e00-\u9fff]")


class BadFile(Exception):
    """The file cannot be replayed; the message names the line and what is wrong."""


class Row(NamedTuple):
    """One appeal to be posted.

    Attributes:
        number: its line in the file, from 1.
        body: what is posted to ``/appeals``, without a contact.
        phone: as the file gives it.
        at: when it arrived in real life.
        repeats: the number of the row that it reports again; such a row is in no file.
    """

    number: int
    body: Json
    phone: str | None
    at: datetime | None
    repeats: int | None = None


def read_rows(path: Path, mapping: Mapping[str, str], limit: int | None) -> list[Row]:
    """The first ``limit`` appeals of a file.

    Args:
        mapping: our field → the file's field, over what ``FOREIGN_NAMES`` would find.

    Raises:
        BadFile: it is not there, a line is not a JSON object, a text is missing, or a mapped field is unknown.
    """
    try:
        with path.open(encoding="utf-8") as file:
            rows = [row_of(document, mapping, number) for number, document in _documents(file, limit)]
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read: {error}") from None
    if not rows:
        raise BadFile(f"{path} holds no appeals")
    return rows


def parse_map(text: str) -> dict[str, str]:
    """``--map``: ``ours=theirs`` pairs.

    Raises:
        BadFile: not pairs, or not our field.

    Example:
        >>> parse_map("text=words,place.address_text=where")
        {'text': 'words', 'place.address_text': 'where'}
    """
    pairs = [pair.partition("=") for pair in text.split(",") if pair]
    for ours, equals, theirs in pairs:
        if not (equals and theirs.strip()) or ours.strip() not in FIELDS:
            raise BadFile(
                f"--map {ours}{equals}{theirs}: write OURS=THEIRS, with OURS one of {', '.join(FIELDS)}"
            )
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def row_of(document: Json, mapping: Mapping[str, str], number: int) -> Row:
    """One appeal from one line.

    Raises:
        BadFile: there is no text in it, or a value is of another kind than the form says.
    """
    values = {field: _value(document, field, mapping) for field in FIELDS}
    text = _joined(_clean(values["title"]), _clean(values["text"]))
    if not text:
        looked_for = mapping.get("text", "text")
        raise BadFile(f"line {number}: no {looked_for!r} in it, only {', '.join(document)}; use --map text=…")
    body: Json = {
        "type": values["type"] or _type_of(text),
        "text": text,
        "language": values["language"] or ("zh-CN" if _HAN.search(text) else "en"),
        "service_code": values["service_code"],
        "fields": values["fields"],
        "place": _place(values),
    }
    return Row(
        number=number,
        body={name: value for name, value in body.items() if value},
        phone=str(values["phone"]) if values["phone"] else None,
        at=_time(values["at"], number),
    )


def _documents(lines: Iterable[str], limit: int | None) -> Iterator[tuple[int, Json]]:
    taken = 0
    for number, line in enumerate(lines, 1):
        if taken == limit:
            return
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except ValueError as error:
            raise BadFile(f"line {number}: not JSON ({error})") from None
        if not isinstance(document, dict):
            raise BadFile(f"line {number}: must be a JSON object")
        taken += 1
        yield number, document


def _value(document: Json, field: str, mapping: Mapping[str, str]) -> Any:
    names = (mapping[field],) if field in mapping else (field, *FOREIGN_NAMES.get(field, ()))
    return next((document[name] for name in names if document.get(name) not in (None, "")), None)


def _place(values: Json) -> Json | None:
    given = values["place"]
    place: Json = dict(given) if isinstance(given, dict) else {}
    if isinstance(given, str):
        place["address_text"] = _clean(given)[:200]
    for name in ("district", "subdistrict", "address_text", "lat", "long"):
        if values[f"place.{name}"] is not None:
            place[name] = values[f"place.{name}"]
    return place or None


def _clean(text: Any) -> str:
    """Without what the hotline refuses: control characters, direction overrides, halves of characters."""
    return _CONTROL.sub("", str(text).replace("\r\n", "\n")).strip() if text else ""


def _joined(title: str, text: str) -> str:
    together = text if not title or text.startswith(title) else f"{title}\n{text}"
    return together[:TEXT_LIMIT].strip()


def _type_of(text: str) -> str:
    first = text.partition("\n")[0].lower()
    return next((name for name, words in TYPE_WORDS if any(word in first for word in words)), "complaint")


def _time(value: Any, number: int) -> datetime | None:
    if value is None:
        return None
    text = str(value).strip().replace("/", "-")
    for parse in (datetime.fromisoformat, lambda text: datetime.strptime(text, "%Y-%m-%d %H:%M:%S")):  # noqa: DTZ007
        try:
            at = parse(text)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=CITY_ZONE)
    raise BadFile(f"line {number}: {value!r} is not a time such as 2026-05-01T08:30:00+08:00")
