"""公开数据: what ``functions/opendata/publish_month.py`` runs with."""

from __future__ import annotations

from hotline.adapters.aws import NOBODY_WAITS, s3
from hotline.adapters.lake_files import LakeFiles
from hotline.adapters.open_cases import LakeOpenCases
from hotline.adapters.open_data_shelf import S3OpenDataShelf
from hotline.adapters.parquet import parquet_file
from hotline.settings import setting
from hotline.use_cases import publish_open_data
from hotline.wiring.common import directories, now


def publish_next() -> publish_open_data.OpenDataReport:
    """Publish the next month that is due."""
    return publish_open_data.publish_open_data(
        cases=LakeOpenCases(LakeFiles(s3(NOBODY_WAITS), setting("LAKE_BUCKET"))),
        shelf=S3OpenDataShelf(s3(NOBODY_WAITS), setting("OPEN_DATA_BUCKET")),
        parquet=parquet_file,
        directories=directories(),
        now=now(),
    )
