"""The lake: what ``functions/lake/compact_day.py`` runs with."""

from __future__ import annotations

from hotline.adapters.aws import NOBODY_WAITS, s3
from hotline.adapters.lake_files import LakeFiles
from hotline.adapters.lake_merger import S3LakeMerger
from hotline.domain.lake import MergedDay
from hotline.settings import setting
from hotline.use_cases import compact_days
from hotline.wiring.common import directories, now


def compact_last_days() -> list[MergedDay]:
    """Merge yesterday, and finish the day before."""
    return compact_days.compact_last_days(
        lake=S3LakeMerger(LakeFiles(s3(NOBODY_WAITS), setting("LAKE_BUCKET"))),
        directories=directories(),
        now=now(),
    )
