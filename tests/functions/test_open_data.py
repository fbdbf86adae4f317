"""公开数据: a month is published by night, once, and everybody finds its files."""

from __future__ import annotations

import json

from hotline.adapters.lake import S3Lake
from hotline.domain.lake import row_of
from tests.aws_stack import MotoStack
from tests.unit.builders import Hotline


def with_a_month(stack: MotoStack, appeals: int) -> None:
    """So many appeals of May 2026 in the lake."""
    hotline = Hotline(at=stack.clock())
    for _ in range(appeals):
        hotline.dispatched()
    lake = S3Lake(stack.s3, stack.lookup("LakeBucket", None))
    where = {"district": "110101", "subdistrict": "110101001", "service_code": "road.lighting"}
    rows = [row_of(each, stack.directory) | where for each in hotline.events()]
    lake.keep_rows(stack.clock().date(), rows)


def test_a_month_is_published_once_and_found_by_everybody(stack: MotoStack) -> None:
    with_a_month(stack, 12)
    assert stack.run("opendata/publish_month")["month"] is None, "it is not due"
    stack.clock.pass_(days=75)
    assert stack.run("opendata/publish_month") == {"month": "202605", "appeals": 12, "rows": 5}
    assert stack.run("opendata/publish_month")["month"] is None
    assert json.loads(stack.run("opendata/api.list")["body"]) == {"months": ["202605"]}
    shown = json.loads(stack.run("opendata/api.month")["body"])
    assert set(shown["files"]) == {
        "dictionary.md",
        "places.csv",
        "places.parquet",
        "services.csv",
        "services.parquet",
    }
    assert all("Signature" in link and "open-data/202605/" in link for link in shown["files"].values())


def test_a_month_that_is_not_published_is_not_there(stack: MotoStack) -> None:
    assert stack.run("opendata/api.month")["statusCode"] == 404
    assert json.loads(stack.run("opendata/api.list")["body"]) == {"months": []}
