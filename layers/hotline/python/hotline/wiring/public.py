"""What everybody may see: what ``functions/web/public_api.py`` runs with."""

from __future__ import annotations

from datetime import datetime

from hotline.adapters.aws import SOMEONE_WAITS, dynamodb
from hotline.adapters.dynamodb.publications import DynamoDBPublications
from hotline.domain.directory import Directory
from hotline.settings import setting
from hotline.use_cases import public_appeals, public_scorecards
from hotline.wiring import common


def month(yyyymm: str) -> public_scorecards.PublicMonth:
    """A published month."""
    publications = DynamoDBPublications(dynamodb(SOMEONE_WAITS), setting("SCORECARDS_TABLE"))
    return public_scorecards.public_month(yyyymm, publications)


def appeals(subdistrict: str, service_code: str) -> public_appeals.PublicAppeals:
    """What was reported about a service in a sub-district."""
    stored = common.cases()
    return public_appeals.public_appeals(
        subdistrict,
        service_code,
        cases=stored,
        lists=stored,
        directories=common.directories(),
        now=common.now,
    )


def directory() -> Directory:
    """The directory in force."""
    return common.directories().current()


def now() -> datetime:
    """The present moment."""
    return common.now()
