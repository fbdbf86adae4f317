"""接: appeals handed in by call centre, WeChat and mail gateways as messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from hotline.domain.appeal import RegisterAppeal
from hotline.domain.model import Frozen
from hotline.edges.batch import BatchAnswer, LambdaContext, QueueMessage, process
from hotline.wiring import intake


class ChannelRecord(Frozen):
    """One appeal from a channel; ``record_id`` makes handing it in twice harmless.

    Example: ``events/intake/channel_records.json``
    """

    schema_: Literal["hotline.channel-record/1"] = Field(alias="schema")
    record_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    appeal: RegisterAppeal


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Register each record; a bad one goes to the dead-letter queue with the reason."""
    return process(event, register, context, intake.dead_letters())


def register(message: QueueMessage) -> None:
    record = ChannelRecord.model_validate(message.body)
    intake.register_record(record.appeal, record.record_id)
