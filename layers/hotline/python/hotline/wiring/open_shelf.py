"""公开数据: what ``functions/opendata/api.py`` reads."""

from __future__ import annotations

from hotline.adapters.aws import s3
from hotline.adapters.open_data_shelf import S3OpenDataShelf
from hotline.settings import setting


def shelf() -> S3OpenDataShelf:
    """The published months."""
    return S3OpenDataShelf(s3(), setting("OPEN_DATA_BUCKET"))
