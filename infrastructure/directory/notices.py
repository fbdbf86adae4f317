"""The notices of a directory folder: whether their texts can be filled in, and what functions load of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hotline.domain.calendar import Limit
from hotline.domain.notices import (
    LANGUAGES,
    NEEDED,
    PLACEHOLDERS,
    NoticeBook,
    NoticeRule,
    NoticeText,
    placeholders_in,
)
from hotline.domain.sla import Term
from infrastructure.directory.reading import Folder, Line, Problems, file_of
from infrastructure.directory.rows import NoticeEventRow, NoticeRow, PolicyRow

_EVENTS = file_of(NoticeEventRow)
_TEXTS = file_of(NoticeRow)


class _Asked(NamedTuple):
    """What the events of a notice allow in its text, and what they need."""

    allowed: frozenset[str]
    needed: frozenset[str]


def check_notices(folder: Folder, problems: Problems) -> None:
    """Every event once and with words in both languages; every placeholder known, none that is needed missing."""
    _check_events(folder, problems)
    _check_languages(folder, problems)
    asked = _asked(folder)
    for line in folder.rows(NoticeRow):
        if line.row.notice in asked:
            _check_text(line, asked[line.row.notice], problems)
        else:
            problems.warn(_TEXTS, line.number, "notice", f"no event leads to {line.row.notice!r}")


def compile_notices(folder: Folder, policies: Mapping[str, PolicyRow]) -> NoticeBook:
    """What functions load."""
    retry = policies["notice_retry_for"]
    events = (line.row for line in folder.rows(NoticeEventRow))
    return NoticeBook(
        rules=tuple(NoticeRule(**row.model_dump(exclude={"note"})) for row in events),
        texts=tuple(NoticeText(**line.row.model_dump()) for line in folder.rows(NoticeRow)),
        hours=policies["notice_hours"].value,
        retry_for=Term.model_validate(
            {
                "limit": Limit.model_validate({"amount": int(retry.value), "unit": retry.unit}),
                "calendar_id": retry.calendar_id,
            }
        ),
    )


def _check_events(folder: Folder, problems: Problems) -> None:
    known = {line.row.notice for line in folder.rows(NoticeRow)}
    seen: dict[str, int] = {}
    for line in folder.rows(NoticeEventRow):
        first = seen.setdefault(line.row.event, line.number)
        if line.row.event not in PLACEHOLDERS:
            what = f"nobody is told of {line.row.event!r}; known are {', '.join(PLACEHOLDERS)}"
            problems.error(_EVENTS, line.number, "event", what)
        elif first != line.number:
            problems.error(_EVENTS, line.number, "event", f"is there already in line {first}")
        if line.row.notice not in known:
            problems.error(_EVENTS, line.number, "notice", f"no notice {line.row.notice!r} in {_TEXTS}")


def _check_languages(folder: Folder, problems: Problems) -> None:
    """Words in each language for the same channels: nobody is left without by the language they speak."""
    lines: dict[tuple[str, str | None], dict[str, Line[NoticeRow]]] = {}
    for line in folder.rows(NoticeRow):
        row = line.row
        first = lines.setdefault((row.notice, row.channel), {}).setdefault(row.language, line)
        if first.number != line.number:
            problems.error(_TEXTS, line.number, "language", f"is there already in line {first.number}")
    for (notice, channel), found in lines.items():
        number = min(line.number for line in found.values())
        for language in (each for each in LANGUAGES if each not in found):
            where = f" for {channel}" if channel else ""
            problems.error(_TEXTS, number, "language", f"{notice!r} has no text in {language}{where}")
        if channel is not None and (notice, None) not in lines:
            problems.error(_TEXTS, number, "channel", f"{notice!r} has no text for the other channels")


def _asked(folder: Folder) -> dict[str, _Asked]:
    asked: dict[str, _Asked] = {}
    for line in folder.rows(NoticeEventRow):
        allowed = PLACEHOLDERS.get(line.row.event, frozenset())
        needed = NEEDED.get(line.row.event, frozenset()) | {"number"}
        before = asked.get(line.row.notice, _Asked(allowed, needed))
        asked[line.row.notice] = _Asked(before.allowed & allowed, before.needed | needed)
    return asked


def _check_text(line: Line[NoticeRow], asked: _Asked, problems: Problems) -> None:
    try:
        found = placeholders_in(line.row.text)
    except ValueError as error:
        problems.error(_TEXTS, line.number, "text", str(error))
        return
    for name in sorted(found - asked.allowed):
        known = ", ".join(f"{{{each}}}" for each in sorted(asked.allowed))
        problems.error(_TEXTS, line.number, "text", f"nothing fills in {{{name}}}; known here are {known}")
    for name in sorted(asked.needed - found):
        problems.error(_TEXTS, line.number, "text", f"{{{name}}} is missing")
