"""Whether a citizen wants messages: what the notices API and the pages run with, without the suppliers."""

from __future__ import annotations

from hotline.adapters.aws import SOMEONE_WAITS, dynamodb
from hotline.adapters.dynamodb.notices import DynamoDBOptOuts
from hotline.settings import setting
from hotline.use_cases import choose_notices
from hotline.use_cases.choose_notices import ChooseNotices, NoticesChosen
from hotline.wiring.common import cases, now, tokens, words
from hotline.wiring.sealed import sealed_words


def choose(number: str, secret_key: str, command: ChooseNotices) -> NoticesChosen:
    """Remember whether a citizen wants messages."""
    return choose_notices.choose_notices(
        number,
        secret_key,
        command,
        cases=cases(),
        words=words(),
        sealed=sealed_words(),
        opt_outs=DynamoDBOptOuts(dynamodb(SOMEONE_WAITS), setting("NOTICES_TABLE")),
        tokens=tokens(),
        now=now,
    )
