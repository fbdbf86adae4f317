"""评: publish a month's scorecards, once; and again only as a revision with a reason (条例 Art 34)."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.directory import Directories, Directory, Level
from hotline.domain.errors import InvalidInput, Unavailable
from hotline.domain.outcomes import CITY_WIDE
from hotline.domain.publication import (
    REASON_LENGTH,
    MonthNotOver,
    Publication,
    first_edition,
    is_over,
    month_before,
    next_edition,
)
from hotline.domain.tallies import Tally
from hotline.ports import CountedMonths, PublicationCopies, Publications

_TRIES = 3


def publish_month(
    month: str,
    *,
    reason: str | None = None,
    tallies: CountedMonths,
    publications: Publications,
    copies: PublicationCopies,
    directories: Directories,
    now: datetime,
) -> Publication:
    """Freeze a month as it is counted now; a month that is published stays as it is without a reason.

    The copy is written after the publication, and again whenever somebody asks: whoever was interrupted
    in between is helped by doing it once more.

    Args:
        month: yyyymm.
        reason: why a published month is published again; people read it.

    Raises:
        MonthNotOver: in the city's own time.
        NothingToRevise: a reason was given, but the counts are those that were published.
        InvalidInput: the reason is empty or too long.
    """
    directory = directories.current()
    if not is_over(month, now, directory.city.timezone):
        raise MonthNotOver(month)
    if reason is not None and not 0 < len(reason.strip()) <= REASON_LENGTH:
        raise InvalidInput.field(
            "reason",
            f"请填写修订原因，不超过 {REASON_LENGTH} 字",
            f"say why, in at most {REASON_LENGTH} characters",
        )
    for _ in range(_TRIES):
        published = publications.published(month)
        if published is not None and reason is None:
            copies.keep_copy(published)
            return published
        counted = count_of_month(month, tallies, directory)
        if published is None:
            edition = first_edition(month, counted, directory, now)
        else:
            edition = next_edition(published, counted, directory, reason or "", now)
        if publications.publish(edition):
            copies.keep_copy(edition)
            return edition
    raise Unavailable("dynamodb")


def publish_last_month(
    *,
    tallies: CountedMonths,
    publications: Publications,
    copies: PublicationCopies,
    directories: Directories,
    now: datetime,
) -> Publication:
    """What the schedule does: freeze the month before this one."""
    return publish_month(
        month_before(now, directories.current().city.timezone),
        tallies=tallies,
        publications=publications,
        copies=copies,
        directories=directories,
        now=now,
    )


def count_of_month(month: str, tallies: CountedMonths, directory: Directory) -> dict[str, dict[str, Tally]]:
    """The tallies of a month, by district and agency; ``city`` for the city-wide agencies."""
    districts = (each.code for each in directory.jurisdictions.values() if each.level is Level.DISTRICT)
    found = {district: tallies.of_month(month, district) for district in (CITY_WIDE, *districts)}
    return {district: counted for district, counted in found.items() if counted}
