"""The lake: merge the small files of past days, one file a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.domain.directory import Directories
from hotline.domain.lake import MergedDay
from hotline.ports import LakeMerger

GRACE = timedelta(minutes=45)
"""How long small files stay beside the merged one: longer than Athena lets any query run."""

_DAY = timedelta(days=1)


def compact_days(
    first: date, last: date, *, lake: LakeMerger, now: datetime, grace: timedelta = GRACE
) -> Iterator[MergedDay]:
    """Merge day after day, both counted; a day that is merged loses the small files of an earlier time.

    Days that are not over are merged too, in vain: more files follow.
    """
    for number in range((last - first).days + 1):
        yield lake.merge_day(first + number * _DAY, now, grace)


def compact_last_days(*, lake: LakeMerger, directories: Directories, now: datetime) -> list[MergedDay]:
    """What the schedule does: merge yesterday, and finish the day before, in the city's own time."""
    today = now.astimezone(ZoneInfo(directories.current().city.timezone)).date()
    return list(compact_days(today - 2 * _DAY, today - _DAY, lake=lake, now=now))
